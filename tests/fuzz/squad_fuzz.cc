#include "stages/ingest/benchmarks/squad_qg.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const DocumentSplits splits = {{"Normans", "train"}};
  fuzz_reader(data, size, "val", [](const BenchmarkFile& file, ExampleSink& sink) {
    return read_squad(file, nullptr, sink);
  });
  fuzz_reader(data, size, "", [&](const BenchmarkFile& file, ExampleSink& sink) {
    return read_squad(file, &splits, sink);
  });
  return 0;
}
