#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/ingest/text/sentences.h"
#include "stages/ingest/text/text_check.h"
#include "stages/schema/ingest.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Sentences, EndAtMarksBeforeANewSentence) {
  EXPECT_THAT(split_sentences("He came. She left! Did it rain? Yes..."),
              ElementsAre("He came.", "She left!", "Did it rain?", "Yes..."));
}

TEST(Sentences, KeepAbbreviationsTogether) {
  EXPECT_THAT(split_sentences("Mr. and Mrs. Hill met Dr. J. K. Stone in the U.S. Army. They paid "
                              "3.50 for No. 5. Fine, e.g. Tom."),
              ElementsAre("Mr. and Mrs. Hill met Dr. J. K. Stone in the U.S. Army.",
                          "They paid 3.50 for No. 5.", "Fine, e.g. Tom."));
}

TEST(Sentences, KeepQuotesWithTheirSentence) {
  EXPECT_THAT(split_sentences("\"What?\" he said. \"It is late.\" Then he went. "
                              "\xE2\x80\x9CStop!\xE2\x80\x9D (He did.) End"),
              ElementsAre("\"What?\" he said.", "\"It is late.\"", "Then he went.",
                          "\xE2\x80\x9CStop!\xE2\x80\x9D", "(He did.)", "End"));
}

TEST(Sentences, OrdinaryWordsThatLookLikeAbbreviationsStillEnd) {
  EXPECT_THAT(split_sentences("The answer is No. He left. So did I. We met."),
              ElementsAre("The answer is No.", "He left.", "So did I.", "We met."));
}

TEST(Paragraphs, AreJoinedLinesBetweenEmptyOnes) {
  const auto paragraphs = split_paragraphs("One\r\ntwo.\r\n\r\n  \nThree.\n");
  ASSERT_EQ(paragraphs.size(), 2U);
  EXPECT_EQ(paragraphs[0].text, "One two.");
  EXPECT_EQ(paragraphs[1].text, "Three.");
  EXPECT_EQ(paragraphs[1].line, 5U);
}

TEST(Utf8, KnowsWellFormedText) {
  EXPECT_TRUE(is_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  for (const char* bad :
       {"\xE9", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(with_replacements(bad)));
  }
}

class Text : public testing::Test {
 protected:
  Records run(const TextIngest& params) {
    bench_.input("texts", "books");
    const Status status = bench_.run(run_ingest_text, params);
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    return status ? read_records(bench_.output()).value() : Records{};
  }
  StageBench bench_;
};

TEST_F(Text, BecomesSentencesInTheOrderOfFilesAndLines) {
  bench_.write("books/b.txt", "TITLE\n\nThe second book begins. It ends here too.\n");
  bench_.write("books/a/one.txt", "The first book\nis short.\n");
  bench_.write("books/notes.md", "Not a text file.");
  const Records records = run(TextIngest{});
  ASSERT_EQ(records.texts.size(), 3U);
  EXPECT_EQ(records.texts[0].id, "a/one.txt:1#0");
  EXPECT_EQ(records.texts[0].text, "The first book is short.");
  EXPECT_EQ(records.texts[2].id, "b.txt:3#1");
  EXPECT_EQ(bench_.count("texts.short"), 1);
}

TEST_F(Text, MayStayInParagraphsWithAShareForValidation) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("Paragraph {} is here. It is short.\n\n", i);
  bench_.write("books/a.txt", text);
  const Records records = run(TextIngest{.unit = "paragraph", .val_share = 0.25});
  EXPECT_EQ(records.texts.size(), 200U);
  EXPECT_GT(bench_.count("texts.val"), 25);
  EXPECT_LT(bench_.count("texts.val"), 80);
}

TEST_F(Text, CountsParagraphsOfBrokenLetters) {
  bench_.write("books/a.txt", "This one is fine.\n\nThis caf\xE9 is not.\n");
  EXPECT_EQ(run(TextIngest{.max_bad_share = 1}).texts.size(), 1U);
  EXPECT_EQ(bench_.count("quarantine.invalid_utf8"), 1);
  const Status status = bench_.run(run_ingest_text, TextIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("a.txt:3"));
}

TEST_F(Text, SaysSoWhenThereIsNothingToRead) {
  bench_.write("books/a.txt", "Hi\n");
  bench_.input("texts", "books");
  const Status status = bench_.run(run_ingest_text, TextIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("lower min_words"));
}

}  // namespace
}  // namespace unimo::stages
