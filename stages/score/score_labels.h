// SST-2, MNLI, CoLA, AX, STS-B and SNLI-VE: predicted classes or scores against the gold ones.
//
// Metrics are a hundred times what the scorers return. accuracy and accuracy.CLASS (the share of a
// class's items that were found), matthews for cola and ax; pearson, spearman and their mean
// (pearson_spearman) for stsb.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/score/label_files.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// `predicted` in the order of `gold`.
Scored score_labels(const LabelTask& task, const LabelFile& gold, const LabelFile& predicted);

// The same for parts of the gold items as well ("matched", "mismatched"): accuracy_matched, …
// `sets`: one name an item, empty for none.
Scored score_labels_of_sets(const LabelTask& task, const LabelFile& gold,
                            const LabelFile& predicted, const std::vector<std::string>& sets);

}  // namespace unimo::stages
