#include "evaluators/classification.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

double quotient(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

std::vector<std::string> distinct(std::span<const std::string> gold,
                                  std::span<const std::string> predicted) {
  std::vector<std::string> labels(gold.begin(), gold.end());
  labels.insert(labels.end(), predicted.begin(), predicted.end());
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace

Confusion count_confusion(std::span<const std::string> gold,
                          std::span<const std::string> predicted) {
  UNIMO_CHECK(gold.size() == predicted.size(), "{} gold labels but {} predicted ones", gold.size(),
              predicted.size());
  Confusion confusion;
  confusion.items = gold.size();
  confusion.labels = distinct(gold, predicted);
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < confusion.labels.size(); ++i) place[confusion.labels[i]] = i;
  confusion.counts.assign(place.size(), std::vector<std::size_t>(place.size(), 0));
  for (std::size_t i = 0; i < gold.size(); ++i) {
    ++confusion.counts[place.at(gold[i])][place.at(predicted[i])];
  }
  return confusion;
}

double accuracy(const Confusion& confusion) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < confusion.labels.size(); ++i) correct += confusion.counts[i][i];
  return quotient(static_cast<double>(correct), static_cast<double>(confusion.items));
}

std::vector<LabelScores> label_scores(const Confusion& confusion) {
  std::vector<LabelScores> scores(confusion.labels.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      scores[i].gold += confusion.counts[i][j];
      scores[j].predicted += confusion.counts[i][j];
    }
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    LabelScores& score = scores[i];
    score.label = confusion.labels[i];
    score.correct = confusion.counts[i][i];
    const auto correct = static_cast<double>(score.correct);
    score.precision = quotient(correct, static_cast<double>(score.predicted));
    score.recall = quotient(correct, static_cast<double>(score.gold));
    score.f1 = quotient(2 * correct, static_cast<double>(score.gold + score.predicted));
  }
  return scores;
}

// In doubles: the products reach the fourth power of the number of items.
double matthews_correlation(const Confusion& confusion) {
  const auto items = static_cast<double>(confusion.items);
  double correct = 0;
  double agreement = 0;  // of the two label distributions
  double gold_squares = 0;
  double predicted_squares = 0;
  for (const LabelScores& label : label_scores(confusion)) {
    const auto gold = static_cast<double>(label.gold);
    const auto predicted = static_cast<double>(label.predicted);
    correct += static_cast<double>(label.correct);
    agreement += gold * predicted;
    gold_squares += gold * gold;
    predicted_squares += predicted * predicted;
  }
  const double gold_spread = items * items - gold_squares;
  const double predicted_spread = items * items - predicted_squares;
  return quotient(correct * items - agreement, std::sqrt(gold_spread * predicted_spread));
}

std::string accuracy_signature(const Confusion& confusion) {
  return fmt::format("accuracy|items:{}|labels:{}|scale:100|version:1", confusion.items,
                     confusion.labels.size());
}

std::string matthews_signature(const Confusion& confusion) {
  return fmt::format("matthews|items:{}|labels:{}|zero:0|scale:100|version:1", confusion.items,
                     confusion.labels.size());
}

}  // namespace unimo::eval
