#include "stages/ingest/picture_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(PictureNames, CocoNumbersAgreeUnderTheNamesOf2014And2017) {
  const auto wanted = ElementsAre("coco:139");
  EXPECT_THAT(picture_names("139", NumberedBy::kCoco), wanted);
  EXPECT_THAT(picture_names("000000000139.jpg", NumberedBy::kUnknown), wanted);
  EXPECT_THAT(picture_names("val2014/COCO_val2014_000000000139.jpg", NumberedBy::kUnknown), wanted);
  EXPECT_THAT(picture_names("COCO_train2014_000000000139", NumberedBy::kFlickr), wanted);
}

TEST(PictureNames, Flickr8kNamesAgreeWithFlickr30kNames) {
  const auto wanted = ElementsAre("flickr:1000268201");
  EXPECT_THAT(picture_names("1000268201_693b08cb0e.jpg", NumberedBy::kUnknown), wanted);
  EXPECT_THAT(picture_names("1000268201_693b08cb0e", NumberedBy::kFlickr), wanted);
  EXPECT_THAT(picture_names("1000268201_693b08cb0e_b.jpg", NumberedBy::kUnknown), wanted);
  EXPECT_THAT(picture_names("1000268201.jpg", NumberedBy::kUnknown), wanted);
  EXPECT_THAT(picture_names("1000268201", NumberedBy::kFlickr), wanted);
}

TEST(PictureNames, BareNumberOfNobodyMayBeCocosOrFlickrs) {
  EXPECT_THAT(picture_names("36979", NumberedBy::kUnknown),
              UnorderedElementsAre("coco:36979", "flickr:36979"));
}

TEST(PictureNames, SmallFlickrNumberIsNotCocos) {
  EXPECT_THAT(picture_names("36979.jpg", NumberedBy::kUnknown), ElementsAre("flickr:36979"));
}

TEST(PictureNames, VisualGenomeHasItsOwnNumbersAndSaysWhichAreCocos) {
  EXPECT_THAT(picture_names("VG_100K_2/2405620.jpg", NumberedBy::kUnknown),
              ElementsAre("vg:2405620"));
  ImageRecord image{.id = "vg2405620"};
  image.same_as = {"coco:139"};
  EXPECT_THAT(picture_names(image, NumberedBy::kVisualGenome),
              ElementsAre("vg:2405620", "coco:139"));
}

TEST(PictureNames, OtherNamesLoseFolderAndEnding) {
  EXPECT_THAT(picture_names("a/b/0a1b2c3d4e5f6a7b.JPG", NumberedBy::kUnknown),
              ElementsAre("id:0a1b2c3d4e5f6a7b"));
  EXPECT_THAT(picture_names("cc_train_12", NumberedBy::kUnknown), ElementsAre("id:cc_train_12"));
  EXPECT_THAT(picture_names("version.2", NumberedBy::kUnknown), ElementsAre("id:version.2"));
  EXPECT_THAT(picture_names("0", NumberedBy::kCoco), ElementsAre("coco:0"));
  EXPECT_TRUE(picture_names(".jpg", NumberedBy::kUnknown).empty());
  EXPECT_TRUE(picture_names("", NumberedBy::kUnknown).empty());
}

TEST(PictureNames, NearMissesOfKnownFormsAreTakenAsTheyStand) {
  EXPECT_THAT(picture_names("COCO_val2014_139.jpg", NumberedBy::kUnknown),
              ElementsAre("id:COCO_val2014_139"));
  EXPECT_THAT(picture_names("1000268201_693b08cb0.jpg", NumberedBy::kUnknown),
              ElementsAre("id:1000268201_693b08cb0"));
  EXPECT_THAT(picture_names("1000268201_693b08cb0z.jpg", NumberedBy::kUnknown),
              ElementsAre("id:1000268201_693b08cb0z"));
  EXPECT_THAT(picture_names("vgx1", NumberedBy::kVisualGenome), ElementsAre("id:vgx1"));
}

TEST(PictureNames, SourceTellsWhoseNumbersTheyAre) {
  EXPECT_EQ(numbered_by("coco_caption"), NumberedBy::kCoco);
  EXPECT_EQ(numbered_by("vqa"), NumberedBy::kCoco);
  EXPECT_EQ(numbered_by("snli_ve"), NumberedBy::kFlickr);
  EXPECT_EQ(numbered_by("flickr30k_test"), NumberedBy::kFlickr);
  EXPECT_EQ(numbered_by("visual_genome"), NumberedBy::kVisualGenome);
  EXPECT_EQ(numbered_by("sbu"), NumberedBy::kUnknown);
}

}  // namespace
}  // namespace unimo::stages
