#include "trainer/detector_training/detector_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/max.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tests/trainer/detector_training/small_sample.h"
#include "trainer/detector/anchors.h"
#include "trainer/weights/detector_tensors.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;

constexpr auto kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;

TEST(DetectorModel, GivesBackTheNumbersItBeganWith) {
  for (const DetectorKind kind : {kC, kD}) {
    const DetectorValues start = small_start(small_rules(kind));
    const DetectorValues values = DetectorModel(start, 0).values();
    ASSERT_EQ(values.sizes, start.sizes);
    for (const auto& [name, numbers] : start.tensors) {
      ASSERT_EQ(values.tensors.at(name).size(), numbers.size()) << name;
      for (std::size_t i = 0; i < numbers.size(); ++i)
        ASSERT_NEAR(values.tensors.at(name)[i], numbers[i], 1e-6F * std::abs(numbers[i])) << name;
    }
  }
}

TEST(DetectorModel, ComputesWithWhatTheStoreHolds) {
  const DetectorLossRules how = small_rules(kC);
  DetectorModel model(small_start(how), 0);
  const c10::NoGradGuard no_gradients;
  const at::Tensor before = model.detector().map_of(small_picture().pixels);
  for (float& value : model.parameters().values()) value *= 0.5F;
  model.parameters().changed();
  const at::Tensor after = model.detector().map_of(small_picture().pixels);
  EXPECT_GT((before - after).abs().max().item<float>(), 1e-3F);
}

TEST(DetectorModel, FoldsTheSpreadOfBoxesIntoCaffesRowsAlone) {
  for (const DetectorKind kind : {kC, kD}) {
    DetectorModel model(small_start(small_rules(kind)), 0);
    const Parameter& bias = model.parameters().at("roi_heads.box_predictor.bbox_pred.bias");
    const c10::NoGradGuard no_gradients;
    bias.value.fill_(1);
    const auto folded = model.values().tensors.at("roi_heads.box_predictor.bbox_pred.bias");
    EXPECT_FLOAT_EQ(folded[4], kind == kC ? 0.1F : 1);
    EXPECT_FLOAT_EQ(folded[7], kind == kC ? 0.2F : 1);
  }
}

TEST(DetectorModel, LearnsNeitherNormsNorFixedStages) {
  const DetectorModel model(small_start(small_rules(kC)), 3);
  for (const Parameter& p : model.parameters().all()) {
    EXPECT_FALSE(p.spec.name.starts_with("backbone.stem")) << p.spec.name;
    EXPECT_FALSE(p.spec.name.starts_with("backbone.res2")) << p.spec.name;
    EXPECT_FALSE(p.spec.name.starts_with("backbone.res3")) << p.spec.name;
    EXPECT_THAT(p.spec.name, ::testing::Not(HasSubstr("norm")));
  }
  EXPECT_NE(model.parameters().find("backbone.res4.0.conv1.weight"), nullptr);
  EXPECT_FALSE(model.parameters().at("roi_heads.box_predictor.cls_score.bias").spec.decay);
}

TEST(FreshDetector, HasTheAnchorsOfItsShape) {
  const DetectorLossRules how = small_rules(kC);
  const auto corners = small_start(how).tensors.at(std::string(kCellAnchors));
  const std::vector<Box> wanted =
      caffe_anchors(how.training.shape.ratios, how.training.shape.scales);
  ASSERT_EQ(corners.size(), 4 * wanted.size());
  EXPECT_EQ(corners[4], wanted[1].x1);
  EXPECT_EQ(corners[15], wanted[3].y2);
}

TEST(FreshDetector, BeginsWithNumbersOfOrdinarySize) {
  DetectorShape shape;
  shape.width = 8;
  shape.stem = 16;
  shape.blocks = {1, 1, 2, 1};
  const DetectorSizes sizes = sizes_of(shape, kC, 3, 0);
  const Detector detector(fresh_detector(sizes, shape, 1));
  const c10::NoGradGuard no_gradients;
  const at::Tensor map = detector.map_of(small_picture().pixels);
  EXPECT_GT(map.abs().mean().item<float>(), 0.05F);
  EXPECT_LT(map.abs().mean().item<float>(), 5);
}

TEST(ShapeMistake, NamesWhatIsMissing) {
  DetectorShape shape;
  EXPECT_EQ(shape_mistake(shape), "");
  shape.blocks = {3, 4};
  EXPECT_THAT(shape_mistake(shape), HasSubstr("blocks has 2 numbers"));
  shape = {};
  shape.ratios.clear();
  EXPECT_THAT(shape_mistake(shape), HasSubstr("no anchors"));
}

}  // namespace
}  // namespace unimo::trainer
