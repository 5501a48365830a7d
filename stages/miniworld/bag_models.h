// Two small classifiers of texts as bags of words, for the baselines that come with the mini-world:
// multinomial naive Bayes and multinomial logistic regression; and linear regression for scores.
// Deterministic: the same examples in the same order give the same model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace unimo::stages {

// Words or other features by number; grows while training.
class FeatureTable {
 public:
  // Features of a text, sorted, each once: presence tells more than counts in short texts
  // (Wang and Manning, 2012).
  std::vector<std::int32_t> add(const std::vector<std::string>& features);
  // Unknown features are left out.
  std::vector<std::int32_t> find(const std::vector<std::string>& features) const;
  std::size_t size() const { return numbers_.size(); }

 private:
  std::map<std::string, std::int32_t, std::less<>> numbers_;
};

struct BagExample {
  std::vector<std::int32_t> features;
  std::int32_t label = 0;  // from 0
};

class NaiveBayes {
 public:
  // Laplace smoothing with one count.
  NaiveBayes(const std::vector<BagExample>& examples, std::size_t features, std::size_t labels);
  std::int32_t predict(const std::vector<std::int32_t>& features) const;

 private:
  std::size_t labels_;
  std::vector<double> log_weight_;  // [features, labels]
  std::vector<double> log_prior_;   // [labels]
};

class LogisticRegression {
 public:
  // AdaGrad on single examples, with a weak pull to zero.
  LogisticRegression(const std::vector<BagExample>& examples, std::size_t features,
                     std::size_t labels);
  std::int32_t predict(const std::vector<std::int32_t>& features) const;

 private:
  std::vector<double> scores(const std::vector<std::int32_t>& features) const;
  std::size_t labels_;
  std::vector<double> weight_;  // [features + 1 (bias), labels]
};

struct BagScore {
  std::vector<std::int32_t> features;
  double score = 0;
};

class LinearRegression {
 public:
  LinearRegression(const std::vector<BagScore>& examples, std::size_t features);
  double predict(const std::vector<std::int32_t>& features) const;

 private:
  std::vector<double> weight_;  // [features + 1 (bias)]
};

}  // namespace unimo::stages
