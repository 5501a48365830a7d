#include "stages/ingest/text/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

using testing::ElementsAre;

TEST(SentenceSpans, AreBytesOfTheParagraphWithoutTheBlankBetween) {
  const std::string text = "One is here. Two is there! Three";
  const auto spans = sentence_spans(text);
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[0].begin, 0U);
  EXPECT_EQ(spans[0].end, 12U);
  EXPECT_EQ(spans[1].begin, 13U);
  EXPECT_EQ(text.substr(spans[2].begin, spans[2].end - spans[2].begin), "Three");
  EXPECT_TRUE(sentence_spans("").empty());
}

TEST(SentenceSpans, KnowAbbreviationsThatAlsoEndSentences) {
  EXPECT_THAT(
      split_sentences("He works at Apple Inc. in Ohio. He left Apple Inc. The firm grew."),
      ElementsAre("He works at Apple Inc. in Ohio.", "He left Apple Inc.", "The firm grew."));
  EXPECT_THAT(split_sentences("They live in the U.S. They came at 5 p.m. Then it rained."),
              ElementsAre("They live in the U.S.", "They came at 5 p.m.", "Then it rained."));
  EXPECT_THAT(split_sentences("Smith et al. (1999) and George W. Bush Jr. Library"),
              ElementsAre("Smith et al. (1999) and George W. Bush Jr. Library"));
}

TEST(SentenceSpans, KeepDatesNumbersAndListNumbersTogether) {
  EXPECT_THAT(split_sentences("It was Jan. 5, 1999. See Fig. 3 for 1.5 million."),
              ElementsAre("It was Jan. 5, 1999.", "See Fig. 3 for 1.5 million."));
  EXPECT_THAT(split_sentences("1. Open the box. 2. Close it."),
              ElementsAre("1. Open the box.", "2. Close it."));
}

TEST(SentenceSpans, UnderstandEllipsesOfAllKinds) {
  EXPECT_THAT(split_sentences("He waited . . . . Then he left. Well\xE2\x80\xA6 No. "
                              "I think\xE2\x80\xA6 maybe."),
              ElementsAre("He waited . . . .", "Then he left.", "Well\xE2\x80\xA6", "No.",
                          "I think\xE2\x80\xA6 maybe."));
}

TEST(SentenceSpans, CutNeitherAddressesNorNames) {
  EXPECT_THAT(split_sentences("Look at www.example.com/a.html. It is J. A. Smith's."),
              ElementsAre("Look at www.example.com/a.html.", "It is J. A. Smith's."));
}

TEST(SentenceSpans, KnowOtherScripts) {
  // A lower-case Cyrillic letter goes on, an upper-case one begins; Chinese needs no blank.
  EXPECT_THAT(split_sentences("\xD0\x94\xD0\xB0. \xD0\x9D\xD0\xB5\xD1\x82. \xD0\xBD\xD0\xB5"),
              ElementsAre("\xD0\x94\xD0\xB0.", "\xD0\x9D\xD0\xB5\xD1\x82. \xD0\xBD\xD0\xB5"));
  EXPECT_THAT(split_sentences("\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82\xE5\xA5\xBD\xE3\x80\x82"),
              ElementsAre("\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", "\xE5\xA5\xBD\xE3\x80\x82"));
}

}  // namespace
}  // namespace unimo::stages
