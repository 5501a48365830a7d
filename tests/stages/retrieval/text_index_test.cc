#include "stages/retrieval/text_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string scratch;
  for_each_word(text, scratch, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

TextIndex index_of(const std::vector<std::string>& texts, TextIndexOptions options = {},
                   const std::vector<std::uint32_t>& groups = {}) {
  TextIndexBuilder builder(options);
  for (std::size_t i = 0; i < texts.size(); ++i)
    builder.add(texts[i], groups.empty() ? kNoGroup : groups[i]);
  return std::move(builder).build();
}

std::vector<std::uint32_t> items(std::span<const ScoredItem> found) {
  std::vector<std::uint32_t> numbers;
  for (const ScoredItem& item : found) numbers.push_back(item.item);
  return numbers;
}

// The formulas of the header, word by word.
class SlowScores {
 public:
  explicit SlowScores(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      auto& counts = counts_.emplace_back();
      for (const std::string& word : words_of(text)) ++counts[word];
      for (const auto& [word, count] : counts) ++texts_with_[word];
      lengths_.push_back(static_cast<double>(words_of(text).size()));
      mean_ += lengths_.back() / static_cast<double>(texts.size());
    }
  }

  double bm25(std::string_view query, std::size_t text) const {
    double sum = 0;
    for (const std::string& word : words_of(query)) {
      const auto found = counts_[text].find(word);
      if (found == counts_[text].end()) continue;
      const double n = static_cast<double>(counts_.size()), df = texts_with_.at(word);
      sum += std::log(1 + (n - df + 0.5) / (df + 0.5)) * found->second /
             (found->second + 1.5 * (1 - 0.75 + 0.75 * lengths_[text] / mean_));
    }
    return sum;
  }

  double cosine(std::string_view query, std::size_t text) const {
    std::map<std::string, double> asked;
    for (const std::string& word : words_of(query)) ++asked[word];
    const auto a = weighed(asked), b = weighed(counts_[text]);
    double sum = 0;
    for (const auto& [word, weight] : a)
      if (const auto found = b.find(word); found != b.end()) sum += weight * found->second;
    return sum;
  }

 private:
  std::map<std::string, double> weighed(std::map<std::string, double> counts) const {
    double squares = 0;
    std::erase_if(counts, [&](const auto& entry) { return !texts_with_.contains(entry.first); });
    for (auto& [word, weight] : counts) {
      weight *=
          std::log((1.0 + static_cast<double>(counts_.size())) / (1 + texts_with_.at(word))) + 1;
      squares += weight * weight;
    }
    for (auto& [word, weight] : counts) weight /= std::sqrt(squares);
    return counts;
  }

  std::vector<std::map<std::string, double>> counts_;
  std::map<std::string, double> texts_with_;
  std::vector<double> lengths_;
  double mean_ = 0;
};

// Words as in language: few of them make most of the text.
std::vector<std::string> random_captions(std::size_t count, std::uint64_t seed) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    trainer::Random random({.seed = seed, .sample = i});
    std::string text;
    const auto words = random.between(0, 12);
    for (std::int64_t w = 0; w < words; ++w)
      text += "w" + std::to_string(static_cast<int>(std::pow(300.0, random.uniform()))) + " ";
    texts.push_back(std::move(text));
  }
  return texts;
}

// Lists agree as far as scores say what belongs where.
void expect_same(std::span<const ScoredItem> found, std::vector<double> scores, std::size_t count) {
  std::vector<double> sorted;
  std::ranges::copy_if(scores, std::back_inserter(sorted), [](double s) { return s > 0; });
  std::ranges::sort(sorted, std::greater());
  sorted.resize(std::min(count, sorted.size()));
  ASSERT_EQ(found.size(), sorted.size());
  std::set<std::uint32_t> seen;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i].score, sorted[i], 1e-5);
    ASSERT_NEAR(found[i].score, scores[found[i].item], 1e-5);
    ASSERT_TRUE(seen.insert(found[i].item).second);
    if (i > 0 && found[i].score == found[i - 1].score) {
      ASSERT_LT(found[i - 1].item, found[i].item);
    }
  }
}

TEST(Words, FoldCaseAndDropSigns) {
  EXPECT_THAT(words_of("A dog's Ball-game, 2 na\u00EFve!"),
              ElementsAre("a", "dog", "s", "ball", "game", "2", "na\u00EFve"));
}

TEST(WordTable, NumbersEachWordOnce) {
  WordTable table;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 5000; ++i) EXPECT_EQ(table.number("w" + std::to_string(i)), i);
  }
  EXPECT_EQ(table.size(), 5000U);
  EXPECT_EQ(table.find("w4999"), 4999U);
  EXPECT_FALSE(table.find("w5000"));
  EXPECT_FALSE(WordTable().find("w"));
}

TEST(TextSearch, FindsByBm25WhatItsFormulaSays) {
  const auto texts = random_captions(9000, 1);
  const TextIndex index = index_of(texts);
  const SlowScores slow(texts);
  TextSearch search(index);
  for (const std::string& query : random_captions(25, 2)) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < texts.size(); ++i) scores.push_back(slow.bm25(query, i));
    expect_same(search.nearest(query, {.count = 40}), scores, 40);
  }
}

TEST(TextSearch, FindsByTfidfWhatItsFormulaSays) {
  const auto texts = random_captions(9000, 1);
  const TextIndex index = index_of(texts, {.scheme = TextScheme::kTfidf});
  const SlowScores slow(texts);
  TextSearch search(index);
  for (const std::string& query : random_captions(25, 2)) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < texts.size(); ++i) scores.push_back(slow.cosine(query, i));
    expect_same(search.nearest(query, {.count = 40}), scores, 40);
  }
}

TEST(TextSearch, LeavesOutTextsOfTheSameGroup) {
  const TextIndex index =
      index_of({"a dog runs", "the dog runs fast", "a dog sits", "a cat sits"}, {}, {1, 1, 2, 3});
  TextSearch search(index);
  EXPECT_THAT(items(search.nearest("a dog runs", {.count = 10, .group = 1})), ElementsAre(2, 3));
}

class BothSchemes : public testing::TestWithParam<TextScheme> {};
INSTANTIATE_TEST_SUITE_P(TextSearch, BothSchemes,
                         testing::Values(TextScheme::kBm25, TextScheme::kTfidf));

TEST_P(BothSchemes, LeaveOutTextsMoreAlikeThanADuplicate) {
  const auto texts = random_captions(3000, 6);
  const TextIndex index = index_of(texts, {.scheme = GetParam()});
  const SlowScores slow(texts);
  TextSearch search(index);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto found = search.nearest(texts[i], {.count = 30, .duplicate = 0.7});
    std::vector<double> scores;
    for (std::size_t j = 0; j < texts.size(); ++j) {
      const double cosine = slow.cosine(texts[i], j);
      if (cosine > 0.7) {
        scores.push_back(0);
      } else {
        scores.push_back(GetParam() == TextScheme::kBm25 ? slow.bm25(texts[i], j) : cosine);
      }
    }
    expect_same(found, scores, 30);
  }
}

TEST_P(BothSchemes, GiveEqualTextsInTheOrderOfTheirNumbers) {
  const TextIndex index = index_of(
      {"a red ball", "a dog", "a red ball", "ball red a", "a red ball"}, {.scheme = GetParam()});
  TextSearch search(index);
  EXPECT_THAT(items(search.nearest("red ball", {.count = 3})), ElementsAre(0, 2, 3));
}

TEST_P(BothSchemes, AnswerWithNothingWhereThereIsNothing) {
  const TextIndex none = index_of({}, {.scheme = GetParam()});
  EXPECT_THAT(TextSearch(none).nearest("a dog", {}), IsEmpty());
  const TextIndex blank = index_of({"", "...", ""}, {.scheme = GetParam()});
  EXPECT_THAT(TextSearch(blank).nearest("a dog", {}), IsEmpty());
  const TextIndex some = index_of({"a dog", ""}, {.scheme = GetParam()});
  TextSearch search(some);
  EXPECT_THAT(search.nearest("", {}), IsEmpty());
  EXPECT_THAT(search.nearest("unknown words", {}), IsEmpty());
  EXPECT_THAT(search.nearest("a dog", {.count = 0}), IsEmpty());
  EXPECT_THAT(search.nearest("a dog", {.count = 1000}), SizeIs(1));
}

TEST_P(BothSchemes, TakeBytesThatAreNoUtf8AsPartsOfWords) {
  const TextIndex index = index_of({"a \xFF\xFE b", "caf\xC3\xA9"}, {.scheme = GetParam()});
  TextSearch search(index);
  EXPECT_THAT(items(search.nearest("\xFF\xFE", {})), ElementsAre(0));
  EXPECT_THAT(items(search.nearest("CAF\xC3\xA9", {})), ElementsAre(1));
}

TEST_P(BothSchemes, FindTheSameOnSeveralThreads) {
  const auto texts = random_captions(5000, 8);
  const TextIndex index = index_of(texts, {.scheme = GetParam()});
  std::vector<std::vector<ScoredItem>> of_thread(3);
  {
    std::vector<std::jthread> threads;
    for (auto& all : of_thread) {
      threads.emplace_back([&] {
        TextSearch search(index);
        for (std::size_t i = 0; i < 200; ++i)
          std::ranges::copy(search.nearest(texts[i], {.count = 20, .duplicate = 0.9}),
                            std::back_inserter(all));
      });
    }
  }
  EXPECT_EQ(of_thread[0], of_thread[1]);
  EXPECT_EQ(of_thread[0], of_thread[2]);
}

TEST(TextSearch, ScoresAWordThatIsRepeatedHundredsOfTimes) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "dog ";
  const TextIndex index = index_of({many, "dog", "cat"});
  TextSearch search(index);
  EXPECT_THAT(items(search.nearest("dog", {})), testing::UnorderedElementsAre(0, 1));
  EXPECT_THAT(items(search.nearest("dog cat", {.duplicate = 0.9})), ElementsAre(2, 0, 1));
}

}  // namespace
}  // namespace unimo::stages
