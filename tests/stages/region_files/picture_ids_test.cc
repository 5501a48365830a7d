#include "stages/region_files/picture_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"

namespace unimo::stages {
namespace {

class PicturesOfRows : public testing::Test {
 protected:
  void add(const std::string& source, const std::vector<ImageRecord>& images) {
    const auto path = folder_.path() / source;
    std::filesystem::create_directories(path);
    auto writer = RecordsWriter::create(path, source).value();
    for (ImageRecord image : images) {
      image.width = image.height = 10;
      image.split = "val";
      ASSERT_TRUE(writer.add_image(image, "x", "jpg"));
    }
    ASSERT_TRUE(writer.finish(Quarantine()));
    items_.push_back({.path = path, .label = source});
  }
  std::string found(const std::string& row, const std::string& numbered_by = "auto") {
    const auto ids = PictureIds::read(items_, numbered_by).value();
    const auto result = ids.find(row);
    if (result.ambiguous) return "ambiguous";
    return result.picture == nullptr ? "none" : result.picture->id;
  }

  TempDir folder_ = TempDir::make("ids-").value();
  std::vector<InputItem> items_;
};

TEST_F(PicturesOfRows, CocosNamesAreItsNumbers) {
  add("coco", {{.id = "132417"}, {.id = "9"}});
  EXPECT_EQ(found("COCO_train2014_000000132417"), "132417");
  EXPECT_EQ(found("000000132417"), "132417");
  EXPECT_EQ(found("132417"), "132417");
  EXPECT_EQ(found("coco_train2014_000000000009"), "9");
  EXPECT_EQ(found("COCO_train2014_000000132418"), "none");
}

TEST_F(PicturesOfRows, VisualGenomesBareNumbersAreNotCocos) {
  add("visual_genome", {{.id = "vg9", .same_as = {"coco:132417"}}, {.id = "vg132417"}});
  EXPECT_EQ(found("132417"), "vg132417");
  EXPECT_EQ(found("vg_000000000009"), "vg9");
  EXPECT_EQ(found("COCO_train2014_000000132417"), "vg9");
}

TEST_F(PicturesOfRows, APictureOfItsOwnNameComesBeforeOneThatIsSaidToBeTheSame) {
  add("coco", {{.id = "5"}});
  add("visual_genome", {{.id = "vg9", .same_as = {"coco:5"}}});
  EXPECT_EQ(found("COCO_val2014_000000000005"), "5");
}

TEST_F(PicturesOfRows, ANumberThatCouldBeTwoCorporasIsAmbiguous) {
  add("coco", {{.id = "coco_7", .same_as = {"coco:7"}}});
  add("flickr30k", {{.id = "7.photo", .same_as = {"flickr:7"}}});
  EXPECT_EQ(found("7"), "ambiguous");
  EXPECT_EQ(found("7", "flickr"), "7.photo");
}

TEST_F(PicturesOfRows, FlickrsNumbersAreFoundWithAndWithoutZeros) {
  add("flickr30k", {{.id = "1000092795"}});
  EXPECT_EQ(found("flickr30k_000001000092795"), "1000092795");
  EXPECT_EQ(found("1000092795.jpg"), "1000092795");
}

}  // namespace
}  // namespace unimo::stages
