#include "stages/score/score_labels.h"

#include <cmath>
#include <map>

#include "evaluators/classification.h"
#include "evaluators/correlation.h"
#include "stages/score/measures.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;

void score_classes(const LabelTask& task, const LabelFile& gold, const LabelFile& predicted,
                   Scored& scored) {
  const eval::Confusion confusion = eval::count_confusion(gold.labels, predicted.labels);
  scored.metrics["accuracy"] = kAsPrinted * eval::accuracy(confusion);
  scored.signatures["accuracy"] = eval::accuracy_signature(confusion);
  for (const eval::LabelScores& label : eval::label_scores(confusion)) {
    if (label.gold == 0) continue;
    scored.metrics["accuracy." + label.label] = kAsPrinted * label.recall;
    scored.counts["items." + label.label] = static_cast<std::int64_t>(label.gold);
  }
  std::vector<double> right;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    right.push_back(gold.labels[i] == predicted.labels[i] ? kAsPrinted : 0);
    scored.items.push_back(
        {{"id", gold.ids[i]}, {"gold", gold.labels[i]}, {"predicted", predicted.labels[i]}});
  }
  add_mean(scored, "accuracy", std::move(right));
  scored.headline = {"accuracy"};
  if (task.name != "cola" && task.name != "ax") return;
  scored.headline = {"matthews", "accuracy"};
  scored.metrics["matthews"] = kAsPrinted * eval::matthews_correlation(confusion);
  scored.signatures["matthews"] = eval::matthews_signature(confusion);
  add_matthews(scored, "matthews", task.classes, gold.labels, predicted.labels);
}

void score_numbers(const LabelFile& gold, const LabelFile& predicted, Scored& scored) {
  const double pearson = kAsPrinted * eval::pearson(gold.scores, predicted.scores);
  const double spearman = kAsPrinted * eval::spearman(gold.scores, predicted.scores);
  scored.headline = {"pearson", "spearman", "pearson_spearman"};
  scored.metrics = {
      {"pearson", pearson}, {"spearman", spearman}, {"pearson_spearman", (pearson + spearman) / 2}};
  scored.signatures = {{"pearson", eval::pearson_signature(gold.size())},
                       {"spearman", eval::spearman_signature(gold.size())}};
  if (std::isnan(pearson))
    scored.warnings.push_back(predicted.name +
                              ": the correlation is not defined, because all gold or all predicted "
                              "scores are equal");
  for (std::size_t i = 0; i < gold.size(); ++i)
    scored.items.push_back(
        {{"id", gold.ids[i]}, {"gold", gold.scores[i]}, {"predicted", predicted.scores[i]}});
  add_pearson(scored, "pearson", gold.scores, predicted.scores);
}

LabelFile part_of(const LabelFile& file, const std::vector<std::size_t>& rows) {
  LabelFile part{.name = file.name};
  for (const std::size_t row : rows) {
    part.ids.push_back(file.ids[row]);
    part.labels.push_back(file.labels[row]);
  }
  return part;
}

}  // namespace

Scored score_labels(const LabelTask& task, const LabelFile& gold, const LabelFile& predicted) {
  Scored scored;
  if (task.is_regression()) {
    score_numbers(gold, predicted, scored);
  } else {
    score_classes(task, gold, predicted, scored);
  }
  scored.counts["items"] = static_cast<std::int64_t>(gold.size());
  scored.item_ids = gold.ids;
  scored.warnings.insert(scored.warnings.begin(), predicted.warnings.begin(),
                         predicted.warnings.end());
  scored.warnings.insert(scored.warnings.begin(), gold.warnings.begin(), gold.warnings.end());
  return scored;
}

Scored score_labels_of_sets(const LabelTask& task, const LabelFile& gold,
                            const LabelFile& predicted, const std::vector<std::string>& sets) {
  Scored scored = score_labels(task, gold, predicted);
  std::map<std::string, std::vector<std::size_t>> rows_of;
  for (std::size_t i = 0; i < sets.size(); ++i)
    if (!sets[i].empty()) rows_of[sets[i]].push_back(i);
  if (rows_of.empty() || task.is_regression()) return scored;
  scored.headline.clear();
  for (const auto& [set, rows] : rows_of) {
    const LabelFile gold_part = part_of(gold, rows), predicted_part = part_of(predicted, rows);
    const Scored part = score_labels(task, gold_part, predicted_part);
    for (const std::string& metric : part.headline) {
      scored.headline.push_back(metric + "_" + set);
      scored.metrics[scored.headline.back()] = part.metrics.at(metric);
      scored.signatures[scored.headline.back()] = part.signatures.at(metric) + "|set:" + set;
    }
  }
  return scored;
}

}  // namespace unimo::stages
