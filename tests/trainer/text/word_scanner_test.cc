#include "trainer/text/word_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace unimo::trainer {
namespace {

using testing::ElementsAre;

std::vector<std::string> words(std::string_view text) {
  const CharacterClasses classes;
  WordScanner scanner(classes, text);
  std::vector<std::string> found;
  for (auto word = scanner.next(); !word.empty(); word = scanner.next()) found.emplace_back(word);
  return found;
}

TEST(WordScanner, PutsTheBlankBeforeItsWord) {
  EXPECT_THAT(words("A dog runs"), ElementsAre("A", " dog", " runs"));
}

TEST(WordScanner, SplitsLettersNumbersSigns) {
  EXPECT_THAT(words("ab12.,c"), ElementsAre("ab", "12", ".,", "c"));
}

TEST(WordScanner, CutsContractionsOffEvenBeforeLetters) {
  EXPECT_THAT(words("it's we'll 'tis"), ElementsAre("it", "'s", " we", "'ll", " '", "tis"));
  EXPECT_THAT(words("'tis 'Sun"), ElementsAre("'t", "is", " '", "Sun"));
}

TEST(WordScanner, LeavesOneBlankOfARunToTheWord) {
  EXPECT_THAT(words("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(words("a \n b"), ElementsAre("a", " \n", " b"));
  EXPECT_THAT(words("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(words("a  "), ElementsAre("a", "  "));
}

TEST(WordScanner, KnowsWhiteSpaceBeyondAscii) {
  EXPECT_THAT(words("a\u3000b"), ElementsAre("a", "\u3000", "b"));
  EXPECT_THAT(words("a\u200Bb"), ElementsAre("a", "\u200B", "b"));
  EXPECT_THAT(words("a\u3000 b"), ElementsAre("a", "\u3000", " b"));
}

TEST(WordScanner, OfNothingGivesNothing) { EXPECT_THAT(words(""), ElementsAre()); }

char letter(CharacterClass kind) { return "OLNS"[static_cast<std::size_t>(kind)]; }

TEST(CharacterClasses, AgreeWithMeasuredTablesWhereVersionsDoNotDiffer) {
  std::ifstream file(UNIMO_SHARED_DATA "/golden/tokenizer/unicode_classes.tsv");
  if (!file) GTEST_SKIP() << "no " UNIMO_SHARED_DATA "/golden/tokenizer";
  const CharacterClasses classes;
  std::vector<bool> listed(0x110000);
  std::string line, first, last, old_class, new_class, newest_class;
  std::getline(file, line);
  while (file >> first >> last >> old_class >> new_class >> newest_class) {
    for (auto c = std::stoul(first, nullptr, 16); c <= std::stoul(last, nullptr, 16); ++c) {
      listed[c] = true;
      // Ours lies between the oldest and the newest.
      const char ours = letter(classes.of(static_cast<std::uint32_t>(c)));
      EXPECT_TRUE(ours == old_class[0] || ours == newest_class[0]) << std::hex << c;
    }
  }
  for (std::uint32_t c = 0; c < listed.size(); ++c) {
    if (!listed[c]) {
      ASSERT_EQ(classes.of(c), CharacterClass::kOther) << std::hex << c;
    }
  }
}

}  // namespace
}  // namespace unimo::trainer
