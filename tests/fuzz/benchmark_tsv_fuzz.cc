// Any bytes as the files of GLUE's tasks; the first byte chooses task and split.
#include "stages/ingest/benchmarks/glue.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 8);
  const GlueTask task = choice / 2 == 0   ? sst2_task()
                        : choice / 2 == 1 ? cola_task()
                        : choice / 2 == 2 ? stsb_task()
                                          : mnli_task({"neutral"});
  fuzz_reader(fuzz_text(data, size), choice % 2 == 0 ? "train" : "test",
              [&](const BenchmarkFile& file, ExampleSink& sink) {
                return GlueReader(task, sink).read(file);
              });
  return 0;
}
