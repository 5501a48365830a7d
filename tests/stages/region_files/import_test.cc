#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/pack/pack.h"
#include "stages/pack/region_sources.h"
#include "stages/region_files/npz_rows.h"
#include "stages/region_files/region_files.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/region_files/unimo_rows.h"
#include "stages/schema/pack.h"
#include "stages/schema/region_files.h"
#include "tests/stages/region_files/made_rows.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr made::Shape kPlain;

class RegionsImport : public testing::Test {
 protected:
  std::string line(const RegionRow& row, RegionFormat format = RegionFormat::kAnderson) {
    return format_tsv_row(format, row).value();
  }
  std::string line(const std::string& id) { return line(made::row(id, kPlain)); }

  void file(const std::string& name, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& one : lines) text += one + "\n";
    bench_.write(name, text);
    bench_.input("files", name);
  }

  void records(const std::string& source, const std::vector<std::string>& ids) {
    std::filesystem::create_directories(bench_.path(source));
    auto writer = RecordsWriter::create(bench_.path(source), source).value();
    for (const std::string& id : ids) {
      ASSERT_TRUE(
          writer.add_image({.id = id, .width = 640, .height = 480, .split = "val"}, "x", "jpg"));
      ASSERT_TRUE(writer.add_caption({.id = id + "#0", .image = id, .text = "a dog runs far"}));
    }
    ASSERT_TRUE(writer.finish(Quarantine()));
    bench_.input("records", source);
  }

  void run() {
    const Status status = bench_.run(run_regions_import, params_);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }
  std::string error() {
    const Status status = bench_.run(run_regions_import, params_);
    return status ? "" : status.error().message;
  }
  std::vector<trainer::RegionRecord> made() {
    const auto reader =
        trainer::ShardReader::open(bench_.output() / "regions.shard", "regions").value();
    std::vector<trainer::RegionRecord> all;
    for (std::size_t i = 0; i < reader.count(); ++i)
      all.push_back(trainer::RegionView::parse(reader.record(i).value(), "x").value().decode());
    return all;
  }
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    for (const auto& record : made()) all.push_back(record.id);
    return all;
  }
  // "place: reason" of each entry of the quarantine.
  std::vector<std::string> refused() {
    std::vector<std::string> all;
    const auto path = bench_.output() / "quarantine.jsonl";
    if (!std::filesystem::exists(path)) return all;
    const auto lines = read_lines(path).value();
    for (const std::string& one : lines) {
      const Json entry = parse_json(one, "quarantine").value();
      all.push_back(fmt::format("{}: {}", entry["source"].get<std::string>(),
                                entry["reason"].get<std::string>()));
    }
    return all;
  }

  StageBench bench_;
  RegionsImportParams params_;
};

TEST_F(RegionsImport, MakesWhatPackReads) {
  file("a.tsv", {line("1"), line("2")});
  run();
  const std::vector<InputItem> artifacts = {{.path = bench_.output()}};
  const auto sources = RegionSources::open(artifacts).value();
  EXPECT_EQ(sources.images(), 2U);
  EXPECT_EQ(sources.info().feature_size, 4U);
  EXPECT_EQ(sources.info().extractor, "anderson");
  const trainer::RegionRecord record = made()[0];
  EXPECT_EQ(record.split, "train");
  EXPECT_EQ(record.width, 640U);
  EXPECT_EQ(record.features, made::row("1", kPlain).features);
  EXPECT_FLOAT_EQ(record.boxes[2], made::row("1", kPlain).boxes[2] / 640);
}

TEST_F(RegionsImport, IdsAndSplitsComeFromTheRecords) {
  records("coco", {"132417", "9"});
  file("a.tsv", {line("COCO_train2014_000000132417"), line("COCO_train2014_000000000010")});
  run();
  EXPECT_THAT(ids(), ElementsAre("132417"));
  EXPECT_EQ(made()[0].split, "val");
  EXPECT_EQ(bench_.count("rows.not_in_records"), 1);
  EXPECT_EQ(bench_.count("records.without_regions"), 1);
}

TEST_F(RegionsImport, RecordsOfOtherPicturesAreAnError) {
  records("coco", {"9"});
  file("a.tsv", {line("COCO_train2014_000000000010")});
  EXPECT_THAT(error(), HasSubstr("1 of pictures that are not in the records"));
}

TEST_F(RegionsImport, BadRowsAreNamedWithFileAndLine) {
  RegionRow other = made::row("5", {.feature_size = 3});
  RegionRow nan = made::row("4", kPlain);
  nan.features[1] = NAN;
  file("a.tsv", {line("1"), line("2").substr(0, 50), line("1"), line(nan), line(other),
                 line(made::row("6", {.regions = 0})), line("7").substr(0, 40)});
  params_.max_bad_share = 1;
  run();
  EXPECT_THAT(ids(), ElementsAre("1"));
  EXPECT_THAT(refused(),
              ElementsAre("a.tsv:2: columns", "a.tsv:3: duplicate", "a.tsv:4: not_finite",
                          "a.tsv:5: feature_size", "a.tsv:6: no_regions", "a.tsv:7: truncated"));
  EXPECT_EQ(bench_.count("quarantine.truncated"), 1);
}

TEST_F(RegionsImport, BytesThatAreNoTextDoNotStopTheQuarantine) {
  file("a.tsv", {line("1"), "\xFF\xFE\t640", line("2").substr(0, 20) + "\xC3", line("3")});
  params_.max_bad_share = 1;
  run();
  EXPECT_THAT(ids(), ElementsAre("1", "3"));
  EXPECT_THAT(refused(), ElementsAre("a.tsv:2: bad_id", "a.tsv:3: columns"));
}

TEST_F(RegionsImport, TooManyBadRowsAreAnErrorThatShowsThem) {
  file("a.tsv", {line("1"), "2\t640"});
  EXPECT_THAT(error(), AllOf(HasSubstr("1 of 2 images"), HasSubstr("a.tsv:2: 2: truncated")));
}

TEST_F(RegionsImport, SwappedSizesAreSeenByTheBoxesThatLeaveThePicture) {
  std::vector<std::string> lines;
  for (const char* id : {"1", "2", "3"}) {
    RegionRow row = made::row(id, kPlain);
    row.boxes[2] = 630;
    std::swap(row.width, row.height);
    lines.push_back(line(row));
  }
  file("a.tsv", lines);
  run();
  EXPECT_EQ(made()[0].width, 640U);
  EXPECT_EQ(bench_.count("files.sizes_swapped"), 1);
  EXPECT_EQ(bench_.count("boxes.clipped"), 0);
  params_.size_order = "wh";
  run();
  EXPECT_EQ(made()[0].width, 480U);
  EXPECT_EQ(bench_.count("boxes.clipped"), 3);
}

TEST_F(RegionsImport, OneRowWithSwappedSizesIsRefused) {
  std::vector<std::string> lines;
  for (const char* id : {"1", "2", "3"}) {
    RegionRow row = made::row(id, kPlain);
    row.boxes[2] = 630;
    if (row.id == "3") std::swap(row.width, row.height);
    lines.push_back(line(row));
  }
  file("a.tsv", lines);
  params_.max_bad_share = 1;
  run();
  EXPECT_THAT(refused(), ElementsAre("a.tsv:3: swapped_sizes"));
}

TEST_F(RegionsImport, TheOutputDoesNotDependOnTheNumberOfThreads) {
  for (const char* name : {"a.tsv", "b.tsv"}) {
    std::vector<std::string> lines;
    for (int i = 0; i < 60; ++i) {
      const std::string id = fmt::format("{}{}", name, i % 50);
      lines.push_back(line(made::row(id, {.regions = 1 + i % 30})));
    }
    file(name, lines);
  }
  params_.max_bad_share = 1;
  params_.originals = true;
  std::set<std::string> digests;
  for (const int cores : {1, 2, 5}) {
    bench_.cores(cores);
    run();
    digests.insert(bench_.digest());
  }
  EXPECT_EQ(digests.size(), 1U);
  EXPECT_EQ(refused().size(), 20U);
}

TEST_F(RegionsImport, SentencesAboutOnePictureGiveItsRegionsOnce) {
  const std::string one = format_unimo_row(made::row("7", {.classes = 3})).value();
  file("captions.txt", {one, one, format_unimo_row(made::row("8", {.classes = 3})).value()});
  bench_.write("classes.txt", "dog\ncat");
  bench_.input("classes", "classes.txt");
  params_.format = "unimo_caption";
  run();
  EXPECT_THAT(ids(), ElementsAre("7", "8"));
  EXPECT_EQ(bench_.count("rows.repeated"), 1);
  EXPECT_EQ(made()[0].top_k, 3U);
}

TEST_F(RegionsImport, WordsOfClassesAndAttributesStandInThePreview) {
  RegionRow row = made::row("1", {.regions = 1, .class_ids = true, .attribute_ids = true});
  row.class_confidences = {0.5F};
  file("a.tsv", {line(row, RegionFormat::kLxmert)});
  bench_.write("classes.txt", "dog,puppy\ncat\ntree");
  bench_.write("attributes.txt", "gray,grey\nred");
  bench_.input("classes", "classes.txt");
  bench_.input("attributes", "attributes.txt");
  params_.format = "lxmert";
  run();
  const auto preview = read_lines(bench_.output() / "preview.jsonl").value();
  EXPECT_THAT(preview[0], HasSubstr("\"labels\":[\"dog\"]"));
  EXPECT_THAT(preview[0], HasSubstr("\"confidences\":[0.5]"));
  EXPECT_THAT(preview[0], HasSubstr("\"attributes\":[\"gray\"]"));
  EXPECT_EQ(trainer::read_regions_info(bench_.output() / "regions.json").value().classes.size(),
            4U);
}

TEST_F(RegionsImport, ClassesWithoutAVocabularyNameTheRemedy) {
  file("a.tsv",
       {line(made::row("1", {.class_ids = true, .attribute_ids = true, .confidences = true}),
             RegionFormat::kLxmert)});
  params_.format = "lxmert";
  EXPECT_THAT(error(), HasSubstr("give the input classes, or set top_k to 0"));
  params_.top_k = 0;
  run();
}

TEST_F(RegionsImport, ADamagedFileOfOnePictureDoesNotStopTheOthers) {
  for (const char* id : {"1", "2"})
    bench_.write(fmt::format("npz/{}.npz", id),
                 format_npz(arrays_of_pixels(made::row(id, kPlain))));
  bench_.write("npz/3.npz", "PK\x03\x04 cut");
  bench_.input("files", "npz");
  params_.format = "npz";
  params_.max_bad_share = 0.5;
  run();
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_THAT(refused(), ElementsAre("3.npz: bad_npz"));
}

TEST_F(RegionsImport, PackTakesItBesideTheRecords) {
  records("coco", {"1", "2"});
  file("a.tsv", {line("1"), line("2")});
  run();
  StageBench pack;
  pack.input("pairs", bench_.path("coco"));
  pack.input("regions", bench_.output());
  PackParams params;
  params.tokenizer.vocab_size = 40;
  params.train_splits = {"val"};
  const Status packed = pack.run(run_pack, params);
  ASSERT_TRUE(packed.has_value()) << packed.error().message;
  EXPECT_EQ(pack.count("images"), 2);
}

}  // namespace
}  // namespace unimo::stages
