#include "stages/ingest/text/unicode.h"

#include <gtest/gtest.h>

#include "orchestrator/base/json.h"
#include "stages/ingest/text/furniture.h"
#include "stages/ingest/text/text_check.h"
#include "stages/schema/text_corpora.h"

namespace unimo::stages {
namespace {

TEST(Unicode, BringsDecomposedAccentsIntoFormC) {
  EXPECT_EQ(to_nfc("cafe\xCC\x81"), "caf\xC3\xA9");
  EXPECT_EQ(to_nfc("\xE2\x84\xAB"), "\xC3\x85");  // the angstrom sign
  const std::string composed = "caf\xC3\xA9 \xD0\xB9 \xE4\xBD\xA0 \xE2\x80\x9Cx\xE2\x80\x9D";
  EXPECT_EQ(to_nfc(composed), composed);
}

TEST(Unicode, TidiesBlanksBeyondAscii) {
  EXPECT_EQ(tidy_line("  a\xC2\xA0 b\xE2\x80\x83"
                      "c\xE3\x80\x80 d\xE2\x80\xA8"
                      "e\t\xEF\xBB\xBF"),
            "a b c d e");
  EXPECT_EQ(tidy_line("zero\xE2\x80\x8Bwidth so\xC2\xAD"
                      "ft"),
            "zerowidth soft");
  EXPECT_EQ(tidy_line("\xE2\x80\x9Cq\xE2\x80\x9D \xC3\xA9"), "\xE2\x80\x9Cq\xE2\x80\x9D \xC3\xA9");
}

TEST(Unicode, MeasuresTheShareOfAScript) {
  EXPECT_DOUBLE_EQ(script_share("abcd 123!", "latin"), 1);
  EXPECT_DOUBLE_EQ(script_share("ab\xD0\xB9\xD0\xB9", "latin"), 0.5);
  EXPECT_DOUBLE_EQ(script_share("ab\xD0\xB9\xD0\xB9", "cyrillic"), 0.5);
  EXPECT_DOUBLE_EQ(script_share("\xE4\xBD\xA0\xE5\xA5\xBD", "han"), 1);
  EXPECT_DOUBLE_EQ(script_share("12", "greek"), 1);
  EXPECT_DOUBLE_EQ(script_share("\xC3\xA9t\xC3\xA9", "latin"), 1);
}

TEST(Unicode, EveryScriptThatIsMeasuredCanBeAskedFor) {
  for (const std::string& script : script_names()) {
    const auto params = read_fields<TextCleaning>(Json{{"script", script}}, "test");
    EXPECT_TRUE(params) << script;
  }
  EXPECT_FALSE(read_fields<TextCleaning>(Json{{"script", "klingon"}}, "test"));
}

TEST(Unicode, TellsWhereTheFirstBadByteIs) {
  EXPECT_EQ(first_bad_byte("all is well, caf\xC3\xA9"), std::string_view::npos);
  EXPECT_EQ(first_bad_byte("a long line of ASCII before caf\xE9 here"), 31U);
  EXPECT_EQ(first_bad_byte("12345678\xFF"), 8U);
}

TEST(Furniture, IsShortAndSaysNothingOfTheSubject) {
  EXPECT_TRUE(is_page_furniture("Share this:"));
  EXPECT_TRUE(is_page_furniture("ADVERTISEMENT"));
  EXPECT_TRUE(is_page_furniture("Copyright 2016 The Paper. All rights reserved."));
  EXPECT_FALSE(is_page_furniture("He wants to share this moment."));
  EXPECT_FALSE(
      is_page_furniture("Follow us on our journey through the mountains of the north, where "
                        "nobody has been for a hundred years."));
}

}  // namespace
}  // namespace unimo::stages
