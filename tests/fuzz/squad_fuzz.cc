// Any bytes as SQuAD's JSON, split by file or by title; the first byte chooses.
#include "stages/ingest/benchmarks/squad_qg.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const bool by_title = fuzz_choice(data, size, 2) == 1;
  const DocumentSplits splits = {{"Normans", "train"}};
  fuzz_reader(fuzz_text(data, size), by_title ? "" : "val",
              [&](const BenchmarkFile& file, ExampleSink& sink) {
                return read_squad(file, by_title ? &splits : nullptr, sink);
              });
  return 0;
}
