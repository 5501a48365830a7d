// Whether two systems' predictions of one benchmark differ by more than chance.
#pragma once

#include <string>
#include <vector>

#include "evaluators/significance.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/schema/score_files.h"

namespace unimo::stages {

// One metric of both systems. The value of a measure may differ in the last digits from the one
// that `unimo score` prints: ROUGE's average of draws is here the mean of the documents.
struct ComparedMetric {
  std::string metric;
  std::size_t items = 0;
  eval::Significance bootstrap, randomization;
};

struct FileComparison {
  std::vector<ComparedMetric> metrics;
  std::vector<std::string> warnings;
  std::vector<std::string> signatures;
};

// Scores both files, then tests every metric that is a function of sums over items.
Result<FileComparison> compare_files(const CompareFilesParams& params);

Json to_json(const FileComparison& comparison);
std::string to_text(const FileComparison& comparison);

}  // namespace unimo::stages
