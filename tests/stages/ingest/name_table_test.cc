#include "stages/ingest/name_table.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "orchestrator/base/file.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NameTableFile : public ::testing::Test {
 protected:
  Result<NameTable> read(std::string_view text) const {
    EXPECT_TRUE(write_file(folder_.path() / "names.txt", text));
    return NameTable::read(folder_.path() / "names.txt");
  }
  TempDir folder_ = TempDir::make("names-").value();
};

TEST_F(NameTableFile, GivesAllSynonymsOfALineItsNumber) {
  const auto table = read("dog,dogs\ncat\ntraffic light, Traffic Lights");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->size(), 3);
  EXPECT_EQ(table->find("dogs"), 0);
  EXPECT_EQ(table->find("  Traffic lights "), 2);
  EXPECT_EQ(table->find("horse"), std::nullopt);
  EXPECT_EQ(table->name(2), "traffic light");
}

TEST_F(NameTableFile, NamesTheLineOfAnEmptyName) {
  const auto table = read("dog\ncat,\n");
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message, AllOf(HasSubstr("names.txt:2"), HasSubstr("empty name")));
}

TEST_F(NameTableFile, RefusesANameOfTwoLines) {
  const auto table = read("dog\ncat,Dog\n");
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message, AllOf(HasSubstr("names.txt:2"), HasSubstr("line 1")));
}

TEST_F(NameTableFile, IsReadAsItWasWritten) {
  const NameTable table = NameTable::of_counts({{"cat", 2}, {"dog", 5}}, {});
  ASSERT_TRUE(table.write(folder_.path() / "out.txt"));
  EXPECT_THAT(NameTable::read(folder_.path() / "out.txt")->lines(), ElementsAre("dog", "cat"));
}

TEST(NameTable, TakesTheMostFrequentNames) {
  const std::map<std::string, std::int64_t> counts = {
      {"ant", 3}, {"bee", 7}, {"cow", 3}, {"dog", 1}, {"a, b", 9}};
  EXPECT_THAT(NameTable::of_counts(counts, {.min_count = 2, .most = 10}).lines(),
              ElementsAre("bee", "ant", "cow"));
  EXPECT_THAT(NameTable::of_counts(counts, {.min_count = 1, .most = 2}).lines(),
              ElementsAre("bee", "ant"));
  EXPECT_EQ(NameTable::of_counts(counts, {.min_count = 1, .most = 0}).size(), 0);
}

TEST(NameTable, ReadsThePublishedVocabularies) {
  const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "genome";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no genome in the shared data";
  const auto objects = NameTable::read(folder / "objects_vocab.txt");
  ASSERT_TRUE(objects) << objects.error().message;
  EXPECT_EQ(objects->size(), 1600);
  const auto attributes = NameTable::read(folder / "attributes_vocab.txt");
  ASSERT_TRUE(attributes) << attributes.error().message;
  EXPECT_EQ(attributes->find("grey"), 0);
}

}  // namespace
}  // namespace unimo::stages
