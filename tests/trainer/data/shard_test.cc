#include "trainer/data/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"

namespace unimo::trainer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> as_record(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Shard : public testing::Test {
 protected:
  void write(const std::vector<std::string>& records) {
    auto writer = ShardWriter::create(path_, {{"schema", "texts"}, {"size", 3}});
    ASSERT_TRUE(writer.has_value());
    for (const auto& record : records) ASSERT_TRUE(writer->add(as_record(record)).has_value());
    ASSERT_TRUE(writer->finish().has_value());
  }

  // Changes one byte of the finished file.
  void damage(std::size_t offset) {
    std::string bytes = *read_file(path_);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x20);
    ASSERT_TRUE(write_file_atomic(path_, bytes).has_value());
  }

  std::string open_error() {
    const auto reader = ShardReader::open(path_);
    return reader ? "" : reader.error().message;
  }

  TempDir folder_ = *TempDir::make("shard");
  fs::path path_ = folder_.path() / "a.shard";
};

TEST_F(Shard, GivesBackWhatWasAdded) {
  write({"one", "", std::string(1000, 'x')});
  const auto reader = ShardReader::open(path_, "texts");
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  ASSERT_EQ(reader->count(), 3U);
  EXPECT_EQ(reader->metadata()["size"], 3);
  EXPECT_EQ(as_text(*reader->record(0)), "one");
  EXPECT_EQ(as_text(*reader->record(1)), "");
  EXPECT_EQ(as_text(*reader->record(2)), std::string(1000, 'x'));
}

TEST_F(Shard, AlignsEveryRecordTo64Bytes) {
  write({"one", "two"});
  const auto reader = ShardReader::open(path_);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(reader->record(i)->data()) % 64, 0U);
  }
}

TEST_F(Shard, MayBeEmpty) {
  write({});
  const auto reader = ShardReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->count(), 0U);
  EXPECT_TRUE(reader->verify().has_value());
}

// More records than the writer's memory has index entries.
TEST_F(Shard, LongIndexIsWrittenWholeWithoutLeavingAFile) {
  constexpr int kRecords = 150'000;
  auto writer = *ShardWriter::create(path_, {{"schema", "texts"}});
  for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(writer.add(as_record(std::to_string(i))));
  EXPECT_EQ(writer.count(), static_cast<std::size_t>(kRecords));
  ASSERT_TRUE(writer.finish());
  const auto reader = ShardReader::open(path_, "texts");
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  ASSERT_EQ(reader->count(), static_cast<std::size_t>(kRecords));
  EXPECT_TRUE(reader->verify().has_value());
  for (const int i : {0, 65'535, 65'536, 131'072, kRecords - 1})
    EXPECT_EQ(as_text(*reader->record(static_cast<std::size_t>(i))), std::to_string(i));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Shard, HasTheSameBytesForTheSameRecords) {
  write({"one", "two"});
  const std::string first = *read_file(path_);
  write({"one", "two"});
  EXPECT_EQ(*read_file(path_), first);
}

TEST_F(Shard, LeavesNothingBehindWhenAbandoned) {
  {
    auto writer = ShardWriter::create(path_, {{"schema", "texts"}});
    ASSERT_TRUE(writer->add(as_record("one")).has_value());
  }
  EXPECT_TRUE(list_files(folder_.path())->empty());
}

TEST_F(Shard, KeepsTheOldFileUntilTheNewOneIsWhole) {
  write({"old"});
  auto writer = ShardWriter::create(path_, {{"schema", "texts"}});
  ASSERT_TRUE(writer->add(as_record("new")).has_value());
  EXPECT_EQ(as_text(*ShardReader::open(path_)->record(0)), "old");
}

TEST_F(Shard, NamesTheDamagedRecord) {
  write({"one", "two"});
  damage(64 + 64 + 64);  // header, metadata, record 0
  const auto reader = ShardReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(reader->record(0).has_value());
  const auto record = reader->record(1);
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(record.error().message, HasSubstr("a.shard: record 1 (3 bytes at byte 192)"));
  EXPECT_FALSE(reader->verify().has_value());
}

TEST_F(Shard, RefusesEveryTruncation) {
  write({"one", "two"});
  const std::string whole = *read_file(path_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(write_file_atomic(path_, whole.substr(0, size)).has_value());
    EXPECT_THAT(open_error(), HasSubstr("a.shard")) << size;
  }
}

TEST_F(Shard, NoticesEveryDamagedByteThatMatters) {
  write({"one", "two"});
  const std::string whole = *read_file(path_);
  std::size_t unnoticed = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    ASSERT_TRUE(write_file_atomic(path_, whole).has_value());
    damage(i);
    const auto reader = ShardReader::open(path_);
    if (reader && reader->verify()) ++unnoticed;
  }
  // Padding only: 16 zeros of the header, those behind the metadata and behind two records of three
  // bytes.
  const std::size_t metadata_bytes = std::string(R"({"schema":"texts","size":3})").size();
  EXPECT_EQ(unnoticed, 16 + (64 - metadata_bytes) + 2 * 61);
}

TEST_F(Shard, RefusesAnotherFileByItsBeginning) {
  ASSERT_TRUE(write_file_atomic(path_, std::string(200, 'x')).has_value());
  EXPECT_THAT(open_error(), HasSubstr("not a record file"));
}

TEST_F(Shard, RefusesAnotherVersion) {
  write({"one"});
  damage(8);
  EXPECT_THAT(open_error(), HasSubstr("version 33, this program reads version 1"));
}

TEST_F(Shard, RefusesAnotherSchema) {
  write({"one"});
  const auto reader = ShardReader::open(path_, "regions");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("schema 'texts', wanted 'regions'"));
}

TEST_F(Shard, SaysNotFoundForAnAbsentFile) {
  const auto reader = ShardReader::open(path_);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace unimo::trainer
