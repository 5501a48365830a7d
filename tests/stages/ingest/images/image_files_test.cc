#include "stages/ingest/image_files.h"

#include <gtest/gtest.h>

#include "stages/ingest/flickr_photo.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

class ImageFilesTest : public testing::Test {
 protected:
  ImageFiles scan(const std::vector<std::string>& folders) {
    std::vector<InputItem> items;
    for (const std::string& folder : folders) items.push_back({.path = bench_.path(folder)});
    return ImageFiles::scan(items).value();
  }
  StageBench bench_;
};

TEST_F(ImageFilesTest, FindsByNameByFolderAndByNumber) {
  for (const char* name : {"a/x/cat.jpg", "a/y/cat.jpg", "a/COCO_val2014_000000000042.jpg",
                           "a/note.txt", "b/dog.PNG"}) {
    bench_.write(name, "");
  }
  const ImageFiles files = scan({"a", "b"});
  EXPECT_EQ(files.size(), 4U);
  EXPECT_EQ(files.find("dog.PNG").path, bench_.path("b/dog.PNG"));
  EXPECT_EQ(files.find("y/cat.jpg").path, bench_.path("a/y/cat.jpg"));
  EXPECT_EQ(files.find("cat.jpg").other, "a/x/cat.jpg and a/y/cat.jpg");
  EXPECT_FALSE(files.find("cat.jpg").missing());
  const auto by_number = files.find("000000000042.jpg", 42);
  EXPECT_EQ(by_number.path, bench_.path("a/COCO_val2014_000000000042.jpg"));
  EXPECT_TRUE(by_number.by_number);
  EXPECT_TRUE(files.find("000000000043.jpg", 43).missing());
  EXPECT_TRUE(files.find("note.txt").missing());
  EXPECT_TRUE(files.find("").missing());
}

TEST_F(ImageFilesTest, CountsAFolderThatIsGivenTwiceOnce) {
  bench_.write("a/cat.jpg", "");
  const ImageFiles files = scan({"a", "a", "a/cat.jpg"});
  EXPECT_EQ(files.size(), 1U);
  EXPECT_EQ(files.find("cat.jpg").path, bench_.path("a/cat.jpg"));
}

TEST_F(ImageFilesTest, RefusesAFolderThatIsNotThere) {
  const std::vector<InputItem> items{{.path = bench_.path("nowhere")}};
  const auto files = ImageFiles::scan(items);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, ErrorCode::kIo);
}

TEST(TrailingNumber, IsThatOfTheStem) {
  EXPECT_EQ(trailing_number("COCO_val2014_000000000042.jpg"), 42);
  EXPECT_EQ(trailing_number("VG_100K/2.jpg"), 2);
  EXPECT_EQ(trailing_number("cat.jpg"), -1);
  EXPECT_EQ(trailing_number("1234567890123456.jpg"), -1);
}

TEST(FlickrPhoto, IsNamedByItsNumber) {
  EXPECT_EQ(flickr_photo("https://farm3.staticflickr.com/5310/5898076654_51085e157c_o.jpg"),
            "flickr:5898076654");
  EXPECT_EQ(flickr_photo("http://static.flickr.com/2723/4385058960_b0f291553e.jpg"),
            "flickr:4385058960");
  EXPECT_EQ(flickr_photo("https://c3.staticflickr.com/1/67/197493648_628a7cb2ee_z.jpg?zz=1"),
            "flickr:197493648");
  for (const char* other : {"https://i.pinimg.com/736x/66/01/123_abc.jpg", "123_abc.jpg", "",
                            "https://staticflickr.com", "https://www.flickr.com/photos/abc_def"})
    EXPECT_EQ(flickr_photo(other), "") << other;
}

}  // namespace
}  // namespace unimo::stages
