#include "stages/regions/word_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/result.h"
#include "stages/regions/linear.h"
#include "stages/regions/projection.h"

namespace unimo::stages {

namespace {

using Example = WordScores::Example;

// Sums over one fold: descriptions with themselves and with their targets.
struct Normal {
  Matrix gram;   // [features, features]
  Matrix cross;  // [features, directions]
  double rows = 0;
};

Floats mean_description(const std::vector<Example>& examples) {
  std::vector<double> sums(examples.front().descriptions.front().size());
  double rows = 0;
  for (const Example& example : examples) {
    for (const auto description : example.descriptions) {
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += static_cast<double>(description[j]);
      rows += 1;
    }
  }
  Floats mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / rows));
  return mean;
}

Normal normal_of_fold(const std::vector<Example>& examples, const Matrix& targets,
                      const Floats& mean, int fold, int threads) {
  std::int64_t rows = 0;
  for (const Example& e : examples) {
    if (e.fold == fold) rows += static_cast<std::int64_t>(e.descriptions.size());
  }
  Matrix x(rows, static_cast<std::int64_t>(mean.size()));
  Matrix y(rows, targets.cols());
  std::int64_t at = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].fold != fold) continue;
    for (const auto description : examples[i].descriptions) {
      std::ranges::copy(description, x.row(at).begin());
      std::ranges::copy(targets.row(static_cast<std::int64_t>(i)), y.row(at).begin());
      ++at;
    }
  }
  subtract_row(x, mean);
  return {.gram = multiply(x, x, Side::kTransposed, Side::kPlain, threads),
          .cross = multiply(x, y, Side::kTransposed, Side::kPlain, threads),
          .rows = static_cast<double>(rows)};
}

void add(Matrix& sum, const Matrix& part) {
  for (std::int64_t i = 0; i < sum.rows() * sum.cols(); ++i) sum.data()[i] += part.data()[i];
}

void multiply_all(Matrix& m, double factor) {
  for (std::int64_t i = 0; i < m.rows() * m.cols(); ++i) {
    m.data()[i] = static_cast<float>(static_cast<double>(m.data()[i]) * factor);
  }
}

// Ridge regression on all folds but one; kNoFold leaves none out.
Matrix solve_without(const std::vector<Normal>& folds, int left_out, double ridge) {
  Matrix gram(folds.front().gram.rows(), folds.front().gram.cols());
  Matrix cross(folds.front().cross.rows(), folds.front().cross.cols());
  for (std::size_t f = 0; f < folds.size(); ++f) {
    if (static_cast<int>(f) == left_out) continue;
    add(gram, folds[f].gram);
    add(cross, folds[f].cross);
  }
  const double mean_eigenvalue = trace(gram) / static_cast<double>(gram.rows());
  add_to_diagonal(gram, ridge * mean_eigenvalue + 1e-6);
  return solve_positive(gram, cross);
}

// The way back from whitened coordinates to TF-IDF: direction times its standard deviation.
Matrix inverse_of(const Matrix& basis) {
  Matrix inverse(basis.cols(), basis.rows());
  for (std::int64_t j = 0; j < basis.cols(); ++j) {
    double squares = 0;
    for (std::int64_t i = 0; i < basis.rows(); ++i) {
      squares += static_cast<double>(basis(i, j)) * static_cast<double>(basis(i, j));
    }
    for (std::int64_t i = 0; i < basis.rows() && squares > 0; ++i) {
      inverse(j, i) = static_cast<float>(static_cast<double>(basis(i, j)) / squares);
    }
  }
  return inverse;
}

}  // namespace

WordScores WordScores::fit(const std::vector<Example>& examples, WordList words,
                           const WordParams& params, std::uint64_t seed, int threads) {
  UNIMO_CHECK(!examples.empty() && !words.stems.empty(), "{} images and {} words to fit on",
              examples.size(), words.stems.size());
  WordScores scores;
  scores.words_ = std::move(words);
  scores.params_ = params;
  std::vector<Document> documents;
  for (const Example& example : examples) documents.push_back(example.captions);
  Matrix targets = tfidf(documents, scores.words_);
  const Projection directions = fit_projection(
      targets, {.size = params.directions, .whitening = 1, .seed = seed, .threads = threads});
  scores.word_mean_ = directions.mean;
  scores.to_words_ = inverse_of(directions.basis);
  // fit_projection has centred the targets.
  const Matrix semantic = multiply(targets, directions.basis, Side::kPlain, Side::kPlain, threads);
  scores.feature_mean_ = mean_description(examples);
  std::vector<Normal> folds;
  for (int fold = 0; fold < params.folds; ++fold) {
    folds.push_back(normal_of_fold(examples, semantic, scores.feature_mean_, fold, threads));
  }
  for (int left_out = kNoFold; left_out < params.folds; ++left_out) {
    scores.weights_.push_back(solve_without(folds, left_out, params.ridge));
  }
  scores.scale_to_descriptions(examples);
  return scores;
}

// Ridge regression shrinks what it predicts. The coordinates are scaled together so that they are
// as large as those of a description, whose mean square is about one.
void WordScores::scale_to_descriptions(const std::vector<Example>& examples) {
  double squares = 0, count = 0;
  for (const Example& example : examples) {
    Matrix one(1, static_cast<std::int64_t>(feature_mean_.size()));
    std::ranges::copy(example.descriptions.front(), one.row(0).begin());
    const Matrix predicted = semantic(one, example.fold);
    for (const float value : predicted.row(0)) {
      squares += static_cast<double>(value) * static_cast<double>(value);
      count += 1;
    }
  }
  const double factor = squares > 0 ? std::sqrt(count / squares) : 1.0;
  for (Matrix& weights : weights_) multiply_all(weights, factor);
  multiply_all(to_words_, 1 / factor);
}

Matrix WordScores::semantic(const Matrix& descriptions, int fold) const {
  Matrix centred = descriptions;
  subtract_row(centred, feature_mean_);
  return multiply(centred, weights_[static_cast<std::size_t>(fold + 1)]);
}

Matrix WordScores::log_probabilities(const Matrix& semantic) const {
  Matrix scores = multiply(semantic, to_words_);
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    const auto row = scores.row(i);
    double sum = 0;
    for (std::size_t w = 0; w < row.size(); ++w) {
      // The predicted TF-IDF weight; below a small share of the mean it says no more than "rare".
      const float weight = std::max(row[w] + word_mean_[w], 0.1F * word_mean_[w]) + 1e-6F;
      row[w] = static_cast<float>(params_.sharpness) * std::log(weight) - std::log(words_.idf[w]);
      sum += static_cast<double>(std::exp(row[w]));
    }
    const auto log_sum = static_cast<float>(std::log(sum));
    for (float& value : row) value -= log_sum;
  }
  return scores;
}

WordGuesses WordScores::guesses(const Matrix& semantic) const {
  const Matrix scores = log_probabilities(semantic);
  const auto top = static_cast<std::size_t>(params_.top);
  WordGuesses guesses;
  std::vector<std::uint16_t> order(words_.stems.size());
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    const auto row = scores.row(i);
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    const auto likelier = [&](std::uint16_t a, std::uint16_t b) {
      return row[a] != row[b] ? row[a] > row[b] : a < b;
    };
    const std::size_t kept = std::min(top, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      likelier);
    for (std::size_t k = 0; k < top; ++k) {
      // With fewer words than places the rest is filled with word 0, probability 0.
      guesses.words.push_back(k < kept ? order[k] : std::uint16_t{0});
      guesses.probabilities.push_back(k < kept ? std::exp(row[order[k]]) : 0.0F);
    }
  }
  return guesses;
}

}  // namespace unimo::stages
