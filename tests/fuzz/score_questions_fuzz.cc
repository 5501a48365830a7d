// Any bytes as VQA's annotations and a results file.
#include <cstdlib>

#include "stages/score/score_questions.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const auto [annotations_text, results_text] = fuzz_two_texts(fuzz_text(data, size));
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  };
  const FuzzFile annotations(bytes(annotations_text), annotations_text.size());
  const auto questions = read_annotated_questions(annotations.path());
  if (!questions) return 0;
  const FuzzFile results(bytes(results_text), results_text.size());
  const auto predicted = read_vqa_results(results.path(), *questions);
  if (!predicted) return 0;
  const auto scored = score_questions(*questions, *predicted, 1);
  if (!scored) std::abort();
  const double accuracy = scored->metrics.at("vqa_accuracy");
  if (!(accuracy >= 0 && accuracy <= 100.0000001)) std::abort();
  return 0;
}
