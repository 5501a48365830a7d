#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/region_files/region_files.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/schema/region_files.h"
#include "tests/stages/region_files/made_rows.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

constexpr made::Shape kLxmert{.class_ids = true, .attribute_ids = true, .confidences = true};

class RegionsExport : public testing::Test {
 protected:
  // An LXMERT file of three rows, imported.
  void import(bool originals) {
    text_.clear();
    for (const char* id : {"1", "2", "3"})
      text_ += format_tsv_row(RegionFormat::kLxmert, made::row(id, kLxmert)).value() + "\n";
    bench_.write("in.tsv", text_);
    bench_.write("classes.txt", "dog\ncat\ntree");
    bench_.input("files", "in.tsv");
    bench_.input("classes", "classes.txt");
    RegionsImportParams params;
    params.format = "lxmert";
    params.originals = originals;
    const Status status = bench_.run(run_regions_import, params);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    export_.input("regions", bench_.output());
  }
  void run(const std::string& format) {
    params_.format = format;
    const Status status = export_.run(run_regions_export, params_);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }

  StageBench bench_, export_;
  RegionsExportParams params_;
  std::string text_;
};

TEST_F(RegionsExport, OriginalsComeOutByteByByte) {
  import(true);
  run("lxmert");
  EXPECT_EQ(read_file(export_.output() / "regions.tsv").value(), text_);
  EXPECT_EQ(export_.count("regions.from_originals"), 3);
}

TEST_F(RegionsExport, WithoutOriginalsFeaturesComeOutInHalfPrecision) {
  import(false);
  run("lxmert");
  const auto lines = read_lines(export_.output() / "regions.tsv").value();
  ASSERT_EQ(lines.size(), 3U);
  const RegionRow row = parse_tsv_row(RegionFormat::kLxmert, lines[1]).row;
  const RegionRow came = made::row("2", kLxmert);
  EXPECT_EQ(row.features, came.features);  // made to be exact in half precision
  EXPECT_EQ(row.class_ids, came.class_ids);
  EXPECT_EQ(row.class_confidences, came.class_confidences);
  for (std::size_t i = 0; i < row.boxes.size(); ++i) EXPECT_NEAR(row.boxes[i], came.boxes[i], 1e-3);
  EXPECT_EQ(row.attribute_confidences, std::vector<float>(3, 0.0F));
}

TEST_F(RegionsExport, EveryFormatCanBeImportedAgain) {
  import(false);
  for (const char* format :
       {"anderson", "lxmert", "unimo", "unimo_caption", "uniter", "npz", "vinvl", "oscar"}) {
    run(format);
    StageBench again;
    again.input("files", export_.output());
    again.write("classes.txt", "dog\ncat\ntree");
    again.input("classes", "classes.txt");
    RegionsImportParams params;
    params.format = format;
    const Status status = again.run(run_regions_import, params);
    EXPECT_TRUE(status.has_value()) << format << ": " << (status ? "" : status.error().message);
    EXPECT_EQ(again.count("regions.images"), 3) << format;
    EXPECT_EQ(again.count("boxes.clipped"), 0) << format;
  }
}

TEST_F(RegionsExport, OriginalsThatLackWhatAFormatNeedsNameTheRemedy) {
  import(true);
  params_.format = "unimo";
  const Status status = export_.run(run_regions_export, params_);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("originals: false"));
}

TEST_F(RegionsExport, SplitsThatAreNotThereAreNamed) {
  import(false);
  params_.splits = {"test"};
  const Status status = export_.run(run_regions_export, params_);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("splits test"));
}

TEST_F(RegionsExport, ANameWithAFolderIsRefused) {
  import(false);
  params_.name = "../x";
  EXPECT_FALSE(export_.run(run_regions_export, params_).has_value());
}

}  // namespace
}  // namespace unimo::stages
