// Any bytes as a gold file and predictions of GLUE and SNLI-VE; the first byte chooses the task.
// What is read in another order is the same; a gold table is scored against itself without an
// error.
#include <cstdlib>

#include "stages/score/score_labels.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  constexpr const char* kTasks[] = {"sst2", "cola", "stsb", "mnli", "snli_ve", "ax"};
  const LabelTask task = label_task(kTasks[fuzz_choice(data, size, 6)]).value();
  const auto [gold_text, predicted_text] = fuzz_two_texts(fuzz_text(data, size));
  const FuzzFile gold_file(reinterpret_cast<const std::uint8_t*>(gold_text.data()),
                           gold_text.size());
  const auto gold = read_gold(task, gold_file.path());
  if (!gold) return 0;
  if (in_order_of(*gold, *gold).has_value()) score_labels(task, *gold, *gold);
  const FuzzFile predicted_file(reinterpret_cast<const std::uint8_t*>(predicted_text.data()),
                                predicted_text.size());
  const auto predicted = read_predicted(task, predicted_file.path(), *gold);
  if (!predicted) return 0;
  if (predicted->ids != gold->ids) std::abort();
  score_labels(task, *gold, *predicted);
  return 0;
}
