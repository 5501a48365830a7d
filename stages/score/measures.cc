#include "stages/score/measures.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "orchestrator/base/result.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;  // papers print 0.35 as 35
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
double bleu_of_sums(std::span<const double> sums, std::size_t order) {
  return kAsPrinted * eval::bleu_of_counts(eval::bleu_counts_of(sums))[order - 1];
}

// Gorodkin's R_K from the counts [gold, predicted]; 0 where a factor is 0, as evaluators/
// classification.h has it.
double matthews_of_sums(std::span<const double> counts) {
  const auto classes = static_cast<std::size_t>(std::lround(std::sqrt(counts.size())));
  double items = 0, correct = 0, products = 0, gold_squares = 0, predicted_squares = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    double gold = 0, predicted = 0;
    for (std::size_t l = 0; l < classes; ++l) {
      gold += counts[k * classes + l];
      predicted += counts[l * classes + k];
    }
    items += gold;
    correct += counts[k * classes + k];
    products += gold * predicted;
    gold_squares += gold * gold;
    predicted_squares += predicted * predicted;
  }
  const double below =
      std::sqrt(items * items - predicted_squares) * std::sqrt(items * items - gold_squares);
  return below == 0 ? 0 : kAsPrinted * (correct * items - products) / below;
}

// Sums of 1, x, y, x², y², xy.
double pearson_of_sums(std::span<const double> sums) {
  const double items = sums[0];
  const double covariance = sums[5] - sums[1] * sums[2] / items;
  const double x = sums[3] - sums[1] * sums[1] / items;
  const double y = sums[4] - sums[2] * sums[2] / items;
  if (!(x > 0) || !(y > 0)) return kUndefined;
  return kAsPrinted * covariance / std::sqrt(x * y);
}

// METEOR's statistics as numbers: words, function words, matches by module, chunks, matches.
std::vector<double> numbers_of(const eval::MeteorStatistics& segment) {
  std::vector<double> row;
  const auto add = [&](auto... counts) { (row.push_back(static_cast<double>(counts)), ...); };
  add(segment.hypothesis_words, segment.reference_words, segment.hypothesis_function_words,
      segment.reference_function_words);
  for (const auto& module : segment.modules)
    add(module.hypothesis_content, module.reference_content, module.hypothesis_function,
        module.reference_function);
  add(segment.chunks, segment.hypothesis_matches, segment.reference_matches);
  return row;
}

double meteor_of_sums(std::span<const double> sums) {
  std::size_t next = 0;
  const auto take = [&](auto&... counts) { ((counts = std::lround(sums[next++])), ...); };
  eval::MeteorStatistics all;
  take(all.hypothesis_words, all.reference_words, all.hypothesis_function_words,
       all.reference_function_words);
  for (auto& module : all.modules)
    take(module.hypothesis_content, module.reference_content, module.hypothesis_function,
         module.reference_function);
  take(all.chunks, all.hypothesis_matches, all.reference_matches);
  return kAsPrinted * eval::meteor_score(all);
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace

double measure_value(std::string_view kind, std::span<const double> sums, std::size_t items) {
  if (items == 0) return kUndefined;
  if (kind == "mean") return sums[0] / static_cast<double>(items);
  if (kind == "matthews") return matthews_of_sums(sums);
  if (kind == "pearson") return pearson_of_sums(sums);
  if (kind == "meteor") return meteor_of_sums(sums);
  if (kind.starts_with("bleu") && kind.size() == 5)
    return bleu_of_sums(sums, static_cast<std::size_t>(kind.back() - '0'));
  return kUndefined;
}

void add_mean(Scored& scored, std::string metric, std::vector<double> values) {
  scored.measures.push_back({std::move(metric), "mean", 1, std::move(values), {}});
}

void add_bleu(Scored& scored, const eval::CountedItems& items) {
  std::vector<double> rows;
  for (const eval::CountedItem& item : items.items) {
    const auto row = eval::bleu_statistics(eval::bleu_counts(item));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  for (int n = 1; n <= eval::kMaxOrder; ++n) {
    const std::string name = fmt::format("bleu{}", n);
    scored.measures.push_back({name, name, eval::kBleuStatistics, rows, {}});
  }
}

void add_matthews(Scored& scored, std::string metric, std::span<const std::string> classes,
                  std::span<const std::string> gold, std::span<const std::string> predicted) {
  const auto place = [&](const std::string& label) {
    return static_cast<std::size_t>(std::find(classes.begin(), classes.end(), label) -
                                    classes.begin());
  };
  const std::size_t width = classes.size() * classes.size();
  std::vector<double> rows(gold.size() * width);
  for (std::size_t i = 0; i < gold.size(); ++i)
    rows[i * width + place(gold[i]) * classes.size() + place(predicted[i])] = 1;
  scored.measures.push_back({std::move(metric), "matthews", width, std::move(rows), {}});
}

void add_pearson(Scored& scored, std::string metric, std::span<const double> gold,
                 std::span<const double> predicted) {
  const double mean = mean_of(gold);
  std::vector<double> rows;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const double x = gold[i] - mean, y = predicted[i] - mean;
    rows.insert(rows.end(), {1, x, y, x * x, y * y, x * y});
  }
  scored.measures.push_back({std::move(metric), "pearson", 6, std::move(rows), {}});
}

void add_meteor_statistics(Scored& scored, std::string metric,
                           std::span<const eval::MeteorStatistics> segments) {
  std::vector<double> rows;
  std::size_t width = 0;
  for (const eval::MeteorStatistics& segment : segments) {
    eval::MeteorStatistics alone;
    eval::add_to(alone, segment);  // as it counts in a sum
    const auto row = numbers_of(alone);
    width = row.size();
    rows.insert(rows.end(), row.begin(), row.end());
  }
  scored.measures.push_back({std::move(metric), "meteor", width, std::move(rows), {}});
}

}  // namespace unimo::stages
