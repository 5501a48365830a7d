// Any bytes as three files of texts, one a line: predictions, references, source lines; the first
// byte chooses benchmark and variant.
#include <cmath>
#include <cstdlib>

#include "stages/score/score_texts.h"
#include "stages/score/text_lines.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 9);
  const auto [predicted_text, rest] = fuzz_two_texts(fuzz_text(data, size));
  const auto [references_text, sources_text] = fuzz_two_texts(rest);
  const auto read = [](std::string_view text) {
    const FuzzFile file(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return read_text_lines(file.path(), {.bytes = true});
  };
  const auto predicted = read(predicted_text), references = read(references_text);
  if (!predicted || !references || !check_same_length(*predicted, *references)) return 0;
  TextScoring options;
  unimo::Result<Scored> scored = Scored();
  if (choice < 3) {
    constexpr const char* kVariants[] = {"unilm", "unilm_original", "official"};
    const auto sources = read(sources_text);
    if (!sources || !check_same_length(*sources, *references)) return 0;
    options.rules.variant = kVariants[choice];
    scored =
        score_generated_questions(sources->lines, predicted->lines, references->lines, options);
  } else {
    constexpr const char* kVariants[] = {"plain", "unilm", "ernie_gen"};
    options.rules.variant = kVariants[choice % 3];
    options.rules.sentences = choice == 8 ? "stops" : "marks";
    scored = score_summaries(choice < 6 ? "cnndm" : "gigaword", predicted->lines, references->lines,
                             options);
  }
  if (!scored) std::abort();
  for (const auto& [name, value] : scored->metrics)
    if (!std::isfinite(value)) std::abort();
  return 0;
}
