#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const PictureIngest kTolerant{.max_bad_share = 1};

class Flickr30k : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"1", "2"})
      bench_.write(fmt::format("images/{}.jpg", name), picture(50, 40, name[0]));
    bench_.input("images", "images");
  }
  void entities() {
    bench_.write("entities/Sentences/1.txt",
                 "[/EN#10/people A girl] with [/EN#11/bodyparts/other brown hair] .\r\n"
                 "[/EN#10/people The child] , [/EN#0/notvisual alone] .");
    bench_.write("entities/Annotations/1.xml", R"(<annotation><filename>1.jpg</filename>
      <size><width>50</width><height>40</height></size>
      <object><name>10</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>20</xmax><ymax>40</ymax></bndbox></object>
      <object><name>11</name><scene>0</scene><nobox>1</nobox></object></annotation>)");
    bench_.input("entities", "entities");
  }
  Status run(const PictureIngest& params = kTolerant) {
    return bench_.run(run_ingest_flickr30k, params);
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }
  StageBench bench_;
};

TEST_F(Flickr30k, ReadsTheLineWithoutItsTab) {
  bench_.write("results_20130124.token", "1.jpg#0\tA dog .\n1.jpg#1 A cat .\n1.jpg#2A bird .\n");
  bench_.input("tokens", "results_20130124.token");
  ASSERT_TRUE(run({.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.source, "flickr30k");
  ASSERT_EQ(records.captions.size(), 3U);
  EXPECT_EQ(records.captions[1].id, "1.jpg#1");
  EXPECT_EQ(records.captions[1].text, "A cat .");
  EXPECT_EQ(records.captions[2].text, "A bird .");
  EXPECT_EQ(bench_.count("lines.mended"), 2);
}

TEST_F(Flickr30k, TakesCaptionsAndRegionsFromEntitiesAlone) {
  entities();
  ASSERT_TRUE(run({.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 1U);
  ASSERT_EQ(records.captions.size(), 2U);
  EXPECT_EQ(records.captions[0].text, "A girl with brown hair .");
  ASSERT_EQ(records.images[0].regions.size(), 1U);
  EXPECT_EQ(records.images[0].regions[0].label, "people");
  EXPECT_THAT(records.images[0].regions[0].attributes, ElementsAre("A girl", "The child"));
  EXPECT_EQ(records.images[0].regions[0].box, (std::array<double, 4>{0, 0, 20, 40}));
}

TEST_F(Flickr30k, WritesPhrasesBesideTheCaptionsOfTheTokenFile) {
  entities();
  bench_.write("results.token", "2.jpg#0\tA dog .\n1.jpg#0\tA girl.\n");
  bench_.input("tokens", "results.token");
  ASSERT_TRUE(run({.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.images[0].id, "2");
  EXPECT_EQ(records.captions.size(), 2U);
  const auto lines = read_lines(bench_.output() / "entities.jsonl").value();
  ASSERT_EQ(lines.size(), 1U);
  const Json line = parse_json(lines[0], "entities.jsonl").value();
  EXPECT_EQ(line.at("image"), "1");
  EXPECT_EQ(line.at("size"), (Json{50, 40}));
  const Json& phrase = line.at("sentences").at(0).at("phrases").at(1);
  EXPECT_EQ(
      phrase,
      (Json{{"entity", "11"}, {"types", {"bodyparts", "other"}}, {"begin", 12}, {"end", 22}}));
  EXPECT_EQ(line.at("objects").at(1), (Json{{"entities", {"11"}}, {"no_box", true}}));
}

TEST_F(Flickr30k, CountsBrokenMarkupAndXml) {
  entities();
  bench_.write("entities/Sentences/2.txt", "[/EN#1/people A dog\nFine .\n");
  bench_.write("entities/Annotations/2.xml", "<annotation>");
  bench_.write("entities/Annotations/3.xml", "<annotation></annotation>");
  ASSERT_TRUE(run());
  EXPECT_THAT(stages::quarantined(bench_, "malformed_markup"),
              ElementsAre("2.txt:1: 2.jpg#0: byte 0: the bracket is not closed"));
  EXPECT_THAT(stages::quarantined(bench_, "malformed_xml"),
              ElementsAre(HasSubstr("2.xml: 2.jpg: line 1: not well-formed XML: ")));
  EXPECT_EQ(quarantined("unknown_image"), 1);
  EXPECT_EQ(read_records(bench_.output())->captions.size(), 3U);
}

TEST_F(Flickr30k, MissingPictureTakesItsBoxesAlong) {
  entities();
  std::filesystem::remove(bench_.path("images/1.jpg"));
  ASSERT_TRUE(run());
  EXPECT_THAT(stages::quarantined(bench_, "image_unusable"),
              ElementsAre("1.txt:1: 1.jpg#0: its picture has no file",
                          "1.txt:2: 1.jpg#1: its picture has no file",
                          "1.xml object[0]: 10: its picture has no file"));
}

TEST_F(Flickr30k, TakesEntitiesThatAreGivenTwiceOnce) {
  entities();
  bench_.input("entities", "entities");
  ASSERT_TRUE(run());
  EXPECT_EQ(read_records(bench_.output())->captions.size(), 2U);
  EXPECT_THAT(stages::quarantined(bench_, "listed_twice"),
              ElementsAre("1.xml: 1.jpg: the boxes of this picture stood before; the first count",
                          "1.txt: 1.jpg: the sentences of this picture stood before; the first "
                          "count"));
}

TEST_F(Flickr30k, RefusesBoxesOfAPictureOfAnotherSize) {
  entities();
  bench_.write("images/1.jpg", picture(25, 20, 1));
  ASSERT_TRUE(run());
  EXPECT_EQ(quarantined("size_mismatch"), 1);
  ASSERT_TRUE(run({.max_bad_share = 0, .other_size = "scale"}));
  EXPECT_EQ(read_records(bench_.output())->images[0].regions[0].box,
            (std::array<double, 4>{0, 0, 10, 20}));
}

TEST_F(Flickr30k, RefusesAFolderWithoutEntities) {
  bench_.write("other/readme.md", "x");
  bench_.input("entities", "other");
  const Status status = run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("neither Sentences/*.txt nor Annotations/*.xml"));
}

TEST_F(Flickr30k, SetsTheCountsOfASplitAgainstTheOfficialOnes) {
  bench_.write("results.token", "1.jpg#0\tA dog .\n");
  bench_.write("train.txt", "1.jpg\n");
  bench_.input("tokens", "results.token");
  bench_.input("train", "train.txt");
  ASSERT_TRUE(run({.complete = true}));
  const Json official = read_json(bench_.output() / "statistics.json")->at("official");
  EXPECT_EQ(official.at("images.train"), (Json{{"found", 1}, {"official", 29'000}}));
  EXPECT_EQ(official.at("captions.test"), (Json{{"found", 0}, {"official", 5'000}}));
}

}  // namespace
}  // namespace unimo::stages
