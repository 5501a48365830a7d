#include "trainer/decode/beam_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

constexpr int kTokens = 5;
constexpr std::int32_t kEnd = 2;

// A language: the probabilities of the next token after a text, drawn once from the text itself.
std::vector<float> next_of(const std::vector<std::int32_t>& text, std::uint64_t language) {
  std::uint64_t key = language;
  for (const auto token : text) key = mix64(key * 31 + static_cast<std::uint64_t>(token) + 1);
  Random random({.seed = key});
  std::vector<float> logits;
  double total = 0;
  for (int i = 0; i < kTokens; ++i) {
    logits.push_back(static_cast<float>(2.0 * random.normal()));
    total += std::exp(logits.back());
  }
  for (float& value : logits) value -= static_cast<float>(std::log(total));
  return logits;
}

Hypothesis search(const BeamConfig& config, const BeamTokens& tokens, std::uint64_t language) {
  BeamSearch beam(config, kTokens, tokens);
  while (!beam.done()) {
    std::vector<float> rows;
    for (const Hypothesis& hypothesis : beam.live()) {
      const auto row = next_of(hypothesis.tokens, language);
      rows.insert(rows.end(), row.begin(), row.end());
    }
    beam.advance(rows);
  }
  return beam.best();
}

// The best text of all that end in time, or are cut at the longest length.
Hypothesis exhaustive(const BeamConfig& config, std::uint64_t language) {
  Hypothesis best;
  best.score = -std::numeric_limits<double>::infinity();
  std::function<void(std::vector<std::int32_t>, double)> walk = [&](std::vector<std::int32_t> text,
                                                                    double sum) {
    const bool ended = !text.empty() && text.back() == kEnd;
    if (ended || static_cast<int>(text.size()) == config.max_length) {
      const double score =
          sum / std::pow((5.0 + static_cast<double>(text.size())) / 6.0, config.alpha);
      if (score > best.score)
        best = {.tokens = text, .log_probability = sum, .score = score, .finished = ended};
      return;
    }
    const auto next = next_of(text, language);
    for (std::int32_t token = 0; token < kTokens; ++token) {
      if (token == kEnd && static_cast<int>(text.size()) < config.min_length) continue;
      auto longer = text;
      longer.push_back(token);
      walk(longer, sum + next[static_cast<std::size_t>(token)]);
    }
  };
  walk({}, 0);
  return best;
}

TEST(BeamSearch, WithAWideBeamFindsWhatExhaustiveSearchFinds) {
  for (const double alpha : {0.0, 0.7, 1.5}) {
    for (std::uint64_t language = 0; language < 20; ++language) {
      const BeamConfig config{.beam = 4000, .alpha = alpha, .min_length = 2, .max_length = 5};
      const auto found = search(config, {.end = kEnd}, language);
      const auto wanted = exhaustive(config, language);
      EXPECT_EQ(found.tokens, wanted.tokens) << language << " " << alpha;
      EXPECT_NEAR(found.score, wanted.score, 1e-9);
    }
  }
}

TEST(BeamSearch, OfOneIsGreedy) {
  const auto found =
      search({.beam = 1, .alpha = 0, .min_length = 0, .max_length = 6}, {.end = kEnd}, 3);
  std::vector<std::int32_t> text;
  while (static_cast<int>(text.size()) < 6 && (text.empty() || text.back() != kEnd)) {
    const auto next = next_of(text, 3);
    text.push_back(
        static_cast<std::int32_t>(std::max_element(next.begin(), next.end()) - next.begin()));
  }
  EXPECT_EQ(found.tokens, text);
}

TEST(BeamSearch, RespectsTheShortestLength) {
  for (std::uint64_t language = 0; language < 20; ++language) {
    const auto found =
        search({.beam = 3, .min_length = 4, .max_length = 8}, {.end = kEnd}, language);
    EXPECT_GE(found.tokens.size(), found.finished ? 5u : 8u);
  }
}

TEST(BeamSearch, NeverSaysForbiddenTokens) {
  for (std::uint64_t language = 0; language < 20; ++language) {
    const BeamTokens tokens{.end = kEnd, .never = {0, 1}};
    for (const auto token :
         search({.beam = 3, .min_length = 1, .max_length = 8}, tokens, language).tokens) {
      EXPECT_GT(token, 1);
    }
  }
}

TEST(BeamSearch, BlocksRepeatedTrigrams) {
  // A language that always prefers the same token.
  const BeamConfig config{
      .beam = 2, .alpha = 0, .min_length = 8, .max_length = 8, .trigram_blocking = true};
  const BeamTokens tokens{.end = kEnd};
  BeamSearch beam(config, kTokens, tokens);
  while (!beam.done()) {
    std::vector<float> rows;
    for (std::size_t i = 0; i < beam.live().size(); ++i) {
      rows.insert(rows.end(), {-5.0f, -6.0f, -9.0f, -0.02f, -7.0f});
    }
    beam.advance(rows);
  }
  const auto& text = beam.best().tokens;
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    for (std::size_t j = i + 1; j + 3 <= text.size(); ++j) {
      EXPECT_FALSE(std::equal(text.begin() + static_cast<std::ptrdiff_t>(i),
                              text.begin() + static_cast<std::ptrdiff_t>(i) + 3,
                              text.begin() + static_cast<std::ptrdiff_t>(j)));
    }
  }
}

TEST(BeamSearch, ComparesTrigramsOfWordsNotPieces) {
  // Token 4 continues a word: 3 4 is one word, so 3 4 3 4 3 is no repeated trigram of words.
  BeamTokens tokens{.end = kEnd, .word_start = {true, true, true, true, false}};
  const BeamConfig config{
      .beam = 1, .alpha = 0, .min_length = 6, .max_length = 6, .trigram_blocking = true};
  BeamSearch beam(config, kTokens, tokens);
  const std::vector<std::int32_t> wanted{3, 4, 3, 4, 3, 4};
  for (std::size_t step = 0; !beam.done(); ++step) {
    std::vector<float> row(kTokens, -9.0f);
    row[static_cast<std::size_t>(wanted[step])] = -0.01f;
    beam.advance(row);
  }
  EXPECT_EQ(beam.best().tokens, wanted);
}

}  // namespace
}  // namespace unimo::trainer
