#include "stages/regions/word_scores.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

constexpr std::int64_t kImages = 200;
constexpr std::int64_t kFeatures = 12;
const std::array<const char*, 4> kThings = {"dog", "boat", "horse", "tree"};

// Images that show one of four things; the description tells which, with noise.
Matrix descriptions() {
  Matrix features(kImages, kFeatures);
  trainer::Random random({.seed = 2});
  for (std::int64_t i = 0; i < kImages; ++i) {
    for (std::int64_t d = 0; d < kFeatures; ++d) {
      features(i, d) = static_cast<float>(0.3 * random.normal());
    }
    features(i, i % 4) += 2;
  }
  return features;
}

std::vector<WordScores::Example> examples_of(const Matrix& features) {
  std::vector<WordScores::Example> examples;
  for (std::int64_t i = 0; i < kImages; ++i) {
    examples.push_back({.descriptions = {features.row(i)},
                        .fold = static_cast<int>(i / 4 % 5),
                        .captions = caption_words(kThings[static_cast<std::size_t>(i % 4)])});
  }
  return examples;
}

WordScores fitted(const std::vector<WordScores::Example>& examples) {
  std::vector<Document> documents;
  for (const auto& example : examples) documents.push_back(example.captions);
  const WordParams params{.directions = 3, .folds = 5, .top = 3, .ridge = 0.05};
  return WordScores::fit(examples, make_word_list(documents, {}), params, 1, 1);
}

TEST(WordScores, GuessWhatIsShown) {
  const Matrix features = descriptions();
  const WordScores scores = fitted(examples_of(features));
  const WordGuesses guesses = scores.guesses(scores.semantic(features, WordScores::kNoFold));
  for (std::int64_t i = 0; i < kImages; ++i) {
    const std::uint16_t best = guesses.words[static_cast<std::size_t>(3 * i)];
    EXPECT_EQ(scores.words().names[best], kThings[static_cast<std::size_t>(i % 4)]);
  }
}

TEST(WordScores, AreDistributionsWithTheLikeliestFirst) {
  const Matrix features = descriptions();
  const WordScores scores = fitted(examples_of(features));
  const WordGuesses guesses = scores.guesses(scores.semantic(features, WordScores::kNoFold));
  for (std::size_t i = 0; i < kImages; ++i) {
    const float* p = guesses.probabilities.data() + 3 * i;
    EXPECT_GE(p[0], p[1]);
    EXPECT_GE(p[1], p[2]);
    EXPECT_GT(p[2], 0);
    EXPECT_LE(p[0] + p[1] + p[2], 1.0001F);
  }
}

TEST(WordScores, PredictionsOfAFoldDoNotKnowItsCaptions) {
  // Within the fold the captions of two kinds of images are exchanged: the list of words, their
  // weights and the directions stay the same, only this fold's pairing changes.
  const Matrix features = descriptions();
  const auto examples = examples_of(features);
  auto exchanged = examples;
  for (std::size_t i = 0; i < exchanged.size(); ++i) {
    if (exchanged[i].fold == 2) exchanged[i].captions = examples[i ^ 1U].captions;
  }
  const WordScores before = fitted(examples), after = fitted(exchanged);
  const Matrix a = before.semantic(features, 2), b = after.semantic(features, 2);
  const Matrix words_a = before.log_probabilities(a), words_b = after.log_probabilities(b);
  for (std::int64_t i = 0; i < words_a.rows(); ++i) {
    if (i / 4 % 5 != 2) continue;
    for (std::int64_t w = 0; w < 4; ++w) EXPECT_NEAR(words_a(i, w), words_b(i, w), 0.02);
  }
  // A model of all folds does learn the exchange.
  const Matrix all = before.semantic(features, WordScores::kNoFold);
  const Matrix all_after = after.semantic(features, WordScores::kNoFold);
  double difference = 0;
  for (std::int64_t i = 0; i < all.rows() * all.cols(); ++i) {
    difference += static_cast<double>(std::abs(all.data()[i] - all_after.data()[i]));
  }
  EXPECT_GT(difference, 1);
}

TEST(WordScores, FewerWordsThanPlacesAreFilledWithProbabilityZero) {
  const Matrix features = descriptions();
  auto examples = examples_of(features);
  for (auto& example : examples) example.captions = caption_words("dog boat");
  const WordScores scores = fitted(examples);
  const WordGuesses guesses = scores.guesses(scores.semantic(features, WordScores::kNoFold));
  EXPECT_EQ(guesses.probabilities[2], 0);
}

}  // namespace
}  // namespace unimo::stages
