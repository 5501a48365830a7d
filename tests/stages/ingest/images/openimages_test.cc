#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/image_probe.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_corpora.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHeader =
    "ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,"
    "OriginalSize,OriginalMD5,Thumbnail300KURL,Rotation\n";
constexpr const char* kBoxHeader =
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
    "IsDepiction,IsInside\n";

class OpenImages : public testing::Test {
 protected:
  static std::string image_row(const std::string& id, const std::string& subset,
                               const std::string& rotation, const std::string& title = "t") {
    return id + "," + subset + ",u,l,c,p,a," + title + ",1,m==,," + rotation + "\n";
  }
  Result<Records> run(const OpenImagesIngest& params = {.pictures = {.max_bad_share = 1}}) {
    bench_.write("train-images-with-rotation.csv", kHeader + images_);
    bench_.write("boxes.csv", boxes_);
    bench_.write("classes.csv", classes_);
    if (!std::exchange(given_, true)) {
      bench_.input("image_list", "train-images-with-rotation.csv");
      bench_.input("boxes", "boxes.csv");
      bench_.input("classes", "classes.csv");
      bench_.input("images", "pictures");
    }
    UNIMO_TRY(bench_.run(run_ingest_openimages, params));
    return read_records(bench_.output());
  }
  void file(const std::string& id, const std::string& bytes) {
    bench_.write("pictures/" + id + ".jpg", bytes);
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }

  const std::string a_ = "000002b66c9c498e", b_ = "fe600639ac5f36c1";
  std::string images_ =
      image_row(b_, "validation", "", "\"a \"\"b\"\", \nc\"") + image_row(a_, "train", "0.0");
  std::string boxes_ = std::string(kBoxHeader) + a_ +
                       ",xclick,/m/01g317,1,0.25,0.5,0.1,1.0,0,1,0,-1,0\n" + b_ +
                       ",xclick,/m/02wvth,1,0,1,0,1,-1,-1,-1,-1,-1\n";
  std::string classes_ = "/m/01g317,Person\n/m/02wvth,\"Fiat 500 \"\"topolino\"\"\"\n";
  StageBench bench_;
  bool given_ = false;
};

TEST_F(OpenImages, TurnsSharesIntoPixelsAndClassesIntoNames) {
  file(a_, picture(80, 50, 1));
  file(b_, picture(33, 17, 2));
  const auto records = run({.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->images.size(), 2U);
  EXPECT_EQ(records->images[0].id, b_);
  EXPECT_EQ(records->images[0].split, "val");
  EXPECT_EQ(records->images[1].split, "train");
  const Region& person = records->images[1].regions.at(0);
  EXPECT_EQ(person.label, "Person");
  EXPECT_EQ(person.box, (std::array<double, 4>{20, 5, 40, 50}));
  EXPECT_THAT(person.attributes, ElementsAre("truncated"));
  const Region& car = records->images[0].regions.at(0);
  EXPECT_EQ(car.label, "Fiat 500 \"topolino\"");
  EXPECT_EQ(car.box, (std::array<double, 4>{0, 0, 33, 17}));
  EXPECT_TRUE(car.attributes.empty());
  EXPECT_EQ(bench_.count("boxes.clipped"), -1);
  EXPECT_EQ(read_picture(bench_.output(), records->images[1].place).value(), picture(80, 50, 1));
}

TEST_F(OpenImages, TurnsPicturesWithTheirBoxes) {
  struct Case {
    const char* rotation;
    int width, height;
    std::array<double, 4> box;  // of [20, 5, 40, 50] in 80x50
  };
  for (const Case& one :
       {Case{"90.0", 50, 80, {5, 40, 50, 60}}, Case{"180", 80, 50, {40, 0, 60, 45}},
        Case{"270.0", 50, 80, {0, 20, 45, 40}}}) {
    images_ = image_row(a_, "train", one.rotation);
    boxes_ = std::string(kBoxHeader) + a_ + ",x,/m/01g317,1,0.25,0.5,0.1,1.0,0,0,0,0,0\n";
    file(a_, picture(80, 50, 1));
    const auto records = run({.pictures = {.max_bad_share = 0}});
    ASSERT_TRUE(records) << records.error().message;
    const ImageRecord& image = records->images.at(0);
    EXPECT_EQ(image.width, one.width);
    EXPECT_EQ(image.height, one.height);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(image.regions.at(0).box[i], one.box[i], 1e-9);
    EXPECT_EQ(bench_.count("images.turned"), 1);
    const auto probe = probe_image(read_picture(bench_.output(), image.place).value(), {});
    EXPECT_EQ(probe.width, one.width);
  }
}

TEST_F(OpenImages, ReadsTheEightColumnsOfVersionThree) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  boxes_ = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n" + a_ +
           ",activemil,/m/01g317,1,0.560250,0.951487,0.696401,1.000000\n";
  const auto records = run({.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_NEAR(records->images[1].regions.at(0).box[1], 69.6401, 1e-9);
}

TEST_F(OpenImages, GoesByTheHeaderWhenColumnsAreSwapped) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  boxes_ = "ImageID,LabelName,YMin,YMax,XMin,XMax\n" + a_ + ",/m/01g317,0.1,0.2,0.3,0.4\n";
  const auto records = run({.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_NEAR(records->images[1].regions.at(0).box[0], 30, 1e-9);
  EXPECT_NEAR(records->images[1].regions.at(0).box[1], 10, 1e-9);
}

TEST_F(OpenImages, CountsBadBoxesOfEveryKind) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  boxes_ = std::string(kBoxHeader) + a_ +
           ",x,/m/01g317,1,0.5,0.25,0.1,0.2,0,0,0,0,0\n" +      // inverted
           a_ + ",x,/m/01g317,1,1.5,1.6,0.1,0.2,0,0,0,0,0\n" +  // outside
           a_ + ",x,/m/01g317,1,nan,1,0.1,0.2,0,0,0,0,0\n" + a_ +
           ",x,/m/01g317,1,,1,0.1,0.2,0,0,0,0,0\n" + a_ + ",x,/m/none,1,0,1,0.1,0.2,0,0,0,0,0\n" +
           "123,x,/m/01g317,1,0,1,0.1,0.2,0,0,0,0,0\n" +
           "0123456789abcdef,x,/m/01g317,1,0,1,0.1,0.2,0,0,0,0,0\n" + a_ +
           ",x,/m/01g317,1,0,1,0.1\n" + a_ + ",x,/m/01g317,1,0,1,0.1,0.2,0,0,1,0,0\n";
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(quarantined("empty_box"), 1);
  EXPECT_EQ(quarantined("box_outside"), 1);
  EXPECT_THAT(stages::quarantined(bench_, "malformed_box"),
              ElementsAre("boxes.csv:4: " + a_ + ": XMin must be a number, is \"nan\"",
                          "boxes.csv:5: " + a_ + ": XMin must be a number, is \"\""));
  EXPECT_THAT(stages::quarantined(bench_, "unknown_category"),
              ElementsAre("boxes.csv:6: /m/none: no description has this class"));
  EXPECT_THAT(stages::quarantined(bench_, "malformed_row"),
              ElementsAre("boxes.csv:7: 123: ImageID must be 16 hexadecimal digits, is 123",
                          "boxes.csv:9: " + a_ + ": has 7 columns, the header 13"));
  EXPECT_THAT(stages::quarantined(bench_, "unknown_image"),
              ElementsAre("boxes.csv:8: 0123456789abcdef: its picture is in no list of pictures"));
  EXPECT_EQ(bench_.count("boxes.group"), 1);
}

TEST_F(OpenImages, CountsBadRowsOfTheImageList) {
  file(a_, picture(100, 100, 1));
  images_ = image_row(a_, "train", "") + image_row(a_, "train", "") +
            image_row(b_, "training", "") + image_row("0123456789abcdef", "test", "45") +
            image_row("0123456789abcdee", "test", "") + "short,row\n";
  boxes_ = kBoxHeader;
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->images.size(), 1U);
  EXPECT_EQ(quarantined("duplicate_image"), 1);
  const std::string list = "train-images-with-rotation.csv";
  EXPECT_THAT(
      stages::quarantined(bench_, "malformed_row"),
      ElementsAre(list + ":4: " + b_ + ": Subset must be train, validation or test, is training",
                  list + ":5: 0123456789abcdef: Rotation must be empty, 0, 90, 180 or 270, is 45",
                  list + ":7: short: has 2 columns, the header 12"));
  EXPECT_EQ(quarantined("missing_file"), 1);
}

TEST_F(OpenImages, TakesOnlyTheListedIds) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  bench_.write("ids.txt", "train/" + a_ + "\n");
  bench_.input("ids", "ids.txt");
  const auto records = run({.pictures = {.max_bad_share = 0}, .split = "unlabeled"});
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->images.size(), 1U);
  EXPECT_EQ(records->images[0].id, a_);
  EXPECT_EQ(records->images[0].split, "unlabeled");
  EXPECT_EQ(bench_.count("images.not_listed"), 1);
}

TEST_F(OpenImages, NeedsNoImageListBesideIds) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  bench_.write("ids.csv", "Subset,ImageID\nx," + a_ + "\n");
  bench_.write("test_ids.txt", b_ + "\n");
  bench_.input("images", "pictures");
  bench_.input("ids", "test_ids.txt");
  ASSERT_TRUE(bench_.run(run_ingest_openimages, OpenImagesIngest{}));
  EXPECT_EQ(read_records(bench_.output())->images.at(0).split, "test");
  bench_.input("ids", "ids.csv");
  const Status refused = bench_.run(run_ingest_openimages, OpenImagesIngest{});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no subset of " + a_));
  ASSERT_TRUE(bench_.run(run_ingest_openimages, OpenImagesIngest{.split = "unlabeled"}));
  EXPECT_EQ(read_records(bench_.output())->images.size(), 2U);
}

TEST_F(OpenImages, WritesLabelsOfWholePicturesAndTheClasses) {
  file(a_, picture(100, 100, 1));
  file(b_, picture(100, 100, 2));
  bench_.write("labels.csv", "ImageID,Source,LabelName,Confidence\n" + a_ +
                                 ",verification,/m/01g317,1\n" + a_ +
                                 ",verification,/m/02wvth,0\n" + a_ + ",machine,/m/02wvth,x\n");
  bench_.write("hierarchy.json", R"({"LabelName": "/m/0bl9f", "Subcategory": [
    {"LabelName": "/m/01g317", "Subcategory": []}, {"LabelName": "/m/02wvth"}]})");
  bench_.input("labels", "labels.csv");
  bench_.input("hierarchy", "hierarchy.json");
  ASSERT_TRUE(run());
  const auto lines = read_lines(bench_.output() / "labels.jsonl").value();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            R"({"absent":["Fiat 500 \"topolino\""],"image":")" + a_ + R"(","present":["Person"]})");
  EXPECT_EQ(quarantined("malformed_label"), 1);
  const Json classes = read_json(bench_.output() / "classes.json").value();
  ASSERT_EQ(classes.size(), 3U);
  EXPECT_EQ(classes[0], (Json{{"id", "/m/01g317"}, {"name", "Person"}, {"parents", {"/m/0bl9f"}}}));
}

TEST_F(OpenImages, NamesTheLabelsOfPicturesThatAreNotThere) {
  file(b_, picture(100, 100, 2));
  boxes_ = kBoxHeader;
  bench_.write("labels.csv", "ImageID,Source,LabelName,Confidence\n" + a_ +
                                 ",verification,/m/01g317,1\n0123456789abcdef,verification,"
                                 "/m/01g317,0\n");
  bench_.input("labels", "labels.csv");
  ASSERT_TRUE(run());
  EXPECT_THAT(stages::quarantined(bench_, "image_unusable"),
              ElementsAre("labels.csv:2: " + a_ + ": its picture has no file"));
  EXPECT_THAT(stages::quarantined(bench_, "unknown_image"),
              ElementsAre("labels.csv:3: 0123456789abcdef: its picture is in no list of pictures"));
}

TEST_F(OpenImages, RefusesAnotherTable) {
  file(a_, picture(100, 100, 1));
  boxes_ = "a,b\n1,2\n";
  const auto records = run();
  ASSERT_FALSE(records);
  EXPECT_THAT(records.error().message, HasSubstr("boxes.csv:1: the header has no column ImageID"));
}

}  // namespace
}  // namespace unimo::stages
