#include "trainer/decode/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

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

// The rows of one step, as a model gives them.
class Answers {
 public:
  explicit Answers(std::vector<std::vector<float>> rows) : rows_(std::move(rows)) {
    for (const auto& row : rows_) {
      best_.emplace_back();
      for (std::size_t i = 0; i < row.size(); i += kTokenBlock) {
        const auto begin = row.begin() + static_cast<std::ptrdiff_t>(i);
        best_.back().push_back(*std::max_element(
            begin, begin + static_cast<std::ptrdiff_t>(std::min(kTokenBlock, row.size() - i))));
      }
    }
    for (std::size_t i = 0; i < rows_.size(); ++i)
      next_.push_back({.logits = rows_[i], .block_best = best_[i]});
  }
  std::span<const NextTokens> all() const { return next_; }

 private:
  std::vector<std::vector<float>> rows_, best_;
  std::vector<NextTokens> next_;
};

Hypothesis search(
    const BeamRules& rules,
    const std::function<std::vector<float>(const std::vector<std::int32_t>&)>& language) {
  BeamSearch beam(rules);
  TokenPicker picker;
  while (!beam.done()) {
    std::vector<std::vector<float>> rows;
    for (const Hypothesis& hypothesis : beam.live()) rows.push_back(language(hypothesis.tokens));
    beam.advance(Answers(std::move(rows)).all(), picker);
  }
  return beam.best();
}

Hypothesis search(const BeamConfig& config, std::uint64_t language,
                  const std::vector<std::int32_t>& never = {}) {
  return search({.config = config, .vocabulary = kTokens, .end = kEnd, .never = never},
                [&](const auto& text) { return next_of(text, language); });
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
      const auto found = search(config, language);
      const auto wanted = exhaustive(config, language);
      EXPECT_EQ(found.tokens, wanted.tokens) << language << " " << alpha;
      EXPECT_NEAR(found.score, wanted.score, 1e-9);
    }
  }
}

TEST(BeamSearch, OfOneIsGreedy) {
  const auto found = search({.beam = 1, .alpha = 0, .min_length = 0, .max_length = 6}, 3);
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
    const auto found = search({.beam = 3, .min_length = 4, .max_length = 8}, language);
    EXPECT_GE(found.tokens.size(), found.finished ? 5u : 8u);
  }
}

TEST(BeamSearch, NeverSaysForbiddenTokens) {
  for (std::uint64_t language = 0; language < 20; ++language) {
    for (const auto token :
         search({.beam = 3, .min_length = 1, .max_length = 8}, language, {0, 1}).tokens) {
      EXPECT_GT(token, 1);
    }
  }
}

TEST(BeamSearch, BlocksRepeatedTrigrams) {
  // A language that always prefers the same token.
  const BeamConfig config{
      .beam = 2, .alpha = 0, .min_length = 8, .max_length = 8, .trigram_blocking = true};
  const auto text = search({.config = config, .vocabulary = kTokens, .end = kEnd}, [](const auto&) {
                      return std::vector<float>{-5.0f, -6.0f, -9.0f, -0.02f, -7.0f};
                    }).tokens;
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
  const BeamConfig config{
      .beam = 1, .alpha = 0, .min_length = 6, .max_length = 6, .trigram_blocking = true};
  const std::vector<std::int32_t> wanted{3, 4, 3, 4, 3, 4};
  const auto found = search({.config = config,
                             .vocabulary = kTokens,
                             .end = kEnd,
                             .word_start = {true, true, true, true, false}},
                            [&](const std::vector<std::int32_t>& text) {
                              std::vector<float> row(kTokens, -9.0f);
                              row[static_cast<std::size_t>(wanted[text.size()])] = -0.01f;
                              return row;
                            });
  EXPECT_EQ(found.tokens, wanted);
}

// The rules once more, as plainly as they can be written: all continuations of all hypotheses,
// sorted.
struct PlainText {
  std::vector<std::int32_t> tokens;
  double sum = 0, score = 0;
  bool finished = false;
};

bool repeats_three_words(const BeamRules& rules, std::vector<std::int32_t> tokens,
                         std::int32_t token) {
  if (token == rules.end) return false;
  tokens.push_back(token);
  std::vector<std::vector<std::int32_t>> words;
  for (const std::int32_t piece : tokens) {
    if (words.empty() || rules.word_start.empty() ||
        rules.word_start[static_cast<std::size_t>(piece)])
      words.emplace_back();
    words.back().push_back(piece);
  }
  for (std::size_t i = 0; i + 3 < words.size(); ++i) {
    if (std::equal(words.end() - 3, words.end(), words.begin() + static_cast<std::ptrdiff_t>(i)))
      return true;
  }
  return false;
}

PlainText plain_search(
    const BeamRules& rules,
    const std::function<std::vector<float>(const std::vector<std::int32_t>&)>& language) {
  std::vector<PlainText> beam(1);
  for (int step = 0; step < rules.config.max_length; ++step) {
    std::vector<PlainText> all;
    for (const bool finished : {true, false}) {
      for (const PlainText& text : beam) {
        if (text.finished != finished) continue;
        if (finished) {
          all.push_back(text);
          continue;
        }
        const auto next = language(text.tokens);
        for (std::int32_t token = 0; token < rules.vocabulary; ++token) {
          if (token == rules.end && step < rules.config.min_length) continue;
          if (std::count(rules.never.begin(), rules.never.end(), token) > 0) continue;
          PlainText longer = text;
          longer.tokens.push_back(token);
          longer.finished = token == rules.end;
          longer.sum += static_cast<double>(next[static_cast<std::size_t>(token)]);
          if (rules.config.trigram_blocking && repeats_three_words(rules, text.tokens, token))
            longer.sum -= 65000;
          longer.score = longer.sum / std::pow((6.0 + step) / 6.0, rules.config.alpha);
          all.push_back(longer);
        }
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    all.resize(std::min(all.size(), static_cast<std::size_t>(rules.config.beam)));
    beam = all;
  }
  return *std::max_element(beam.begin(), beam.end(),
                           [](const auto& a, const auto& b) { return a.score < b.score; });
}

// Logits of few values, so that many are equal; 150 tokens are three blocks.
TEST(BeamSearch, EqualsPlainSortingForEveryOption) {
  constexpr int kMany = 150;
  Random draws({.seed = 77});
  for (int round = 0; round < 150; ++round) {
    BeamRules rules{.config = {.beam = static_cast<int>(draws.between(1, 6)),
                               .alpha = 0.5 * static_cast<double>(draws.below(4)),
                               .min_length = static_cast<int>(draws.below(5)),
                               .max_length = static_cast<int>(draws.between(1, 9)),
                               .trigram_blocking = draws.below(2) == 1},
                    .vocabulary = kMany,
                    .end = static_cast<std::int32_t>(draws.below(kMany))};
    for (int i = 0; i < kMany; ++i) rules.word_start.push_back(draws.below(3) > 0);
    if (draws.below(2) == 1) rules.never = {(rules.end + 1) % kMany, (rules.end + 70) % kMany};
    const std::uint64_t seed = draws.u64();
    const bool narrow = draws.below(2) == 1;  // few likely tokens, so that trigrams come again
    const auto language = [&](const std::vector<std::int32_t>& text) {
      Random random({.seed = narrow ? seed : mix64(seed + text.size()),
                     .sample = static_cast<std::uint64_t>(text.empty() ? 0 : text.back())});
      std::vector<float> row;
      for (int i = 0; i < kMany; ++i)
        row.push_back(-0.25f * static_cast<float>(random.below(narrow && i > 3 ? 40 : 12)));
      return row;
    };
    const Hypothesis found = search(rules, language);
    const PlainText wanted = plain_search(rules, language);
    EXPECT_EQ(found.tokens, wanted.tokens) << round;
    EXPECT_NEAR(found.score, wanted.score, 1e-9) << round;
  }
}

TEST(TokenPicker, FindsWhatSortingFinds) {
  Random random({.seed = 8});
  TokenPicker picker;
  for (const std::size_t size : {1U, 63U, 64U, 65U, 1000U, 50265U}) {
    std::vector<float> row;
    for (std::size_t i = 0; i < size; ++i)
      row.push_back(static_cast<float>(random.below(size + 9)));
    std::vector<std::int32_t> wanted(size);
    std::iota(wanted.begin(), wanted.end(), 0);
    std::stable_sort(wanted.begin(), wanted.end(), [&](std::int32_t a, std::int32_t b) {
      return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
    });
    const Answers answers({row});
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{60}, size}) {
      const auto found = picker.best(answers.all()[0], count);
      const std::size_t most = std::min(count, size);
      ASSERT_EQ(found.size(), most);
      EXPECT_TRUE(std::equal(found.begin(), found.end(), wanted.begin())) << size << " " << count;
    }
  }
}

// Logarithms of probabilities of tokens 0, 1, 2 (the end), 3 and 4.
std::vector<float> logs(const std::vector<double>& probabilities) {
  std::vector<float> out;
  for (const double p : probabilities) out.push_back(static_cast<float>(std::log(p)));
  return out;
}

BeamRules apart(int beam, int max_length, bool forced_end) {
  return {.config = {.beam = beam, .alpha = 1, .min_length = 0, .max_length = max_length},
          .vocabulary = kTokens,
          .end = kEnd,
          .never = {},
          .word_start = {},
          .style = BeamStyle::kApart,
          .forced_end = forced_end};
}

TEST(BeamSearchApart, AnEndBehindTheBeamDoesNotCount) {
  const Hypothesis found = search(apart(1, 9, false), [](const auto& text) {
    return text.empty() ? logs({0.5, 0.04, 0.4, 0.03, 0.03}) : logs({0.02, 0.02, 0.9, 0.03, 0.03});
  });
  EXPECT_EQ(found.tokens, (std::vector<std::int32_t>{0, kEnd}));
  EXPECT_NEAR(found.score, (std::log(0.5) + std::log(0.9)) / 2, 1e-6);
  EXPECT_TRUE(found.finished);
}

TEST(BeamSearchApart, GoesOnUntilTheListIsFullAndCannotBeBeaten) {
  // The end is first at once, but a longer text has the better score by its length.
  const Hypothesis found = search(apart(2, 9, false), [](const auto& text) {
    if (text.empty()) return logs({0.4, 0.05, 0.5, 0.03, 0.02});
    if (text.size() == 1) return logs({0.01, 0.96, 0.01, 0.01, 0.01});
    return logs({0.01, 0.01, 0.96, 0.01, 0.01});
  });
  EXPECT_EQ(found.tokens, (std::vector<std::int32_t>{0, 1, kEnd}));
  EXPECT_NEAR(found.score, (std::log(0.4) + 2 * std::log(0.96)) / 3, 1e-6);
}

TEST(BeamSearchApart, AForcedEndCostsNothing) {
  const auto language = [](const auto&) { return logs({0.6, 0.2, 1e-9, 0.1, 0.1}); };
  const Hypothesis forced = search(apart(2, 3, true), language);
  EXPECT_EQ(forced.tokens, (std::vector<std::int32_t>{0, 0, kEnd}));
  EXPECT_NEAR(forced.score, 2 * std::log(0.6) / 3, 1e-6);
  EXPECT_TRUE(forced.finished);
  const Hypothesis cut = search(apart(2, 3, false), language);
  EXPECT_EQ(cut.tokens, (std::vector<std::int32_t>{0, 0, 0}));
  EXPECT_FALSE(cut.finished);
}

}  // namespace
}  // namespace unimo::trainer
