#include "stages/decontaminate/held_texts.h"

#include <gtest/gtest.h>

#include <random>

#include "stages/decontaminate/gram_table.h"
#include "stages/decontaminate/matching_words.h"

namespace unimo::stages {
namespace {

std::vector<std::uint64_t> hashes(std::string_view text) {
  std::vector<MatchingWord> words;
  matching_words(text, words);
  std::vector<std::uint64_t> result;
  for (const MatchingWord& word : words) result.push_back(word.hash);
  return result;
}

constexpr const char* kSentence =
    "The old man who lived by the sea had never once seen the snow fall on the harbour.";

std::vector<TextMatch> search(const HeldTexts& held, std::string_view text) {
  std::vector<MatchingWord> words;
  return held.find(text, words);
}

std::string found_words(const HeldTexts& held, const std::string& text) {
  const auto matches = search(held, text);
  return matches.empty() ? "" : text.substr(matches[0].begin, matches[0].end - matches[0].begin);
}

TEST(MatchingWords, CaseAndPunctuationDoNotMatter) {
  EXPECT_EQ(hashes("Hello, World! (yes)"), hashes("hello world yes"));
  EXPECT_EQ(hashes("He said: \xE2\x80\x9CNo\xE2\x80\x94never\xE2\x80\xA6\xE2\x80\x9D"),
            hashes("he said no never"));
  EXPECT_EQ(hashes("a\xC2\xA0"
                   "b"),
            hashes("a b"));
  EXPECT_NE(hashes("caf\xC3\xA9"), hashes("cafe"));
}

TEST(MatchingWords, TreebankTextIsRunningText) {
  EXPECT_EQ(hashes("they do n't know the dog 's name -LRB- Rex -RRB- ."),
            hashes("They don't know the dog\xE2\x80\x99s name (Rex)."));
  EXPECT_EQ(hashes("we 'll ca n't"), hashes("we'll can't"));
  EXPECT_EQ(hashes("'hello' he said").size(), 3U);
}

TEST(MatchingWords, DigitsAreAlikeAsInGigaword) {
  EXPECT_EQ(hashes("in 1995 , ##.# percent"), hashes("In 2001, 10.5 percent"));
}

TEST(MatchingWords, PlacesAreThoseOfTheText) {
  std::vector<MatchingWord> words;
  matching_words("  Do n't, 12", words);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].begin, 2U);
  EXPECT_EQ(words[0].end, 8U);
  EXPECT_TRUE(words[0].has_letter);
  EXPECT_FALSE(words[1].has_letter);
}

TEST(MatchingWords, AnyBytesAreTaken) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += static_cast<char>(random() & 0xFF);
    std::vector<MatchingWord> words;
    matching_words(text, words);
    std::size_t last = 0;
    for (const MatchingWord& word : words) {
      ASSERT_GE(word.begin, last);
      ASSERT_GT(word.end, word.begin);
      ASSERT_LE(word.end, text.size());
      last = word.end;
    }
  }
}

TEST(GramTable, FindsWhatWasAddedAndNothingElse) {
  GramTable table;
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> keys;
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    keys.push_back(random());
    table.add(keys.back(), i);
  }
  EXPECT_EQ(table.build(10), 0);
  EXPECT_EQ(table.size(), 50'000);
  for (std::uint32_t i = 0; i < keys.size(); ++i) ASSERT_EQ(table.find(keys[i]), i);
  for (int i = 0; i < 50'000; ++i) ASSERT_FALSE(table.find(random()).has_value());
}

TEST(GramTable, KeyOfManyTextsIsLeftOutButNotOneThatATextRepeats) {
  GramTable table;
  for (std::uint32_t text = 0; text < 4; ++text) table.add(11, text);
  for (std::uint32_t text = 0; text < 3; ++text) table.add(22, text);
  for (int i = 0; i < 9; ++i) table.add(33, 2);
  EXPECT_EQ(table.build(3), 1);
  EXPECT_FALSE(table.find(11).has_value());
  EXPECT_EQ(table.find(22), 0U);
  EXPECT_EQ(table.find(33), 2U);
}

TEST(GramTable, EmptyTableFindsNothing) {
  GramTable table;
  EXPECT_FALSE(table.find(1).has_value());
  EXPECT_EQ(table.build(1), 0);
  EXPECT_FALSE(table.find(1).has_value());
}

TEST(HeldTexts, ThirteenWordsInARowAreFoundAndTwelveAreNot) {
  HeldTexts held({});
  held.add("cnndm", "7", kSentence);
  held.build();
  const std::string twelve = "the old man who lived by the sea had never once seen";
  EXPECT_EQ(found_words(held, "I heard " + twelve + " the ships"), twelve + " the");
  EXPECT_EQ(found_words(held, "I heard " + twelve + " ships"), "");
}

TEST(HeldTexts, MatchNamesTheTextItComesFrom) {
  HeldTexts held({});
  held.add("cnndm", "7",
           "Another text that nobody has ever quoted anywhere in all the long years.");
  held.add("coqa", "story-1", kSentence);
  held.build();
  const auto matches = search(held, kSentence);
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].begin, 0U);
  EXPECT_EQ(matches[0].end, std::string_view(kSentence).size() - 1);  // without the full stop
  EXPECT_EQ(held.origin(matches[0].text).benchmark, "coqa");
  EXPECT_EQ(held.origin(matches[0].text).id, "story-1");
}

TEST(HeldTexts, ShortTextIsFoundAsAWholeFromEightWordsOn) {
  HeldTexts held({});
  held.add("sst2", "1", "a gorgeous , witty , seductive movie about nothing");  // 7 words
  held.add("sst2", "2", "the acting is stiff and the story lacks all trace");   // 10 words
  held.build();
  EXPECT_EQ(held.texts(), 1);
  EXPECT_EQ(search(held, "It is a gorgeous, witty, seductive movie about nothing.").size(), 0U);
  EXPECT_EQ(search(held, "Well: the acting is stiff, and the story lacks all trace!").size(), 1U);
  EXPECT_EQ(search(held, "the acting is stiff and the story lacks all").size(), 0U);
}

TEST(HeldTexts, ShortTextsCanBeLeftAlone) {
  HeldTexts held({.short_words = 0});
  held.add("sst2", "2", "the acting is stiff and the story lacks all trace");
  held.build();
  EXPECT_EQ(held.texts(), 0);
  EXPECT_EQ(search(held, "the acting is stiff and the story lacks all trace").size(), 0U);
}

TEST(HeldTexts, TableOfNumbersIsNoLeak) {
  HeldTexts held({});
  held.add("coqa", "1", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18");
  held.build();
  EXPECT_EQ(search(held, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18").size(), 0U);
}

TEST(HeldTexts, PhraseOfManyTextsIsNoLeak) {
  const std::string phrase =
      "copyright by the associated press all rights reserved this material may not be published ";
  HeldTexts held({.common = 3});
  for (const char* end : {"here", "there", "today", "anywhere", "again"})
    held.add("cnndm", end, phrase + end);
  held.build();
  EXPECT_GT(held.phrases(), 0);
  EXPECT_EQ(search(held, phrase).size(), 0U);
}

TEST(HeldTexts, TextOfManyExamplesCountsOnce) {
  HeldTexts held({.common = 3});
  for (int i = 0; i < 20; ++i) held.add("coqa", std::to_string(i), kSentence);
  held.build();
  EXPECT_EQ(held.texts(), 1);
  EXPECT_EQ(search(held, kSentence).size(), 1U);
}

TEST(HeldTexts, ThousandPlantedRunsAreAllFoundAndNoOther) {
  std::mt19937_64 random(5);
  const auto words = [&](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      for (int letter = 0; letter < 3; ++letter) text += static_cast<char>('a' + random() % 14);
      text += ' ';
    }
    return text;
  };
  HeldTexts held({});
  std::vector<std::string> stories;
  for (int i = 0; i < 1000; ++i) {
    stories.push_back(words(40));
    held.add("coqa", std::to_string(i), stories.back());
  }
  held.build();
  for (const std::string& story : stories) {
    std::size_t begin = 0;
    for (int i = 0; i < 9; ++i) begin = story.find(' ', begin) + 1;
    std::size_t end = begin;
    for (int i = 0; i < 13; ++i) end = story.find(' ', end) + 1;
    ASSERT_EQ(search(held, words(20) + story.substr(begin, end - begin) + words(20)).size(), 1U);
    ASSERT_EQ(search(held, words(60)).size(), 0U);
  }
}

}  // namespace
}  // namespace unimo::stages
