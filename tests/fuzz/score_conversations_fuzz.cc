// Any bytes as CoQA's JSON and predicted answers: as JSON, or as lines with a side file.
#include <cstdlib>

#include "stages/score/score_conversations.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const bool lines = fuzz_choice(data, size, 2) == 1;
  const auto [gold_text, rest] = fuzz_two_texts(fuzz_text(data, size));
  const auto [answers_text, ids_text] = fuzz_two_texts(rest);
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  };
  const FuzzFile gold(bytes(gold_text), gold_text.size());
  const auto conversations = read_conversations(gold.path());
  if (!conversations) return 0;
  const FuzzFile answers(bytes(answers_text), answers_text.size());
  const FuzzFile ids(bytes(ids_text), ids_text.size());
  const auto predicted = lines ? read_answer_lines(answers.path(), ids.path(), *conversations)
                               : read_answers(answers.path(), *conversations);
  if (!predicted) return 0;
  if (predicted->answers.size() != conversations->turns.size()) std::abort();
  const auto scored = score_conversations(*conversations, *predicted, {.rejoin_clitics = lines});
  if (!scored) std::abort();
  const double f1 = scored->metrics.at("f1");
  if (!(f1 >= 0 && f1 <= 100.0000001)) std::abort();
  return 0;
}
