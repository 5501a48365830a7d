#include "stages/ingest/stream/line_reader.h"

#include <gmock/gmock.h>

#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Lines : public testing::Test {
 protected:
  std::vector<std::string> lines(std::string_view bytes) {
    auto reader = LineReader::open(files_.write("train.tsv", bytes), {}).value();
    std::vector<std::string> all;
    offsets_.clear();
    for (LineReader::Line line; reader.next(line).value();) {
      EXPECT_EQ(line.number, static_cast<std::int64_t>(all.size()) + 1);
      all.emplace_back(line.text);
      offsets_.push_back(line.offset);
    }
    return all;
  }
  Files files_;
  std::vector<std::int64_t> offsets_;
};

TEST_F(Lines, EndAtLineFeedsAlone) {
  EXPECT_THAT(lines("a\nb\rc\x0C d\xC2\x85 e\xE2\x80\xA8 f\n"),
              ElementsAre("a", "b\rc\x0C d\xC2\x85 e\xE2\x80\xA8 f"));
}

TEST_F(Lines, LoseOneCarriageReturnBeforeTheLineFeed) {
  EXPECT_THAT(lines("a\r\nb\r\r\n\r\nc\r"), ElementsAre("a", "b\r", "", "c\r"));
}

TEST_F(Lines, LoseTheByteOrderMarkOfTheFileOnly) {
  EXPECT_THAT(lines("\xEF\xBB\xBFsentence\tlabel\n\xEF\xBB\xBF"),
              ElementsAre("sentence\tlabel", "\xEF\xBB\xBF"));
  EXPECT_THAT(offsets_, ElementsAre(3, 18));
  EXPECT_THAT(lines("\xEF\xBB\xBF"), ElementsAre());
}

TEST_F(Lines, MayEndWithoutLineFeed) {
  EXPECT_THAT(lines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(offsets_, ElementsAre(0, 2, 3));
  EXPECT_THAT(lines("a\n\n"), ElementsAre("a", ""));
  EXPECT_THAT(lines(""), ElementsAre());
}

TEST_F(Lines, KeepZeroBytesAndOtherOddities) {
  EXPECT_THAT(lines(std::string_view("a\0b\n\xFF\n", 6)),
              ElementsAre(std::string("a\0b", 3), "\xFF"));
}

TEST_F(Lines, OfUtf16AreRefused) {
  for (const std::string_view bytes : {"\xFF\xFE"
                                       "a",
                                       "\xFE\xFF"
                                       "a"}) {
    auto reader = LineReader::open(files_.write("a.tsv", bytes), {}).value();
    LineReader::Line line;
    EXPECT_THAT(reader.next(line).error().message, HasSubstr("is UTF-16; convert it"));
  }
}

TEST_F(Lines, OverTheLimitAreRefusedWithPlace) {
  const auto path = files_.write("a.txt", "short\n" + std::string(3'000'000, 'x') + "\nb\n");
  auto reader = LineReader::open(path, {.max_line_bytes = 1'000'000}).value();
  LineReader::Line line;
  EXPECT_TRUE(reader.next(line).value());
  EXPECT_THAT(reader.next(line).error().message,
              HasSubstr("a.txt:2: byte 6: a line of more than 1000000 bytes"));
  auto whole = LineReader::open(path, {.max_line_bytes = 3'000'000}).value();
  std::size_t longest = 0;
  while (whole.next(line).value()) longest = std::max(longest, line.text.size());
  EXPECT_EQ(longest, 3'000'000U);
}

TEST_F(Lines, OfPackedFilesComeUnpacked) {
  const std::string text = some_text(2'000'000);
  const auto plain = lines(text);
  EXPECT_GT(plain.size(), 1000U);
  EXPECT_EQ(lines(bzip2(text)), plain);
  EXPECT_EQ(lines(gzip(text)), plain);
}

TEST_F(Lines, OfACutPackedFileEndWithItsError) {
  const std::string packed = gzip(some_text(1'000'000));
  const auto path = files_.write("cut.gz", packed.substr(0, packed.size() / 2));
  auto reader = LineReader::open(path, {}).value();
  LineReader::Line line;
  Result<bool> got = true;
  while (got.has_value() && *got) got = reader.next(line);
  ASSERT_FALSE(got.has_value());
  EXPECT_THAT(got.error().message, HasSubstr("it was cut"));
}

TEST_F(Lines, HavePlacesForTheQuarantine) {
  auto reader = LineReader::open(files_.write("dev.tsv", "a\nb\n"), {}).value();
  LineReader::Line line;
  EXPECT_TRUE(reader.next(line).value());
  EXPECT_TRUE(reader.next(line).value());
  EXPECT_EQ(reader.place(line), "dev.tsv:2");
}

TEST(SplitTabs, KeepsEmptyFieldsAndQuotationMarks) {
  std::vector<std::string_view> fields;
  split_tabs("a\t\t\"b\tc\"\t", fields);
  EXPECT_THAT(fields, ElementsAre("a", "", "\"b", "c\"", ""));
  split_tabs("", fields);
  EXPECT_THAT(fields, ElementsAre(""));
}

}  // namespace
}  // namespace unimo::stages
