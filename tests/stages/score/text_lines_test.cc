#include "stages/score/text_lines.h"

#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using TextLinesFile = Written;

TEST_F(TextLinesFile, EndAtLineFeedsAlone) {
  const auto file = read_text_lines(write("p",
                                          "one\x0C"
                                          "a\u2028 b\ntwo\rthree\n"),
                                    {});
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->lines, ElementsAre("one\x0C"
                                       "a\u2028 b",
                                       "two\rthree"));
  EXPECT_TRUE(file->ended);
  EXPECT_THAT(warnings_of(*file, true), IsEmpty());
}

TEST_F(TextLinesFile, LoseCarriageReturnsAndByteOrderMarkWithAWarning) {
  const auto file = read_text_lines(write("p", "\xEF\xBB\xBFone\r\ntwo\r\nlast"), {});
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->lines, ElementsAre("one", "two", "last"));
  EXPECT_FALSE(file->ended);
  EXPECT_THAT(warnings_of(*file, true),
              ElementsAre(HasSubstr("byte order mark"), HasSubstr("2 lines end in CR LF")));
}

TEST_F(TextLinesFile, CountEmptyLinesAndWhatDecodingLeft) {
  const auto file =
      read_text_lines(write("p", "\n  \nplay ##ing\nan end </s>\n\u0120word\nfine\n"), {});
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(warnings_of(*file, true),
              ElementsAre(HasSubstr("2 lines have no text"),
                          HasSubstr("3 lines hold special tokens or marks of word pieces")));
  EXPECT_THAT(warnings_of(*file, false), ElementsAre(HasSubstr("no text")));
}

TEST_F(TextLinesFile, RefuseBytesThatAreNotUtf8UnlessTheScorerSeesBytes) {
  const auto path = write("p", "fine\ncaf\xE9 now\n");
  EXPECT_THAT(refusal(read_text_lines(path, {})),
              AllOf(HasSubstr("p:2: byte 4 (0xE9) is not UTF-8"), HasSubstr("convert")));
  const auto bytes = read_text_lines(path, {.bytes = true});
  ASSERT_TRUE(bytes.has_value());
  EXPECT_THAT(warnings_of(*bytes, true), ElementsAre(HasSubstr("1 line are not UTF-8")));
}

TEST_F(TextLinesFile, RefuseNulBytesByLineAndPlace) {
  EXPECT_THAT(refusal(read_text_lines(write("p", std::string("ok\na\0b\n", 7)), {.bytes = true})),
              HasSubstr("p:2: byte 2 is NUL"));
}

TEST_F(TextLinesFile, RefuseALineOfAMegabyte) {
  EXPECT_TRUE(read_text_lines(write("p", std::string(kMaxTextBytes - 1, 'a')), {}).has_value());
  EXPECT_THAT(refusal(read_text_lines(write("p", "a\n" + std::string(kMaxTextBytes, 'a')), {})),
              AllOf(HasSubstr("p:2: 1000000 bytes in one line"), HasSubstr("one a line?")));
}

TEST_F(TextLinesFile, RefuseAnEmptyFile) {
  EXPECT_THAT(refusal(read_text_lines(write("p", ""), {})), HasSubstr("nothing to score"));
}

TEST_F(TextLinesFile, NameBothLengthsWhenTheyDoNotBelongTogether) {
  const auto a = read_text_lines(write("a", "1\n2\n"), {});
  const auto b = read_text_lines(write("b", "1\n"), {});
  const Status same = check_same_length(*a, *b);
  ASSERT_FALSE(same.has_value());
  EXPECT_THAT(same.error().message, AllOf(HasSubstr("a has 2 lines"), HasSubstr("b has 1")));
}

}  // namespace
}  // namespace unimo::stages
