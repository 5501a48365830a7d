#include "stages/schema/official_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "orchestrator/base/file.h"
#include "stages/schema/official_counts.h"
#include "stages/schema/schemas.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

TEST(OfficialFiles, EveryDataSetIsReadByAKindThatExists) {
  for (const OfficialDataset& dataset : official_datasets())
    EXPECT_NE(find_schema(dataset.kind), nullptr) << dataset.name;
}

TEST(OfficialFiles, EveryIngestKindOfPublicationsIsInTheTable) {
  std::set<std::string> kinds;
  for (const OfficialDataset& dataset : official_datasets()) kinds.emplace(dataset.kind);
  for (const std::string& kind : schema_kinds()) {
    // One's own texts, and what UNIMO's scripts wrote, are nobody's publication.
    if (!kind.starts_with("ingest.") || kind == "ingest.text" || kind == "ingest.unimo") continue;
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  }
}

TEST(OfficialFiles, ANameStandsOnceInAnEdition) {
  for (const OfficialDataset& dataset : official_datasets()) {
    std::set<std::pair<std::string_view, std::string_view>> names;
    for (const OfficialFile& file : dataset.files)
      EXPECT_TRUE(names.emplace(file.edition, file.name).second) << file.name;
    EXPECT_FALSE(dataset.where.empty()) << dataset.name;
  }
}

TEST(OfficialFiles, CountsHaveTheirUnit) {
  for (const OfficialDataset& dataset : official_datasets()) {
    for (const OfficialFile& file : dataset.files)
      EXPECT_TRUE(file.form == FileForm::kStream || !file.unit.empty()) << file.name;
  }
}

// The page is what people follow, the table what is checked.
TEST(OfficialFiles, ThePageOfTheLayoutNamesEveryFile) {
  const std::string page = *read_file(UNIMO_SOURCE_DIR "/docs/data.md");
  const std::size_t begin = page.find("## Layout of `data_root`");
  ASSERT_NE(begin, page.npos);
  const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
  for (const OfficialDataset& dataset : official_datasets()) {
    const std::string head = fmt::format("| `{}` | `{}` |", dataset.name, dataset.kind);
    const std::size_t row = section.find(head);
    ASSERT_NE(row, section.npos) << head;
    const std::string line = section.substr(row, section.find('\n', row) - row);
    for (const OfficialFile& file : dataset.files) {
      EXPECT_THAT(line, HasSubstr(fmt::format("`{}`", file.name)));
      if (!file.edition.empty()) {
        EXPECT_THAT(line, HasSubstr(fmt::format("*{}*", file.edition)));
      }
    }
  }
}

TEST(OfficialCounts, KarpathysPartsAreThePicturesOfCoco2014) {
  EXPECT_EQ(kKarpathyImages.sum() + kKarpathyRestvalImages,
            coco_counts("train2014").images + coco_counts("val2014").images);
  EXPECT_EQ(kKarpathyCaptions.sum() + kKarpathyRestvalCaptions,
            coco_counts("train2014").captions + coco_counts("val2014").captions);
}

TEST(OfficialCounts, Coco2017IsAnotherCutOfTheSameCaptions) {
  EXPECT_EQ(coco_counts("train2017").captions + coco_counts("val2017").captions,
            coco_counts("train2014").captions + coco_counts("val2014").captions);
  EXPECT_EQ(coco_counts("train2017").images + coco_counts("val2017").images,
            coco_counts("train2014").images + coco_counts("val2014").images);
}

TEST(OfficialCounts, BothFilesOfColaMakeGluesDevelopmentSplit) {
  EXPECT_EQ(kColaInDomainDev + kColaOutOfDomainDev, kCola.val);
}

}  // namespace
}  // namespace unimo::stages
