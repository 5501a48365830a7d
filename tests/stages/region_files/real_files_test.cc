// The published samples: LXMERT's rows of eight COCO pictures, VinVL's mini data set, the
// vocabularies of Visual Genome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "stages/region_files/class_table.h"
#include "stages/region_files/region_boxes.h"
#include "stages/region_files/region_file.h"
#include "stages/region_files/region_files.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/schema/region_files.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/half.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(UNIMO_SHARED_DATA);
const fs::path kTsv = kData / "region_features" / "train2014_obj36.tsv";
const fs::path kVinvl = kData / "region_features" / "vinvl_mini_tsv";
const fs::path kClasses = kData / "genome" / "objects_vocab.txt";
const fs::path kAttributes = kData / "genome" / "attributes_vocab.txt";

#define SKIP_WITHOUT(path) \
  if (!fs::exists(path)) GTEST_SKIP() << (path).string() << " is not here"

TEST(RealLxmertTsv, EveryRowIsEncodedAgainByteByByte) {
  SKIP_WITHOUT(kTsv);
  const auto lines = read_lines(kTsv).value();
  ASSERT_EQ(lines.size(), 8U);
  for (const std::string& line : lines) {
    const ParsedRow parsed = parse_tsv_row(RegionFormat::kLxmert, line);
    ASSERT_TRUE(parsed.good()) << parsed.reason << ": " << parsed.detail;
    EXPECT_EQ(parsed.row.count, 36);
    EXPECT_EQ(parsed.row.feature_size, 2048);
    EXPECT_TRUE(format_tsv_row(RegionFormat::kLxmert, parsed.row).value() == line) << parsed.row.id;
  }
}

TEST(RealLxmertTsv, BoxesFitInTheOrderThatTheFormatSays) {
  SKIP_WITHOUT(kTsv);
  SizeVote votes;
  const auto lines = read_lines(kTsv).value();
  for (const std::string& line : lines) votes.add(parse_tsv_row(RegionFormat::kLxmert, line).row);
  EXPECT_FALSE(votes.swapped());
  EXPECT_EQ(votes.swapped_rows(), 0);
  EXPECT_GE(votes.as_told_rows(), 7);
}

class RealImport : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(kTsv);
    SKIP_WITHOUT(kClasses);
    bench_.input("files", kTsv);
    bench_.input("classes", kClasses);
    bench_.input("attributes", kAttributes);
    params_.format = "lxmert";
  }
  StageBench bench_;
  RegionsImportParams params_;
};

TEST_F(RealImport, OriginalsComeOutAsTheFileThatWentIn) {
  params_.originals = true;
  const Status status = bench_.run(run_regions_import, params_);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  StageBench out;
  out.input("regions", bench_.output());
  ASSERT_TRUE(out.run(run_regions_export, RegionsExportParams()));
  EXPECT_TRUE(read_file(out.output() / "regions.tsv").value() == read_file(kTsv).value());
}

TEST_F(RealImport, FeaturesAreThoseOfTheFileInHalfPrecision) {
  const Status status = bench_.run(run_regions_import, params_);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_EQ(bench_.count("regions.images"), 8);
  EXPECT_EQ(bench_.count("regions.regions"), 288);
  EXPECT_EQ(bench_.count("boxes.clipped"), 0);
  const auto shard =
      trainer::ShardReader::open(bench_.output() / "regions.shard", "regions").value();
  const auto lines = read_lines(kTsv).value();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const RegionRow row = parse_tsv_row(RegionFormat::kLxmert, lines[i]).row;
    const auto record = trainer::RegionView::parse(shard.record(i).value(), "x").value().decode();
    EXPECT_EQ(record.id, row.id);
    std::vector<std::uint16_t> halves(row.features.size());
    std::vector<float> expected(row.features.size());
    trainer::floats_to_halves(row.features, halves);
    trainer::halves_to_floats(std::span<const std::uint16_t>(halves), expected);
    EXPECT_TRUE(record.features == expected) << row.id;
    EXPECT_EQ(record.classes[0], row.class_ids[0] + 1);
  }
}

TEST_F(RealImport, WithItsSizesSwappedTheFileIsReadAllTheSame) {
  std::string swapped;
  const auto lines = read_lines(kTsv).value();
  for (const std::string& line : lines) {
    RegionRow row = parse_tsv_row(RegionFormat::kLxmert, line).row;
    swap_sizes(row);
    swapped += format_tsv_row(RegionFormat::kLxmert, row).value() + "\n";
  }
  ASSERT_TRUE(bench_.run(run_regions_import, params_));
  const std::string digest = bench_.digest();
  StageBench other;
  other.write("swapped.tsv", swapped);
  other.input("files", "swapped.tsv");
  other.input("classes", kClasses);
  other.input("attributes", kAttributes);
  ASSERT_TRUE(other.run(run_regions_import, params_));
  EXPECT_EQ(other.count("files.sizes_swapped"), 1);
  EXPECT_EQ(other.digest(), digest);
}

TEST(RealVinvl, TheMiniSetIsReadWithItsSizesAndIndex) {
  SKIP_WITHOUT(kVinvl);
  for (const char* name : {"train.yaml", "train.label.tsv"}) {
    auto reader = open_region_file(RegionFormat::kVinvl, kVinvl / name).value();
    EXPECT_EQ(reader->class_names(), (std::vector<std::string>{"Dog", "Cat"}));
    std::vector<RegionRow> rows;
    for (RawRow raw; reader->next(raw).value();) {
      const ParsedRow parsed = reader->parse(raw);
      ASSERT_TRUE(parsed.good()) << parsed.detail;
      rows.push_back(parsed.row);
    }
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].id, "000000184613");
    EXPECT_EQ(rows[1].width, 500);
    EXPECT_EQ(rows[1].height, 336);
    EXPECT_EQ(rows[1].boxes, (std::vector<float>{1, 1, 30, 40, 2, 3, 100, 100}));
    EXPECT_EQ(rows[1].labels, (std::vector<std::string>{"Dog", "Cat"}));
  }
}

TEST(RealVinvl, LabelsWithoutFeaturesAreNoRegions) {
  SKIP_WITHOUT(kVinvl);
  StageBench bench;
  bench.input("files", kVinvl);
  RegionsImportParams params;
  params.format = "vinvl";
  const Status status = bench.run(run_regions_import, params);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, testing::HasSubstr("no_features"));
}

TEST(RealVocabularies, HaveTheirPublishedLengths) {
  SKIP_WITHOUT(kClasses);
  EXPECT_EQ(read_vocabulary(kClasses).value().size(), 1600U);
  const auto attributes = read_vocabulary(kAttributes).value();
  EXPECT_EQ(attributes.size(), 400U);
  EXPECT_EQ(attributes[0], (std::vector<std::string>{"gray", "grey"}));
}

}  // namespace
}  // namespace unimo::stages
