#include "stages/score/caption_files.h"

#include "stages/score/score_captions.h"
#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using CaptionFiles = Written;

TEST_F(CaptionFiles, CocoListsImagesAndAnnotationsInAnyOrder) {
  const auto set = read_caption_references(
      write("c.json", R"({"annotations": [{"image_id": 7, "id": 1, "caption": "a"},
                           {"image_id": 8, "id": 2, "caption": " b "},
                           {"image_id": 7, "id": 3, "caption": "c"}],
                          "images": [{"id": 8}, {"id": 7}]})"),
      "");
  ASSERT_TRUE(set.has_value()) << set.error().message;
  EXPECT_THAT(set->images, ElementsAre("8", "7"));
  EXPECT_THAT(set->captions_of(0), ElementsAre(" b "));
  EXPECT_THAT(set->captions_of(1), ElementsAre("a", "c"));
}

constexpr const char* kKarpathy = R"({"dataset": "coco", "images": [
  {"cocoid": 5, "filename": "x.jpg", "split": "test", "sentences": [{"sentid": 1, "raw": "One."}]},
  {"cocoid": 6, "filename": "y.jpg", "split": "val", "sentences": [{"sentid": 2, "raw": "Two."}]}]})";

TEST_F(CaptionFiles, KarpathysFilesGiveOneSplit) {
  const auto path = write("dataset_coco.json", kKarpathy);
  EXPECT_THAT(read_caption_references(path, "test")->images, ElementsAre("5"));
  EXPECT_THAT(refusal(read_caption_references(path, "")), HasSubstr("--split"));
  EXPECT_THAT(refusal(read_caption_references(path, "dev")), HasSubstr("no image with captions"));
}

TEST_F(CaptionFiles, TokenFilesNamePicturesAndCaptions) {
  const auto set = read_caption_references(
      write("val.token", "1.jpg#0\tA dog .\n1.jpg#1\tDogs #2\n2.jpg#0\tA cat .\n"), "");
  ASSERT_TRUE(set.has_value());
  EXPECT_THAT(set->images, ElementsAre("1.jpg", "2.jpg"));
  EXPECT_THAT(set->captions_of(0), ElementsAre("A dog .", "Dogs #2"));
  EXPECT_THAT(refusal(read_caption_references(write("t", "1.jpg#0\tA\nno mark\n"), "")),
              HasSubstr("t:2: \"no mark\" is not \"picture.jpg#number<TAB>caption\""));
  EXPECT_THAT(refusal(read_caption_references(write("t", "1.jpg#0\tA\n1.jpg#0\tB\n"), "")),
              HasSubstr("t:2: caption 1.jpg#0 stands twice"));
}

TEST_F(CaptionFiles, ImagesWithoutCaptionsAndCaptionsWithoutImagesAreRefused) {
  EXPECT_THAT(refusal(read_caption_references(
                  write("c.json", R"({"images": [{"id": 1}], "annotations": []})"), "")),
              HasSubstr("1 images have no caption to compare with: 1"));
  EXPECT_THAT(
      refusal(read_caption_references(write("c.json",
                                            "{\"images\": [],\n\"annotations\": "
                                            "[{\"image_id\": 1, \"id\": 2, \"caption\": \"x\"}]}"),
                                      "")),
      AllOf(HasSubstr("c.json:2: annotations[0]"), HasSubstr("image 1")));
}

TEST_F(CaptionFiles, WrongTypesAreRefusedByPlace) {
  EXPECT_THAT(
      refusal(read_caption_references(
          write(
              "c.json",
              R"({"images": [{"id": 1}], "annotations": [{"image_id": 1, "id": 2, "caption": 4}]})"),
          "")),
      AllOf(HasSubstr("annotations[0]"), HasSubstr("caption")));
}

TEST_F(CaptionFiles, ResultsMustCoverTheImagesUnlessTheSetIsRestricted) {
  const auto set = read_caption_references(write("t", "1.jpg#0\tA\n2.jpg#0\tB\n"), "");
  const auto results = write("r.json", R"([{"image_id": "2.jpg", "caption": "b"}])");
  EXPECT_THAT(refusal(candidates_for(*set, results)), HasSubstr("1.jpg"));
  const std::vector<std::string> wanted = {"2.jpg"};
  const auto part = restrict_to(*set, wanted);
  ASSERT_TRUE(part.has_value());
  EXPECT_THAT(candidates_for(*part, results).value(), ElementsAre("b"));
}

}  // namespace
}  // namespace unimo::stages
