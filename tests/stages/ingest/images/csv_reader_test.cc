#include "stages/ingest/corpora/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace unimo::stages {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::string>;

// Bytes in pieces of a given size.
class Pieces : public ByteSource {
 public:
  Pieces(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min({piece_, into.size(), bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, count, into.data());
    at_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(at_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string bytes_, name_ = "folder/a.csv";
  std::size_t piece_, at_ = 0;
};

struct Table {
  std::vector<Fields> rows;
  std::vector<std::int64_t> lines;
  std::vector<std::string> problems;
};

Table read(const std::string& bytes, std::size_t piece = 1000) {
  CsvReader csv(std::make_unique<Pieces>(bytes, piece));
  Table table;
  for (CsvReader::Row row; csv.next(row).value();) {
    table.rows.push_back(row.fields);
    table.lines.push_back(row.line);
    table.problems.push_back(row.problem);
  }
  return table;
}

TEST(CsvReader, ReadsQuotedCommasAndDoubledQuotes) {
  const Table table = read(
      "id,title\n1,\"Hello, \"\"world\"\"\"\n2,plain\n/m/02wvth,\"Fiat 500 \"\"topolino\"\"\"\n");
  EXPECT_EQ(table.rows, (std::vector<Fields>{{"id", "title"},
                                             {"1", "Hello, \"world\""},
                                             {"2", "plain"},
                                             {"/m/02wvth", "Fiat 500 \"topolino\""}}));
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST(CsvReader, KeepsLineFeedsInQuotesAndCountsThem) {
  const Table table = read("a,\"one\r\ntwo\n\",b\nc,d,e\n");
  EXPECT_EQ(table.rows, (std::vector<Fields>{{"a", "one\r\ntwo\n", "b"}, {"c", "d", "e"}}));
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{1, 4}));
}

TEST(CsvReader, KeepsACarriageReturnBeforeTheClosingQuote) {
  EXPECT_EQ(read("a,\"b\r\"\r\n").rows, (std::vector<Fields>{{"a", "b\r"}}));
}

TEST(CsvReader, UnderstandsBothLineEndsAndAMissingLastOne) {
  EXPECT_EQ(read("a,b\r\nc,\"d\"\r\ne,f").rows,
            (std::vector<Fields>{{"a", "b"}, {"c", "d"}, {"e", "f"}}));
  EXPECT_EQ(read("a,\"d\"").rows, (std::vector<Fields>{{"a", "d"}}));
  EXPECT_EQ(read("a,").rows, (std::vector<Fields>{{"a", ""}}));
}

TEST(CsvReader, PassesOverEmptyLinesButNotEmptyFields) {
  EXPECT_EQ(read("a\n\n\r\n,\nb\n\n").rows, (std::vector<Fields>{{"a"}, {"", ""}, {"b"}}));
  EXPECT_TRUE(read("").rows.empty());
  EXPECT_TRUE(read("\n\n").rows.empty());
}

TEST(CsvReader, GivesTheSameInPiecesOfOneByte) {
  const std::string text = "\xEF\xBB\xBFid,\"a\"\"b\"\r\n\"x\ny\",z\n";
  EXPECT_EQ(read(text, 1).rows, read(text).rows);
  EXPECT_EQ(read(text, 1).rows, (std::vector<Fields>{{"id", "a\"b"}, {"x\ny", "z"}}));
}

TEST(CsvReader, TakesAQuoteInsideAFieldAsText) {
  EXPECT_EQ(read("5\" screen,b\n").rows, (std::vector<Fields>{{"5\" screen", "b"}}));
}

TEST(CsvReader, NamesTheProblemOfARow) {
  const Table table = read("\"a\"b,c\nd,e\n\"open");
  EXPECT_EQ(table.problems,
            (Fields{"text after a closing quote", "", "the file ends inside a quote"}));
  EXPECT_EQ(table.rows[0], (Fields{"ab", "c"}));
}

TEST(CsvReader, RefusesAQuoteThatIsNeverClosed) {
  CsvReader csv(std::make_unique<Pieces>(
      "a,b\n\"" + std::string(CsvReader::kMaxRecordBytes + 10, 'x'), 100'000));
  CsvReader::Row row;
  ASSERT_TRUE(csv.next(row).value());
  const auto next = csv.next(row);
  ASSERT_FALSE(next);
  EXPECT_THAT(next.error().message, HasSubstr("folder/a.csv:2: a record of more than"));
}

TEST(CsvReader, RefusesUtf16) {
  CsvReader csv(std::make_unique<Pieces>(std::string("\xFF\xFE"
                                                     "a\0",
                                                     4),
                                         1));
  CsvReader::Row row;
  const auto next = csv.next(row);
  ASSERT_FALSE(next);
  EXPECT_THAT(next.error().message, HasSubstr("UTF-16"));
}

TEST(CsvHeader, FindsColumnsByName) {
  const CsvHeader header({"ImageID", "XMin"});
  EXPECT_EQ(header.find("XMin"), 1U);
  EXPECT_FALSE(header.find("xmin"));
}

}  // namespace
}  // namespace unimo::stages
