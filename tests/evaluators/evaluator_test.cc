// Bad prediction files: each mistake is told with its file, its entry and what would be right.
#include "evaluators/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"

namespace unimo::eval {

namespace {

using testing::AllOf;
using testing::HasSubstr;

class PredictionFiles : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view bytes) {
    const auto path = folder_.path() / name;
    EXPECT_TRUE(write_file_atomic(path, bytes).has_value());
    return path;
  }

  // The error of reading these captions; empty when they are fine.
  std::string caption_error(std::string_view json) {
    const auto captions = read_captions(write("captions.json", json));
    return captions ? "" : captions.error().message;
  }

  std::string similarity_error(std::string_view index, const std::vector<float>& values) {
    write("index.json", index);
    std::string bytes(values.size() * sizeof(float), '\0');
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    write("similarity.f32", bytes);
    const auto similarity = read_similarity(folder_.path());
    return similarity ? "" : similarity.error().message;
  }

  const TempDir folder_ = TempDir::make("evaluator_test").value();
};

constexpr std::string_view kIndex =
    R"({"images": ["a", "b"], "captions": ["c", "d", "e"], "image_of_caption": [0, 1, 1]})";

}  // namespace

TEST_F(PredictionFiles, ReadsACocoResultsList) {
  const auto captions = read_captions(write(
      "captions.json",
      R"([{"image_id": 17, "caption": "A dog."}, {"image_id": "x.jpg", "caption": "", "score": 1}])"));
  ASSERT_TRUE(captions.has_value()) << captions.error().message;
  ASSERT_EQ(captions->size(), 2U);
  EXPECT_EQ((*captions)[0].image, "17");
  EXPECT_EQ((*captions)[1].image, "x.jpg");
  EXPECT_EQ((*captions)[1].caption, "");
}

TEST_F(PredictionFiles, NamesTheEntryOfATwiceCaptionedImage) {
  EXPECT_THAT(
      caption_error(R"([{"image_id": 1, "caption": "a"}, {"image_id": "1", "caption": "b"}])"),
      AllOf(HasSubstr("captions.json: entry 2"), HasSubstr("image 1"), HasSubstr("entry 1")));
}

TEST_F(PredictionFiles, RefusesCaptionsThatAreNoText) {
  EXPECT_THAT(caption_error(R"([{"image_id": 1, "caption": null}])"),
              HasSubstr("null, not a text"));
  EXPECT_THAT(caption_error(R"([{"image_id": 1, "caption": 3}])"), HasSubstr("3, not a text"));
  EXPECT_THAT(caption_error(R"([{"image_id": 1.5, "caption": "a"}])"), HasSubstr("1.5 is no id"));
  EXPECT_THAT(caption_error(R"([{"caption": "a"}])"), HasSubstr("image_id"));
  EXPECT_THAT(caption_error(R"({"image_id": 1})"), HasSubstr("must be a list"));
}

TEST_F(PredictionFiles, ReportsFiveBadEntriesAndCountsTheRest) {
  std::string list = "[";
  for (int i = 0; i < 8; ++i) list += (i > 0 ? "," : "") + std::string(R"({"image_id": null})");
  EXPECT_THAT(caption_error(list + "]"), AllOf(HasSubstr("entry 5"), HasSubstr("and 3 more"),
                                               testing::Not(HasSubstr("entry 6"))));
}

TEST_F(PredictionFiles, NamesTheLineWhereJsonBreaks) {
  EXPECT_THAT(caption_error("[\n{\"image_id\": 1, \"caption\": \"a\"},\n{\"image_"),
              HasSubstr("captions.json:3"));
  EXPECT_THAT(caption_error("\xEF\xBB\xBF[]"), HasSubstr("byte order mark"));
  EXPECT_THAT(caption_error("[{\"image_id\": 1, \"caption\": NaN}]"), HasSubstr("captions.json:1"));
  EXPECT_THAT(caption_error(std::string_view("\xFF\xFE[\0]\0", 6)), HasSubstr("captions.json:1"));
  EXPECT_THAT(caption_error(""), HasSubstr("captions.json:1"));
}

TEST_F(PredictionFiles, SaysWhichFileIsMissing) {
  const auto captions = read_captions(folder_.path() / "none.json");
  ASSERT_FALSE(captions.has_value());
  EXPECT_THAT(captions.error().message, HasSubstr("none.json"));
}

TEST_F(PredictionFiles, ReadsAMatrixWithItsIndex) {
  ASSERT_EQ(similarity_error(kIndex, {1, 2, 3, 4, 5, 6}), "");
  const Similarity similarity = read_similarity(folder_.path()).value();
  EXPECT_EQ(similarity.view().at(1, 2), 6);
  EXPECT_EQ(similarity.image_of_caption, (std::vector<std::size_t>{0, 1, 1}));
}

TEST_F(PredictionFiles, SaysHowLargeTheMatrixShouldBe) {
  EXPECT_THAT(similarity_error(kIndex, {1, 2, 3, 4, 5}),
              AllOf(HasSubstr("20 bytes"), HasSubstr("2 images and 3 captions"), HasSubstr("24")));
  EXPECT_THAT(similarity_error(kIndex, {}), HasSubstr("0 bytes"));
}

TEST_F(PredictionFiles, NamesThePairWithoutAFiniteSimilarity) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(similarity_error(kIndex, {1, 2, 3, 4, nan, 6}),
              AllOf(HasSubstr("image b"), HasSubstr("caption d"), HasSubstr("nan")));
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(similarity_error(kIndex, {infinity, 2, 3, 4, 5, 6}), HasSubstr("image a"));
}

TEST_F(PredictionFiles, ChecksTheIndexOfAMatrix) {
  EXPECT_THAT(similarity_error(R"({"captions": []})", {}), HasSubstr("\"images\" is missing"));
  EXPECT_THAT(similarity_error(R"({"images": []})", {}), HasSubstr("\"images\" is empty"));
  EXPECT_THAT(similarity_error(R"({"images": ["a", "a"]})", {}), HasSubstr("a stands twice"));
  EXPECT_THAT(similarity_error(R"({"images": ["a", null]})", {}), HasSubstr("entry 2"));
  EXPECT_THAT(
      similarity_error(R"({"images": ["a"], "captions": ["c"], "image_of_caption": [1]})", {1}),
      AllOf(HasSubstr("caption c"), HasSubstr("rows go from 0 to 0")));
  EXPECT_THAT(
      similarity_error(R"({"images": ["a"], "captions": ["c"], "image_of_caption": [-1]})", {1}),
      HasSubstr("-1"));
  EXPECT_THAT(
      similarity_error(R"({"images": ["a"], "captions": ["c"], "image_of_caption": []})", {1}),
      HasSubstr("list of 1 row numbers"));
  EXPECT_THAT(similarity_error(
                  R"({"images": ["a", "b"], "captions": ["c"], "image_of_caption": [0]})", {1, 2}),
              HasSubstr("image b has no caption"));
}

TEST_F(PredictionFiles, RefusesAnUnknownVersion) {
  write("predictions.json", R"({"format": "unimo.predictions", "version": 2})");
  const auto header = read_predictions_header(folder_.path());
  ASSERT_FALSE(header.has_value());
  EXPECT_THAT(header.error().message, HasSubstr("version 1"));
  write("predictions.json", R"({"format": 7, "version": "1"})");
  EXPECT_FALSE(read_predictions_header(folder_.path()).has_value());
}

TEST(CheckIds, NamesMissingDoubleAndUnknownOnes) {
  const std::vector<std::string> wanted = {"a", "b", "c", "d", "e", "f", "g", "h"};
  const std::vector<std::string> seen = {"a", "a", "x"};
  const auto status = check_ids("captions.json", "image", wanted, seen);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr("7 images of 8 missing: b, c, d, e, f and 2 more"),
                    HasSubstr("1 image more than once: a"),
                    HasSubstr("1 image not among the references: x")));
  EXPECT_TRUE(check_ids("captions.json", "image", wanted, wanted).has_value());
}

TEST(Signature, SaysHowManyReferencesThereWere) {
  const std::vector<CaptionItem> items = {{"a", {"b", "c", "d", "e"}},
                                          {"a", {"1", "2", "3", "4", "5", "6", "7"}}};
  EXPECT_THAT(cider_signature(items), AllOf(HasSubstr("images:2"), HasSubstr("refs:4-7")));
  EXPECT_THAT(bleu_signature(items), HasSubstr("len:closest"));
}

}  // namespace unimo::eval
