#include "stages/pack/tfidf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using Vector = std::map<std::string, double>;

TEST(PlainWords, FoldCaseAndDropSigns) {
  EXPECT_THAT(plain_words("A dog's Ball-game, 2 na\u00EFve!"),
              ElementsAre("a", "dog", "s", "ball", "game", "2", "na\u00EFve"));
}

// The definition, without any index.
class SlowSearch {
 public:
  explicit SlowSearch(const std::vector<std::string>& texts) {
    std::map<std::string, int> texts_with;
    for (const auto& text : texts) {
      Vector vector;
      for (const auto& word : plain_words(text)) ++vector[word];
      for (const auto& [word, count] : vector) ++texts_with[word];
      vectors_.push_back(std::move(vector));
    }
    for (auto& vector : vectors_) {
      double squares = 0;
      for (auto& [word, weight] : vector) {
        weight *= std::log((1.0 + static_cast<double>(texts.size())) / (1.0 + texts_with[word]));
        squares += weight * weight;
      }
      for (auto& [word, weight] : vector) weight = squares > 0 ? weight / std::sqrt(squares) : 0;
    }
  }
  double score(std::size_t a, std::size_t b) const {
    double sum = 0;
    for (const auto& [word, weight] : vectors_[a]) {
      const auto found = vectors_[b].find(word);
      if (found != vectors_[b].end()) sum += weight * found->second;
    }
    return sum;
  }

 private:
  std::vector<Vector> vectors_;
};

// Words as in language: few of them make most of the text.
std::vector<std::string> random_captions(std::size_t count) {
  trainer::Random random({.seed = 9});
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    const auto words = random.between(1, 12);
    for (std::int64_t w = 0; w < words; ++w) {
      text += "w" + std::to_string(static_cast<int>(std::pow(300.0, random.uniform()))) + " ";
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

TEST(NearestTexts, AreThoseOfTheSlowSearch) {
  const auto texts = random_captions(600);
  std::vector<std::uint32_t> groups(texts.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i / 5;
  const SlowSearch slow(texts);
  for (const std::size_t count : {1, 8, 40, 1000}) {
    const auto found = nearest_texts(texts, groups, {.count = count, .duplicate = 0.9});
    for (std::size_t query = 0; query < texts.size(); ++query) {
      std::vector<double> scores;
      for (std::size_t other = 0; other < texts.size(); ++other) {
        const double score = slow.score(query, other);
        if (groups[other] != groups[query] && score > 1e-12 && score <= 0.9)
          scores.push_back(score);
      }
      std::ranges::sort(scores, std::greater<>());
      ASSERT_EQ(found[query].size(), std::min(count, scores.size())) << texts[query];
      std::set<std::uint32_t> different(found[query].begin(), found[query].end());
      ASSERT_EQ(different.size(), found[query].size());
      for (std::size_t i = 0; i < found[query].size(); ++i) {
        ASSERT_NE(groups[found[query][i]], groups[query]);
        ASSERT_NEAR(slow.score(query, found[query][i]), scores[i], 1e-5) << texts[query];
      }
    }
  }
}

TEST(NearestTexts, WithNewWordsAreTheFirstOfAllThatHaveThem) {
  const auto texts = random_captions(400);
  std::vector<std::uint32_t> groups(texts.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i / 5;
  const auto words_of = [&](std::uint32_t text) {
    const auto words = plain_words(texts[text]);
    return std::set<std::string>(words.begin(), words.end());
  };
  const auto all = nearest_texts(texts, groups, {.count = 1000});
  for (const std::size_t count : {1, 8, 40}) {
    const auto found = nearest_texts(texts, groups, {.count = count, .new_words = 2});
    for (std::uint32_t query = 0; query < texts.size(); ++query) {
      std::set<std::string> known;
      for (std::uint32_t other = query / 5 * 5; other < query / 5 * 5 + 5; ++other)
        known.merge(words_of(other));
      std::vector<std::uint32_t> expected;
      for (const std::uint32_t text : all[query]) {
        const auto words = words_of(text);
        const auto fresh = std::ranges::count_if(
            words, [&](const std::string& word) { return !known.contains(word); });
        if (fresh >= 2 && expected.size() < count) expected.push_back(text);
      }
      ASSERT_EQ(found[query], expected) << texts[query];
    }
  }
}

TEST(NearestTexts, WithNewWordsSayWhatNoCaptionOfTheImageSays) {
  const std::vector<std::string> texts = {"A dog runs", "The dogs are running on grass",
                                          "a dog is on the grass", "a dog runs in a red coat",
                                          "a dog runs in a coat"};
  const std::vector<std::uint32_t> groups = {0, 0, 1, 2, 3};
  const auto found = nearest_texts(texts, groups, {.new_words = 2});
  EXPECT_THAT(found[0], ElementsAre(3));
}

TEST(NearestTexts, DoNotDependOnThreads) {
  const auto texts = random_captions(500);
  std::vector<std::uint32_t> groups(texts.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i;
  EXPECT_EQ(nearest_texts(texts, groups, {.count = 10, .threads = 1}),
            nearest_texts(texts, groups, {.count = 10, .threads = 3}));
}

TEST(NearestTexts, LeaveOutTheSameImageAndTheSameWords) {
  const std::vector<std::string> texts = {"a red dog runs", "a red dog jumps", "A red dog runs!",
                                          "a red dog sleeps", "two boats"};
  const std::vector<std::uint32_t> groups = {0, 0, 1, 2, 3};
  const auto found = nearest_texts(texts, groups, {});
  EXPECT_THAT(found[0], ElementsAre(3));
  EXPECT_THAT(found[4], ElementsAre());
}

TEST(NearestTexts, OfNothingAreNothing) {
  EXPECT_TRUE(nearest_texts({}, {}, {}).empty());
  const std::vector<std::string> texts = {"", "..."};
  const std::vector<std::uint32_t> groups = {0, 1};
  EXPECT_THAT(nearest_texts(texts, groups, {}), ElementsAre(ElementsAre(), ElementsAre()));
}

}  // namespace
}  // namespace unimo::stages
