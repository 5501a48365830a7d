#include "stages/ingest/benchmarks/coqa.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const char* split : {"train", "val"})
    unimo::stages::fuzz_reader(data, size, split, unimo::stages::read_coqa);
  return 0;
}
