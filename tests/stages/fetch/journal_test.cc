#include "stages/fetch/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "stages/fetch/statuses.h"

namespace unimo::stages {
namespace {

using ::testing::ElementsAre;

class JournalTest : public ::testing::Test {
 protected:
  static JournalEntry good(std::int64_t row, const std::string& bytes) {
    return {.row = row,
            .status = "ok",
            .tries = 1,
            .sha256 = sha256_hex(bytes),
            .ending = "jpg",
            .width = 4,
            .height = 3};
  }
  static std::vector<std::int64_t> rows(const Journal& journal) {
    std::vector<std::int64_t> rows;
    EXPECT_TRUE(journal
                    .visit([&](const JournalEntry& entry) {
                      rows.push_back(entry.row);
                      return ok();
                    })
                    .has_value());
    return rows;
  }
  std::string text() const { return read_file(path_ / "journal.tsv").value(); }
  // A journal as a kill leaves it: nothing after the last write.
  void write_three() {
    auto journal = Journal::open(path_).value();
    ASSERT_TRUE(journal.add(good(7, "seven"), "seven").has_value());
    ASSERT_TRUE(journal.sync().has_value());
    ASSERT_TRUE(journal.add(good(2, "two"), "two").has_value());
    ASSERT_TRUE(journal.add({.row = 5, .status = "http_404", .tries = 1}, "").has_value());
  }

  TempDir folder_ = *TempDir::make("unimo-journal-");
  std::filesystem::path path_ = folder_.path() / "resume";
};

TEST_F(JournalTest, WhatWasWrittenIsThereAgain) {
  write_three();
  const auto journal = Journal::open(path_).value();
  EXPECT_EQ(journal.size(), 3);
  EXPECT_TRUE(journal.has(7) && journal.has(2) && journal.has(5));
  EXPECT_FALSE(journal.has(0) || journal.has(1000));
  EXPECT_THAT(rows(journal), ElementsAre(7, 2, 5));
  ASSERT_TRUE(journal
                  .visit([&](const JournalEntry& entry) -> Status {
                    if (entry.status != "ok") return ok();
                    EXPECT_EQ(journal.read(entry).value(), entry.row == 7 ? "seven" : "two");
                    return ok();
                  })
                  .has_value());
}

TEST_F(JournalTest, AnEntryComesBackFromItsLine) {
  JournalEntry entry = good(3, "x");
  entry.file = 2;
  entry.offset = 4'000'000'000;
  entry.size = 9;
  const auto back = parse_entry(format_entry(entry));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(format_entry(*back), format_entry(entry));
  for (const char* line : {"", "x", "1\tok", "-1\tok\t1", "1\t\t1", "1\tok\t1\tsum", "synced"})
    EXPECT_FALSE(parse_entry(line).has_value()) << line;
}

TEST_F(JournalTest, ALineThatWasNotWholeIsCutOff) {
  write_three();
  const std::string whole = text();
  const std::size_t begin = whole.rfind("5\thttp_404");
  for (std::size_t length = begin; length < whole.size() - 1; ++length) {
    ASSERT_TRUE(write_file(path_ / "journal.tsv", whole.substr(0, length)).has_value());
    const auto journal = Journal::open(path_).value();
    EXPECT_TRUE(journal.has(7) && journal.has(2));
    EXPECT_FALSE(journal.has(5)) << length;
  }
}

TEST_F(JournalTest, AfterACutItGoesOn) {
  write_three();
  const std::string whole = text();
  ASSERT_TRUE(write_file(path_ / "journal.tsv", whole.substr(0, whole.size() - 3)).has_value());
  {
    auto journal = Journal::open(path_).value();
    ASSERT_TRUE(journal.add({.row = 5, .status = "timeout", .tries = 2}, "").has_value());
    ASSERT_TRUE(journal.add(good(6, "six"), "six").has_value());
  }
  const auto journal = Journal::open(path_).value();
  EXPECT_THAT(rows(journal), ElementsAre(7, 2, 5, 6));
}

TEST_F(JournalTest, BytesThatAPowerCutLostAreFetchedAgain) {
  write_three();
  // "two" was written after the last sync; its bytes never reached the disk.
  ASSERT_TRUE(
      write_file(path_ / "pictures-00000.bin", std::string_view("seven\0\0\0", 8)).has_value());
  const auto journal = Journal::open(path_).value();
  EXPECT_TRUE(journal.has(7));
  EXPECT_FALSE(journal.has(2) || journal.has(5));
}

TEST_F(JournalTest, BytesThatArePastTheEndAreFetchedAgain) {
  write_three();
  ASSERT_TRUE(write_file(path_ / "pictures-00000.bin", "seven").has_value());
  const auto journal = Journal::open(path_).value();
  EXPECT_EQ(journal.size(), 1);
}

TEST_F(JournalTest, SyncedBytesThatChangedAreAnErrorOnReading) {
  write_three();
  { const auto journal = Journal::open(path_).value(); }  // all is synced now
  ASSERT_TRUE(write_file(path_ / "pictures-00000.bin", "sevXntwo").has_value());
  const auto journal = Journal::open(path_).value();
  Status status = journal.visit([&](const JournalEntry& entry) -> Status {
    if (entry.row != 7) return ok();
    const auto bytes = journal.read(entry);
    return bytes ? ok() : Status(tl::unexpected(bytes.error()));
  });
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kIntegrity);
}

TEST_F(JournalTest, WhatIsForgottenIsNotThereAndTheRestStays) {
  {
    auto journal = Journal::open(path_).value();
    ASSERT_TRUE(journal.add({.row = 1, .status = "timeout", .tries = 3}, "").has_value());
    ASSERT_TRUE(journal.add(good(2, "two"), "two").has_value());
    ASSERT_TRUE(journal.add({.row = 3, .status = "http_404", .tries = 1}, "").has_value());
    ASSERT_TRUE(journal.forget(is_passing).has_value());
    EXPECT_FALSE(journal.has(1));
    ASSERT_TRUE(journal.add({.row = 1, .status = "http_410", .tries = 1}, "").has_value());
  }
  const auto journal = Journal::open(path_).value();
  EXPECT_THAT(rows(journal), ElementsAre(2, 3, 1));
}

}  // namespace
}  // namespace unimo::stages
