#include "stages/retrieval/sentence_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace unimo::stages {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts_of(const SentenceStore& store) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < store.size(); ++i) texts.emplace_back(store.text(i));
  return texts;
}

TEST(SentenceStore, KeepsADifferentSentenceOnceAndKnowsWhereItWasFirst) {
  SentenceStore store({.min_words = 2, .max_words = 5});
  store.begin_document("d1");
  store.add("A dog runs.", 0);
  store.add("A dog sits.", 1);
  store.begin_document("t2");
  store.add("A dog runs.", -1);
  store.add("A cat runs.", -1);
  EXPECT_THAT(texts_of(store), ElementsAre("A dog runs.", "A dog sits.", "A cat runs."));
  EXPECT_EQ(store.place(1), "d1\t1");
  EXPECT_EQ(store.place(2), "t2");
  EXPECT_EQ(store.counts().repeated, 1);
}

TEST(SentenceStore, LeavesOutAndCountsWhatIsTooShortOrTooLong) {
  SentenceStore store({.min_words = 2, .max_words = 3});
  store.begin_document("d");
  for (const char* text :
       {"", "...", "One.", "Two words.", "Three words now.", "Four words are many."})
    store.add(text, 0);
  EXPECT_THAT(texts_of(store), ElementsAre("Two words.", "Three words now."));
  EXPECT_EQ(store.counts().too_short, 3);
  EXPECT_EQ(store.counts().too_long, 1);
  EXPECT_EQ(store.counts().seen, 6);
}

std::vector<std::string> drawn(std::uint64_t seed, bool backwards) {
  SentenceStore store({.min_words = 1, .most = 300, .seed = seed});
  store.begin_document("d");
  for (int i = 0; i < 5000; ++i)
    store.add(fmt::format("sentence number {}", backwards ? 4999 - i : i), i);
  EXPECT_EQ(store.counts().not_drawn + static_cast<std::int64_t>(store.size()), 5000);
  auto texts = texts_of(store);
  std::ranges::sort(texts);
  return texts;
}

TEST(SentenceStore, DrawsTheSameSentencesInAnyOrderOfReading) {
  const auto forwards = drawn(1, false);
  EXPECT_GT(forwards.size(), 100U);
  EXPECT_LE(forwards.size(), 300U);
  EXPECT_EQ(forwards, drawn(1, true));
  EXPECT_NE(forwards, drawn(2, false));
}

TEST(SentenceStore, FindsRepeatedSentencesAlsoAfterADraw) {
  SentenceStore store({.min_words = 1, .most = 100});
  store.begin_document("d");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i) store.add(fmt::format("sentence number {}", i), i);
  }
  auto texts = texts_of(store);
  std::ranges::sort(texts);
  EXPECT_EQ(std::ranges::adjacent_find(texts), texts.end());
  EXPECT_EQ(store.counts().repeated, static_cast<std::int64_t>(store.size()));
}

}  // namespace
}  // namespace unimo::stages
