// Any bytes as CoQA's JSON; the first byte chooses the split.
#include "stages/ingest/benchmarks/coqa.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 2);
  fuzz_reader(fuzz_text(data, size), choice == 0 ? "train" : "val", read_coqa);
  return 0;
}
