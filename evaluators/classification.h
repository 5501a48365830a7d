// How well labels were predicted: accuracy, precision, recall and F1 of each label, and Matthews
// correlation. For GLUE (SST-2, MNLI, CoLA, AX) and visual entailment (SNLI-VE).
//
//   const Confusion confusion = count_confusion(gold, predicted);
//   accuracy(confusion); matthews_correlation(confusion);
//
// Everything else is computed from the counts. Labels are compared as texts: "1" is not "1.0".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace unimo::eval {

// How often each gold label was predicted as each label.
struct Confusion {
  std::vector<std::string> labels;               // of gold and predictions, in ascending order
  std::vector<std::vector<std::size_t>> counts;  // [gold label, predicted label]
  std::size_t items = 0;
};

// Both lists in the order of the items, of one length.
Confusion count_confusion(std::span<const std::string> gold,
                          std::span<const std::string> predicted);

// 0 to 1; 0 of no items.
double accuracy(const Confusion& confusion);

struct LabelScores {
  std::string label;
  std::size_t gold = 0;       // items that have it
  std::size_t predicted = 0;  // items that were given it
  std::size_t correct = 0;
  // 0 to 1. A quotient by 0 is 0, as in scikit-learn.
  double precision = 0;
  double recall = 0;  // also the accuracy among the items of this label
  double f1 = 0;
};

// In the order of confusion.labels.
std::vector<LabelScores> label_scores(const Confusion& confusion);

// -1 to 1, for any number of labels: R_K of Gorodkin 2004, which for two labels is
// (TP·TN − FP·FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)). 0 where a factor is 0, as in scikit-learn,
// which GLUE scores with; UNIMO's own program gives NaN there.
double matthews_correlation(const Confusion& confusion);

// "accuracy|items:872|labels:2|scale:100|version:1": one line per score.
std::string accuracy_signature(const Confusion& confusion);
std::string matthews_signature(const Confusion& confusion);

}  // namespace unimo::eval
