#include "stages/region_files/class_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ClassTable table(std::int64_t top_k, bool background_last = false) {
  return ClassTable::make({{"dog", "puppy"}, {"cat"}, {"grey wall"}}, {top_k, background_last})
      .value();
}

RegionRow distribution(std::vector<float> values) {
  RegionRow row{.id = "1", .count = 1};
  row.class_count = static_cast<std::int64_t>(values.size());
  row.class_probabilities = std::move(values);
  return row;
}

trainer::RegionRecord guessed(const ClassTable& classes, const RegionRow& row) {
  trainer::RegionRecord record{.count = static_cast<std::uint32_t>(row.count)};
  const auto flaw = classes.guess(row, record);
  EXPECT_FALSE(flaw.has_value()) << *flaw;
  return record;
}

TEST(Vocabulary, SynonymsGoToTheSameLine) {
  const auto folder = TempDir::make("vocabulary-").value();
  ASSERT_TRUE(write_file(folder.path() / "v.txt", "Dog, puppy\r\ncat"));
  const auto vocabulary = read_vocabulary(folder.path() / "v.txt").value();
  EXPECT_THAT(vocabulary, ElementsAre(ElementsAre("dog", "puppy"), ElementsAre("cat")));
}

TEST(Vocabulary, AnEmptyLineIsRefusedBecauseNumbersAreLines) {
  const auto folder = TempDir::make("vocabulary-").value();
  ASSERT_TRUE(write_file(folder.path() / "v.txt", "dog\n\ncat\n"));
  EXPECT_THAT(read_vocabulary(folder.path() / "v.txt").error().message, HasSubstr("v.txt:2"));
}

TEST(ClassTable, TheBackgroundComesFirst) {
  EXPECT_THAT(table(1).names(), ElementsAre("__background__", "dog", "cat", "grey wall"));
}

TEST(ClassTable, TheSurestClassesAreKeptInOrder) {
  const auto record = guessed(table(2), distribution({0.1F, 0.2F, 0.4F, 0.3F}));
  EXPECT_EQ(record.top_k, 2U);
  EXPECT_THAT(record.classes, ElementsAre(2, 3));
  EXPECT_THAT(record.probabilities, ElementsAre(0.4F, 0.3F));
}

TEST(ClassTable, ABackgroundAtTheEndIsNumberZero) {
  EXPECT_THAT(guessed(table(2, true), distribution({0.1F, 0.2F, 0.3F, 0.4F})).classes,
              ElementsAre(0, 3));
}

TEST(ClassTable, DistributionsWithoutBackgroundBeginAtOne) {
  EXPECT_THAT(guessed(table(3), distribution({0.1F, 0.2F, 0.7F})).classes, ElementsAre(3, 2, 1));
}

TEST(ClassTable, EquallySureClassesKeepTheOrderOfTheVocabulary) {
  EXPECT_THAT(guessed(table(3), distribution({0, 0.5F, 0.5F, 0})).classes, ElementsAre(1, 2, 0));
}

TEST(ClassTable, TheWholeDistributionCanBeKept) {
  EXPECT_EQ(guessed(table(-1), distribution({0.1F, 0.2F, 0.4F, 0.3F})).top_k, 4U);
}

TEST(ClassTable, NumbersCountFromTheFirstLineOfTheVocabulary) {
  RegionRow row{.id = "1", .count = 2, .class_ids = {0, 2}, .class_confidences = {0.5F, 0.25F}};
  const auto record = guessed(table(10), row);
  EXPECT_EQ(record.top_k, 1U);
  EXPECT_THAT(record.classes, ElementsAre(1, 3));
  EXPECT_THAT(record.probabilities, ElementsAre(0.5F, 0.25F));
}

TEST(ClassTable, NamesAreFoundBySynonymAndCase) {
  RegionRow row{.id = "1", .count = 2, .labels = {"Puppy", "cat"}};
  EXPECT_THAT(guessed(table(1), row).classes, ElementsAre(1, 2));
}

TEST(ClassTable, ClassesThatAreNotInTheVocabularyAreNamed) {
  trainer::RegionRecord record;
  const RegionRow number{.id = "1", .count = 1, .class_ids = {3}};
  EXPECT_THAT(*table(1).guess(number, record), HasSubstr("class 3 of a vocabulary of 3"));
  const RegionRow name{.id = "1", .count = 1, .labels = {"tree"}};
  EXPECT_THAT(*table(1).guess(name, record), HasSubstr("\"tree\""));
  EXPECT_THAT(*table(1).guess(distribution({1, 0}), record), HasSubstr("over 2 classes"));
}

TEST(ClassTable, ClassesWithoutAVocabularyNameTheRemedy) {
  trainer::RegionRecord record;
  const auto none = ClassTable::make({}, {1, false}).value();
  EXPECT_THAT(*none.guess(distribution({1, 0}), record), HasSubstr("input classes"));
  const auto unwanted = ClassTable::make({}, {0, false}).value();
  EXPECT_FALSE(unwanted.guess(distribution({1, 0}), record).has_value());
}

}  // namespace
}  // namespace unimo::stages
