#include "trainer/detector/detector_values.h"

#include <gmock/gmock.h>

#include "tests/trainer/detector/small_detector.h"
#include "trainer/detector/anchors.h"
#include "trainer/weights/weight_source.h"

namespace unimo::trainer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr DetectorKind kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;
const std::string kPredictor = "roi_heads.box_predictor.";
const std::string kRpn = "proposal_generator.rpn_head.";

class DetectorFiles : public ::testing::Test {
 protected:
  std::filesystem::path path(const char* name) const { return folder_.path() / name; }
  Result<DetectorValues> read(const char* name, const DetectorReading& how = {}) const {
    const auto source = open_weights(path(name)).value();
    EXPECT_EQ(source.names, WeightNames::kDetector);
    return read_detector(source.file, how);
  }
  TempDir folder_ = TempDir::make("detector-").value();
};

TEST(DetectorTensors, OfThePublishedSizesHaveThePublishedShapes) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  int convolutions = 0;
  for (const auto& tensor : detector_tensors({})) {
    shapes[tensor.name] = tensor.shape;
    convolutions += tensor.part == DetectorPart::kConvolution ? 1 : 0;
  }
  EXPECT_EQ(convolutions, 104);
  EXPECT_THAT(shapes.at("backbone.res4.0.shortcut.weight"), ElementsAre(1024, 512, 1, 1));
  EXPECT_THAT(shapes.at("backbone.res4.22.conv2.weight"), ElementsAre(256, 256, 3, 3));
  EXPECT_THAT(shapes.at("roi_heads.res5.2.conv1.weight"), ElementsAre(512, 2048, 1, 1));
  EXPECT_THAT(shapes.at(kRpn + "objectness_logits.weight"), ElementsAre(24, 512, 1, 1));
  EXPECT_THAT(shapes.at(kPredictor + "bbox_pred.weight"), ElementsAre(6404, 2048));
  EXPECT_THAT(shapes.at(kPredictor + "fc_attr.weight"), ElementsAre(512, 2304));
  EXPECT_THAT(shapes.at(kPredictor + "attr_score.bias"), ElementsAre(401));
}

TEST(DetectorNames, OfCaffeAreTheLayersOfThePrototxt) {
  const auto name = [](const char* ours) { return name_in(DetectorFormat::kCaffe, ours); };
  EXPECT_EQ(name("backbone.stem.conv1.weight").tensor, "conv1/0");
  EXPECT_EQ(name("backbone.stem.conv1.norm.running_var").tensor, "bn_conv1/1");
  EXPECT_EQ(name("backbone.stem.conv1.norm.running_var").divisor, "bn_conv1/2");
  EXPECT_EQ(name("backbone.res2.0.shortcut.weight").tensor, "res2a_branch1/0");
  EXPECT_EQ(name("backbone.res2.2.conv3.weight").tensor, "res2c_branch2c/0");
  EXPECT_EQ(name("backbone.res3.3.conv1.norm.weight").tensor, "scale3b3_branch2a/0");
  EXPECT_EQ(name("backbone.res4.22.conv2.norm.bias").tensor, "scale4b22_branch2b/1");
  EXPECT_EQ(name("roi_heads.res5.1.conv2.norm.running_mean").tensor, "bn5b_branch2b/0");
  EXPECT_EQ(name("proposal_generator.rpn_head.conv.bias").tensor, "rpn_conv/3x3/1");
  EXPECT_EQ(name("roi_heads.box_predictor.cls_embedding.weight").tensor, "cls_embedding/0");
}

TEST(DetectorNames, OfMilvlgDifferInThePredictor) {
  const auto name = [](const char* ours) { return name_in(DetectorFormat::kMilvlg, ours).tensor; };
  EXPECT_EQ(name("roi_heads.box_predictor.fc_attr.bias"),
            "roi_heads.box_predictor.attr_linear1.bias");
  EXPECT_EQ(name("roi_heads.box_predictor.cls_score.bias"),
            "roi_heads.box_predictor.cls_score.bias");
}

TEST_F(DetectorFiles, OfDetectron2ComeBack) {
  const DetectorValues values = small_detector(kD);
  write_detector(path("model.safetensors"), values);
  const auto back = read("model.safetensors");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->sizes, values.sizes);
  EXPECT_EQ(back->tensors, values.tensors);
}

TEST_F(DetectorFiles, OfMilvlgComeBack) {
  const DetectorValues values = small_detector(kC);
  write_detector(path("a.safetensors"), values, DetectorFormat::kMilvlg);
  const auto back = read("a.safetensors");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->sizes, values.sizes);
  EXPECT_EQ(back->tensors, values.tensors);
}

TEST_F(DetectorFiles, OfCaffeComeBackWithTheirNormsDivided) {
  DetectorValues values = small_detector(kC);
  write_caffe_detector(path("a.caffemodel"), values, 4);
  const auto back = read("a.caffemodel");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->sizes, values.sizes);
  values.tensors.erase(std::string(kCellAnchors));
  EXPECT_EQ(back->tensors, values.tensors);
}

TEST_F(DetectorFiles, NameEveryTensorThatIsWrong) {
  const DetectorValues values = small_detector(kD);
  write_detector(path("a.safetensors"), values, DetectorFormat::kDetectron2,
                 "backbone.res4.1.conv2.norm.running_mean");
  DetectorSizes wanted = values.sizes;
  wanted.classes = 9;
  wanted.blocks[3] = 1;
  const auto back = read("a.safetensors", {.sizes = wanted});
  ASSERT_FALSE(back);
  EXPECT_THAT(
      back.error().message,
      AllOf(HasSubstr("tensor backbone.res4.1.conv2.norm.running_mean is missing"),
            HasSubstr("unexpected tensor roi_heads.res5.1.conv1.weight"),
            HasSubstr(
                "tensor roi_heads.box_predictor.cls_score.bias: shape [8] found, [10] wanted")));
}

TEST_F(DetectorFiles, AreReadInPartOnlyWhenAsked) {
  const DetectorValues values = small_detector(kC);
  const std::string left_out = kPredictor + "bbox_pred.bias";
  write_detector(path("a.safetensors"), values, DetectorFormat::kDetectron2, left_out);
  EXPECT_FALSE(read("a.safetensors"));
  const auto part = read("a.safetensors", {.partial = true});
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_FALSE(part->tensors.contains(left_out));
  EXPECT_EQ(part->tensors.size(), values.tensors.size() - 1);
}

TEST_F(DetectorFiles, OfSomethingElseAreRefused) {
  const std::vector<float> value = {1};
  ASSERT_TRUE(write_safetensors(path("a.safetensors"),
                                std::vector<FloatTensor>{{"word_embedding", {1, 1}, value}}, {}));
  const auto source = open_weights(path("a.safetensors")).value();
  const auto read = read_detector(source.file);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("no detector"));
}

TEST(OtherKind, ThereAndBackKeepsWhatBothKindsHave) {
  const DetectorValues values = small_detector(kD);
  const auto caffe = in_other_kind(values, false).value();
  EXPECT_EQ(caffe.sizes.kind, kC);
  const auto back = in_other_kind(caffe, false).value();
  EXPECT_EQ(back.sizes, values.sizes);
  EXPECT_EQ(back.tensors, values.tensors);
}

TEST(OtherKind, MovesBackgroundToTheOtherEnd) {
  const DetectorValues values = small_detector(kC);
  const auto other = in_other_kind(values).value();
  const auto& before = values.tensors.at(kPredictor + "cls_score.bias");
  const auto& after = other.tensors.at(kPredictor + "cls_score.bias");
  EXPECT_EQ(after.back(), before.front());
  EXPECT_EQ(after.front(), before[1]);
  EXPECT_EQ(other.tensors.at(kPredictor + "attr_score.bias").back(),
            values.tensors.at(kPredictor + "attr_score.bias").front());
}

TEST(OtherKind, TurnsTwoScoresOfAnAnchorIntoTheirDifference) {
  const DetectorValues values = small_detector(kC);
  const auto other = in_other_kind(values).value();
  const auto& both = values.tensors.at(kRpn + "objectness_logits.bias");
  const auto& one = other.tensors.at(kRpn + "objectness_logits.bias");
  ASSERT_EQ(one.size(), 12U);
  for (int i = 0; i < 12; ++i) {
    const auto old = static_cast<std::size_t>(anchor_of_other_kind(i, kD));
    EXPECT_EQ(one[static_cast<std::size_t>(i)], both[12 + old] - both[old]);
  }
}

TEST(OtherKind, ScalesBoxRows) {
  const DetectorValues values = small_detector(kC);
  const auto other = in_other_kind(values).value();
  const auto& before = values.tensors.at(kPredictor + "bbox_pred.bias");
  const auto& after = other.tensors.at(kPredictor + "bbox_pred.bias");
  ASSERT_EQ(after.size(), before.size() - 4);
  EXPECT_EQ(after[0], before[4] * 10);
  EXPECT_EQ(after[3], before[7] * 5);
}

TEST(OtherKind, NeedsThePublishedAnchors) {
  DetectorValues values = small_detector(kC);
  values.tensors.at(std::string(kCellAnchors))[0] += 1;
  EXPECT_FALSE(in_other_kind(values));
  values = drawn_detector({.blocks = {1, 1, 1, 1}, .stem = 4, .width = 4, .anchors = 3}, 1);
  EXPECT_FALSE(in_other_kind(values));
}

}  // namespace
}  // namespace unimo::trainer
