#include "stages/detector/annotated_pictures.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>

#include "tests/stages/detector/annotated_scenes.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void add(RecordsWriter& writer, const std::string& id, const std::string& split,
         std::vector<Region> regions, const std::string& bytes = drawn_scene(0).bytes) {
  ASSERT_TRUE(writer.add_image(
      {.id = id, .width = 64, .height = 64, .split = split, .regions = std::move(regions)}, bytes,
      "png"));
}

DetectorNames names() {
  return {.classes = NameTable::of_counts({{"disc", 2}, {"square", 1}}, {}),
          .attributes = NameTable::of_counts({{"red", 1}}, {})};
}

TEST(AnnotatedPictures, LeaveOutAndCountWhatCannotBeLearnedFrom) {
  const StageBench bench;
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  add(writer, "good", "train",
      {{{4, 4, 30, 40}, "Disc ", {"red", "shiny"}}, {{1, 1, 20, 20}, "sphinx", {}}});
  add(writer, "narrow", "train", {{{4, 4, 4.5, 40}, "disc", {}}});
  add(writer, "bare", "train", {});
  add(writer, "other", "val", {{{4, 4, 30, 40}, "square", {}}});
  ASSERT_TRUE(writer.finish(Quarantine{}));
  const auto pictures =
      read_annotated_pictures({bench.path("records")}, {"train"}, names(), small_picture_rules());
  ASSERT_TRUE(pictures) << pictures.error().message;
  ASSERT_EQ(pictures->pictures.size(), 1U);
  const auto& good = pictures->pictures[0];
  EXPECT_EQ(good.id, "good");
  ASSERT_EQ(good.objects.size(), 1U);
  EXPECT_EQ(good.objects[0].label, 0);
  EXPECT_THAT(good.objects[0].attributes, ElementsAre(0));
  EXPECT_EQ(pictures->left_out.unknown_labels, 1);
  EXPECT_EQ(pictures->left_out.unknown_attributes, 1);
  EXPECT_EQ(pictures->left_out.small_boxes, 1);
  EXPECT_EQ(pictures->left_out.bare_pictures, 2);
}

TEST(AnnotatedPictures, CountNamesInTheirPlainForm) {
  const StageBench bench;
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  add(writer, "a", "train", {{{4, 4, 30, 40}, "Disc", {"Red"}}, {{4, 4, 30, 40}, "disc ", {}}});
  add(writer, "b", "val", {{{4, 4, 30, 40}, "disc", {}}});
  ASSERT_TRUE(writer.finish(Quarantine{}));
  const auto counts = count_names({bench.path("records")}, {"train"});
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->labels.at("disc"), 2);
  EXPECT_EQ(counts->attributes.at("red"), 1);
}

TEST(AnnotatedPictures, GiveMirroredPixels) {
  const StageBench bench;
  write_scenes(bench, 1, 0);
  const auto pictures =
      read_annotated_pictures({bench.path("records")}, {"train"}, names(), small_picture_rules());
  ASSERT_TRUE(pictures);
  const auto reader = pictures->reader(small_picture_rules());
  const auto straight = reader(0, false), mirrored = reader(0, true);
  ASSERT_TRUE(straight && mirrored);
  EXPECT_TRUE(straight->pixels.flip({3}).equal(mirrored->pixels));
}

TEST(AnnotatedPictures, NameAPictureThatCannotBeRead) {
  const StageBench bench;
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  add(writer, "torn", "train", {{{4, 4, 30, 40}, "disc", {}}}, "no picture");
  ASSERT_TRUE(writer.finish(Quarantine{}));
  const auto pictures =
      read_annotated_pictures({bench.path("records")}, {"train"}, names(), small_picture_rules());
  ASSERT_TRUE(pictures);
  const auto pixels = pictures->reader(small_picture_rules())(0, false);
  ASSERT_FALSE(pixels);
  EXPECT_THAT(pixels.error().message, AllOf(HasSubstr("picture torn"), HasSubstr("not_an_image")));
}

}  // namespace
}  // namespace unimo::stages
