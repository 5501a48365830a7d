#include "stages/miniworld/bag_models.h"

#include <algorithm>
#include <cmath>

namespace unimo::stages {

namespace {

constexpr int kEpochs = 12;
constexpr double kRate = 0.3;
constexpr double kPull = 1e-5;      // of the weights to zero, each time they are touched
constexpr double kFirstSum = 1e-6;  // of squared gradients, so that nothing is divided by zero

std::vector<std::int32_t> sorted_once(std::vector<std::int32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::int32_t place_of_largest(const std::vector<double>& values) {
  return static_cast<std::int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

void softmax(std::vector<double>& values) {
  const double top = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - top);
  for (double& value : values) value /= sum;
}

}  // namespace

std::vector<std::int32_t> FeatureTable::add(const std::vector<std::string>& features) {
  std::vector<std::int32_t> numbers;
  for (const std::string& feature : features) {
    numbers.push_back(
        numbers_.emplace(feature, static_cast<std::int32_t>(numbers_.size())).first->second);
  }
  return sorted_once(std::move(numbers));
}

std::vector<std::int32_t> FeatureTable::find(const std::vector<std::string>& features) const {
  std::vector<std::int32_t> numbers;
  for (const std::string& feature : features) {
    const auto found = numbers_.find(feature);
    if (found != numbers_.end()) numbers.push_back(found->second);
  }
  return sorted_once(std::move(numbers));
}

NaiveBayes::NaiveBayes(const std::vector<BagExample>& examples, std::size_t features,
                       std::size_t labels)
    : labels_(labels), log_weight_(features * labels, 1.0), log_prior_(labels, 1.0) {
  std::vector<double> total(labels, static_cast<double>(features));
  for (const BagExample& example : examples) {
    const auto label = static_cast<std::size_t>(example.label);
    log_prior_[label] += 1;
    for (const std::int32_t feature : example.features) {
      log_weight_[static_cast<std::size_t>(feature) * labels + label] += 1;
      total[label] += 1;
    }
  }
  for (std::size_t i = 0; i < log_weight_.size(); ++i)
    log_weight_[i] = std::log(log_weight_[i] / total[i % labels]);
  for (double& prior : log_prior_) prior = std::log(prior);
}

std::int32_t NaiveBayes::predict(const std::vector<std::int32_t>& features) const {
  std::vector<double> scores = log_prior_;
  for (const std::int32_t feature : features) {
    for (std::size_t label = 0; label < labels_; ++label)
      scores[label] += log_weight_[static_cast<std::size_t>(feature) * labels_ + label];
  }
  return place_of_largest(scores);
}

LogisticRegression::LogisticRegression(const std::vector<BagExample>& examples,
                                       std::size_t features, std::size_t labels)
    : labels_(labels), weight_((features + 1) * labels) {
  std::vector<double> sums(weight_.size(), kFirstSum);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    for (const BagExample& example : examples) {
      std::vector<double> gradient = scores(example.features);
      softmax(gradient);
      gradient[static_cast<std::size_t>(example.label)] -= 1;
      const auto step = [&](std::size_t feature) {
        for (std::size_t label = 0; label < labels_; ++label) {
          const std::size_t at = feature * labels_ + label;
          const double slope = gradient[label] + kPull * weight_[at];
          sums[at] += slope * slope;
          weight_[at] -= kRate * slope / std::sqrt(sums[at]);
        }
      };
      step(features);
      for (const std::int32_t feature : example.features) step(static_cast<std::size_t>(feature));
    }
  }
}

std::vector<double> LogisticRegression::scores(const std::vector<std::int32_t>& features) const {
  std::vector<double> scores(weight_.end() - static_cast<std::ptrdiff_t>(labels_), weight_.end());
  for (const std::int32_t feature : features) {
    for (std::size_t label = 0; label < labels_; ++label)
      scores[label] += weight_[static_cast<std::size_t>(feature) * labels_ + label];
  }
  return scores;
}

std::int32_t LogisticRegression::predict(const std::vector<std::int32_t>& features) const {
  return place_of_largest(scores(features));
}

LinearRegression::LinearRegression(const std::vector<BagScore>& examples, std::size_t features)
    : weight_(features + 1) {
  std::vector<double> sums(weight_.size(), kFirstSum);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    for (const BagScore& example : examples) {
      const double error = predict(example.features) - example.score;
      const auto step = [&](std::size_t at) {
        const double slope = error + kPull * weight_[at];
        sums[at] += slope * slope;
        weight_[at] -= kRate * slope / std::sqrt(sums[at]);
      };
      step(weight_.size() - 1);
      for (const std::int32_t feature : example.features) step(static_cast<std::size_t>(feature));
    }
  }
}

double LinearRegression::predict(const std::vector<std::int32_t>& features) const {
  double score = weight_.back();
  for (const std::int32_t feature : features) score += weight_[static_cast<std::size_t>(feature)];
  return score;
}

}  // namespace unimo::stages
