#include "stages/score/compare_files.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "stages/score/measures.h"
#include "stages/score/score_files.h"

namespace unimo::stages {

namespace {

constexpr double kUsualLevel = 0.05;

eval::CorpusScore corpus_score(const Measure& first, const Measure& second, std::size_t items) {
  if (first.kind == "mean") return eval::mean_score(first.statistics, second.statistics);
  return eval::score_of_sums({first.width, first.statistics}, {second.width, second.statistics},
                             [kind = first.kind, items](std::span<const double> sums) {
                               return measure_value(kind, sums, items);
                             });
}

const Measure* find_measure(const Scored& scored, const std::string& metric) {
  for (const Measure& measure : scored.measures)
    if (measure.metric == metric) return &measure;
  return nullptr;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string row(const ComparedMetric& metric, std::size_t width) {
  const eval::Significance& by_draws = metric.bootstrap;
  return fmt::format(
      "  {:<{}}  {:>8.2f}  {:>8.2f}  {:>+8.2f}  {:>+7.2f} to {:>+6.2f}  {:>7.4f}  "
      "{:>7.4f}{}\n",
      metric.metric, width, by_draws.first, by_draws.second, by_draws.difference, by_draws.low,
      by_draws.high, by_draws.p, metric.randomization.p,
      metric.randomization.p < kUsualLevel ? "  *" : "");
}

}  // namespace

Result<FileComparison> compare_files(const CompareFilesParams& params) {
  ScoreFilesParams other = params.score;
  other.predictions = params.other_predictions;
  const Scored first = UNIMO_TRY(score_files(params.score));
  const Scored second = UNIMO_TRY(score_files(other));
  const int threads = params.score.threads > 0
                          ? static_cast<int>(params.score.threads)
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const eval::SignificanceOptions options{
      .resamples = static_cast<int>(params.resamples), .seed = params.seed, .threads = threads};
  FileComparison comparison;
  for (const Measure& measure : first.measures) {
    const Measure* twin = find_measure(second, measure.metric);
    if (twin == nullptr || twin->statistics.size() != measure.statistics.size()) continue;
    const std::size_t items = measure.statistics.size() / measure.width;
    const auto score = corpus_score(measure, *twin, items);
    comparison.metrics.push_back({measure.metric, items,
                                  eval::paired_bootstrap(items, score, options),
                                  eval::approximate_randomization(items, score, options)});
    if (comparison.metrics.size() > 1) continue;
    comparison.signatures = {eval::bootstrap_signature(items, options),
                             eval::randomization_signature(items, options)};
  }
  std::set<std::string> warnings(first.warnings.begin(), first.warnings.end());
  warnings.insert(second.warnings.begin(), second.warnings.end());
  comparison.warnings.assign(warnings.begin(), warnings.end());
  for (const auto& [name, signature] : first.signatures) comparison.signatures.push_back(signature);
  return comparison;
}

Json to_json(const FileComparison& comparison) {
  Json metrics = Json::array();
  for (const ComparedMetric& metric : comparison.metrics) {
    const eval::Significance& draws = metric.bootstrap;
    metrics.push_back({{"metric", metric.metric},
                       {"items", metric.items},
                       {"first", number(draws.first)},
                       {"second", number(draws.second)},
                       {"difference", number(draws.difference)},
                       {"low", number(draws.low)},
                       {"high", number(draws.high)},
                       {"p_bootstrap", draws.p},
                       {"p_randomization", metric.randomization.p}});
  }
  return {{"format", "unimo.comparison"},
          {"version", 1},
          {"metrics", metrics},
          {"warnings", comparison.warnings},
          {"signatures", comparison.signatures}};
}

std::string to_text(const FileComparison& comparison) {
  std::size_t width = 6;
  for (const ComparedMetric& metric : comparison.metrics)
    width = std::max(width, metric.metric.size());
  std::string text =
      fmt::format("  {:<{}}  {:>8}  {:>8}  {:>8}  {:>17}  {:>7}  {:>7}\n", "metric", width, "first",
                  "second", "by", "95 % interval", "p draws", "p swaps");
  for (const ComparedMetric& metric : comparison.metrics) text += row(metric, width);
  text +=
      "* p below 0.05 by approximate randomisation (two-sided); p draws: paired bootstrap "
      "(one-sided)\n";
  for (const std::string& warning : comparison.warnings) text += "warning: " + warning + "\n";
  for (const std::string& signature : comparison.signatures) text += signature + "\n";
  return text;
}

}  // namespace unimo::stages
