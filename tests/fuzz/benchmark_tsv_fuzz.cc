#include "stages/ingest/benchmarks/glue.h"
#include "tests/fuzz/fuzz_stage.h"

// Each of GLUE's tasks on the same bytes, with and without labels.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  for (const char* split : {"train", "test"}) {
    for (const GlueTask& task : {sst2_task(), cola_task(), stsb_task(), mnli_task({"neutral"})}) {
      fuzz_reader(data, size, split, [&](const BenchmarkFile& file, ExampleSink& sink) {
        return GlueReader(task, sink).read(file);
      });
    }
  }
  return 0;
}
