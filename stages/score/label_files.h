// Labels and scores as files have them: the gold ones of GLUE and SNLI-VE, and what systems
// predicted.
//
//   const LabelTask task = UNIMO_TRY(label_task("mnli"));
//   const LabelFile gold = UNIMO_TRY(read_gold(task, "dev_matched.tsv"));
//   const auto predicted = UNIMO_TRY(read_predicted(task, "MNLI-m.tsv", gold));
//
// Predictions come as the GLUE site takes them (header "index<TAB>prediction", any order), as
// ERNIE's and UNIMO's scripts write them (no header: id, class or score, and probabilities that are
// passed over), as one value a line in the order of the gold file, or as JSON Lines with an id
// ("pairID", "id") and "prediction". A table with the columns label and prediction is gold and
// prediction in one. Classes are names; digits where the task defines them (SST-2, CoLA: 0, 1) or
// `digits` says which class each is, because toolkits number MNLI differently.
//
// kInvalid with file, line, value and remedy: an unknown class, a score that is no finite number, a
// missing, unknown or repeated id, more or fewer values than the gold file has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct LabelTask {
  std::string name;
  std::vector<std::string> classes;  // none: the task predicts a score (STS-B)
  std::vector<std::string> digits;   // the class of 0, 1, 2, …; none: digits are no classes
  bool is_regression() const { return classes.empty(); }
};

// sst2, cola, stsb, mnli, ax, snli_ve. `digits`: "contradiction,neutral,entailment", or empty for
// the task's own.
Result<LabelTask> label_task(std::string_view name, std::string_view digits = "");

// In the order of the file.
struct LabelFile {
  std::string name;              // the path, for messages
  std::vector<std::string> ids;  // GLUE: the number of the row, from 0; SNLI-VE: pairID
  std::vector<std::string> labels;
  std::vector<double> scores;  // of a regression, instead of labels
  std::vector<std::string> warnings;
  std::size_t size() const { return ids.size(); }
};

Result<LabelFile> read_gold(const LabelTask& task, const std::filesystem::path& path);

// In the order of `gold`, with its ids.
Result<LabelFile> read_predicted(const LabelTask& task, const std::filesystem::path& path,
                                 const LabelFile& gold);

// The predictions with their ids, brought into the order of `gold`; as read_predicted checks them.
Result<LabelFile> in_order_of(const LabelFile& gold, const LabelFile& predicted);

}  // namespace unimo::stages
