// Any bytes as captions' references (COCO's JSON, Karpathy's, token files) and a results file.
#include <cmath>
#include <cstdlib>

#include "stages/score/score_captions.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const auto [references_text, results_text] = fuzz_two_texts(fuzz_text(data, size));
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  };
  const FuzzFile references(bytes(references_text), references_text.size());
  const auto set = read_caption_references(references.path(), "val");
  if (!set) return 0;
  if (set->first_of_image.size() != set->images.size() + 1) std::abort();
  const FuzzFile results(bytes(results_text), results_text.size());
  const auto candidates = candidates_for(*set, results.path());
  if (!candidates) return 0;
  const auto scored = score_captions(*set, *candidates, {.shuffled_control = true});
  if (!scored) std::abort();
  for (const auto& [name, value] : scored->metrics)
    if (!std::isfinite(value)) std::abort();
  return 0;
}
