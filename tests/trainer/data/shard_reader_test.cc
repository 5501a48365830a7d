#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/base/file.h"
#include "trainer/data/load_clock.h"
#include "trainer/data/shard.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The two ways of getting at the bytes.
class ShardReading : public testing::TestWithParam<ShardAccess> {
 protected:
  void SetUp() override {
    auto writer = ShardWriter::create(path_, {{"schema", "texts"}});
    ASSERT_TRUE(writer.has_value());
    for (std::size_t i = 0; i < 40; ++i) {
      records_.emplace_back(i * 517, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(writer->add(std::as_bytes(std::span(records_.back()))).has_value());
    }
    ASSERT_TRUE(writer->finish().has_value());
  }
  Result<ShardReader> open() const { return ShardReader::open(path_, "texts", GetParam()); }

  TempDir folder_ = *TempDir::make("shard_reader");
  std::filesystem::path path_ = folder_.path() / "a.shard";
  std::vector<std::string> records_;
};

TEST_P(ShardReading, GivesEveryRecordInAnyOrder) {
  const auto reader = open();
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const std::size_t place = i * 23 % records_.size();
    EXPECT_EQ(text_of(*reader->record(place)), records_[place]);
  }
  EXPECT_TRUE(reader->verify().has_value());
}

TEST_P(ShardReading, MayBeDoneByManyThreadsAtOnce) {
  const auto reader = open();
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t n = 0; n < 400; ++n) {
          const std::size_t place = (n * 7 + t * 11) % records_.size();
          if (text_of(*reader->record(place)) != records_[place]) ++wrong[t];
        }
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_P(ShardReading, NamesFileRecordAndRemedyOfAFlippedByte) {
  std::string bytes = *read_file(path_);
  bytes[bytes.find(records_[7])] ^= 1;  // the first byte of record 7
  ASSERT_TRUE(write_file_atomic(path_, bytes).has_value());
  const auto reader = open();
  ASSERT_TRUE(reader.has_value());
  const auto record = reader->record(7);
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(record.error().message, HasSubstr("a.shard: record 7 (3619 bytes"));
  EXPECT_THAT(record.error().message, HasSubstr("make the file anew"));
  EXPECT_TRUE(reader->record(8).has_value());
}

TEST_P(ShardReading, CountsAsReadingAndVerifying) {
  const auto reader = open();
  start_load_clock();
  ASSERT_TRUE(reader->verify().has_value());
  const LoadTimes times = read_load_clock();
  EXPECT_GT(times.of(LoadPart::kRead), 0);
  EXPECT_GT(times.of(LoadPart::kVerify), 0);
  EXPECT_EQ(times.of(LoadPart::kDecode), 0);
}

INSTANTIATE_TEST_SUITE_P(Access, ShardReading,
                         testing::Values(ShardAccess::kMap, ShardAccess::kRead),
                         [](const auto& access) {
                           return std::string(access.param == ShardAccess::kMap ? "Mapped"
                                                                                : "Read");
                         });

class ShardReadingByRecord : public ShardReading {};

TEST_P(ShardReadingByRecord, NoticesThatTheFileWasCutMeanwhile) {
  const auto reader = open();
  ASSERT_TRUE(reader.has_value());
  std::filesystem::resize_file(path_, 5000);
  const auto record = reader->record(30);
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(record.error().message, HasSubstr("record 30"));
  EXPECT_THAT(record.error().message, HasSubstr("a.shard: ends at byte"));
}

INSTANTIATE_TEST_SUITE_P(Access, ShardReadingByRecord, testing::Values(ShardAccess::kRead));

}  // namespace
}  // namespace unimo::trainer
