#include "trainer/detector/detector.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>

#include <limits>

#include "tests/trainer/detector/small_detector.h"
#include "trainer/detector/detect.h"

namespace unimo::trainer {
namespace {

using ::testing::ElementsAre;

constexpr DetectorKind kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;

at::Tensor drawn(std::vector<std::int64_t> shape, std::string_view stream, double size = 1) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  Random random({.seed = 2, .stream = stream_of(stream)});
  float* values = tensor.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(size * random.normal());
  return tensor;
}

Detector prepared(const DetectorValues& values) {
  Detector detector(values);
  detector.prepare(at::kFloat);
  return detector;
}

TEST(Detector, HasThePublishedShapes) {
  const Detector detector = prepared(drawn_detector({}, 1));
  const c10::NoGradGuard no_gradients;
  const at::Tensor map = detector.map_of(drawn({1, 3, 600, 800}, "picture", 50));
  EXPECT_THAT(map.sizes(), ElementsAre(1, 1024, 38, 50));
  const auto maps = detector.proposal_maps(map);
  EXPECT_EQ(maps.scores.numel(), 22800);
  EXPECT_THAT(maps.deltas.sizes(), ElementsAre(48, 38, 50));
  const std::vector<Box> boxes = {{0, 0, 799, 599}, {100, 50, 180, 90}};
  const at::Tensor pooled = detector.pooled(map, boxes);
  EXPECT_THAT(pooled.sizes(), ElementsAre(2, 1024, 14, 14));
  const at::Tensor features = detector.features_of(pooled);
  EXPECT_THAT(features.sizes(), ElementsAre(2, 2048));
  EXPECT_GE(features.min().item<float>(), 0);
  const auto heads = detector.heads_of(features);
  EXPECT_THAT(heads.class_logits.sizes(), ElementsAre(2, 1601));
  EXPECT_THAT(heads.box_deltas.sizes(), ElementsAre(2, 6404));
  EXPECT_THAT(detector.attribute_logits(features, at::zeros({2}, at::kLong)).sizes(),
              ElementsAre(2, 401));
}

// All that training would see, and what inference does instead.
struct Outputs {
  at::Tensor map, scores, deltas, features, classes, boxes, attributes;
};

Outputs outputs_of(const Detector& detector, const at::Tensor& picture) {
  Outputs out{.map = detector.map_of(picture)};
  const auto maps = detector.proposal_maps(out.map);
  out.scores = maps.scores;
  out.deltas = maps.deltas;
  const std::vector<Box> boxes = {{0, 0, 90, 70}, {20, 10, 60, 66}, {5, 30, 20, 40}};
  out.features = detector.features_of(detector.pooled(out.map, boxes));
  const auto heads = detector.heads_of(out.features);
  out.classes = heads.class_logits;
  out.boxes = heads.box_deltas;
  out.attributes = detector.attribute_logits(out.features, at::zeros({3}, at::kLong) + 2);
  return out;
}

// `tolerance` in largest values of each output.
void expect_close(const Outputs& a, const Outputs& b, double tolerance) {
  for (const auto part : {&Outputs::map, &Outputs::scores, &Outputs::deltas, &Outputs::features,
                          &Outputs::classes, &Outputs::boxes, &Outputs::attributes}) {
    ASSERT_EQ((a.*part).sizes(), (b.*part).sizes());
    const double largest = (b.*part).abs().max().item<float>();
    EXPECT_LE((a.*part - b.*part).abs().max().item<float>(), tolerance * largest);
  }
}

TEST(Detector, GivesTheSameWithAndWithoutGradients) {
  for (const auto kind : {kC, kD}) {
    Detector detector = prepared(small_detector(kind));
    for (const auto& parameter : detector.parameters()) parameter.value.set_requires_grad(true);
    const at::Tensor picture = drawn({1, 3, 70, 90}, "picture", 30);
    const Outputs recorded = outputs_of(detector, picture);
    const c10::NoGradGuard no_gradients;
    expect_close(recorded, outputs_of(detector, picture), 1e-5);
  }
}

TEST(Detector, DoesNotDependOnTheNumberOfThreads) {
  const Detector detector = prepared(small_detector(kC));
  const c10::NoGradGuard no_gradients;
  const at::Tensor picture = drawn({1, 3, 160, 130}, "picture", 30);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Outputs one = outputs_of(detector, picture);
  at::set_num_threads(3);
  const Outputs three = outputs_of(detector, picture);
  at::set_num_threads(before);
  expect_close(one, three, 0);
}

TEST(Detector, LeavesItsInputsAsTheyAre) {
  const Detector detector = prepared(small_detector(kC));
  const c10::NoGradGuard no_gradients;
  const at::Tensor picture = drawn({1, 3, 64, 64}, "picture", 30);
  const at::Tensor picture_before = picture.clone();
  const at::Tensor map = detector.map_of(picture);
  const at::Tensor map_before = map.clone();
  const at::Tensor pooled = detector.pooled(map, std::vector<Box>{{0, 0, 63, 63}});
  const at::Tensor pooled_before = pooled.clone();
  detector.proposal_maps(map);
  detector.features_of(pooled);
  EXPECT_TRUE(at::equal(picture, picture_before));
  EXPECT_TRUE(at::equal(map, map_before));
  EXPECT_TRUE(at::equal(pooled, pooled_before));
}

// The difference quotient of a sum of outputs at some weights.
TEST(Detector, GradientsReachTheStemThroughThePooling) {
  Detector detector(small_detector(kC));
  const at::Tensor picture = drawn({1, 3, 64, 80}, "picture", 10);
  const at::Tensor stem = detector.parameters().front().value;
  stem.set_requires_grad(true);
  ASSERT_EQ(detector.parameters().front().name, "backbone.stem.conv1.weight");
  const auto loss = [&] {
    const Outputs out = outputs_of(detector, picture);
    return out.classes.sum() + out.attributes.sum() + out.scores.sum() + 0.1 * out.features.sum();
  };
  loss().backward();
  const c10::NoGradGuard no_gradients;
  const at::Tensor gradient = stem.grad().flatten();
  const float largest = gradient.abs().max().item<float>();
  ASSERT_GT(largest, 0);
  for (const std::int64_t i : {3, 250, 1000}) {
    constexpr float kStep = 4e-3F;
    float* value = stem.data_ptr<float>() + i;
    const float old = *value;
    *value = old + kStep;
    const float high = loss().item<float>();
    *value = old - kStep;
    const float low = loss().item<float>();
    *value = old;
    const float wanted = (high - low) / (2 * kStep);
    EXPECT_NEAR(gradient[i].item<float>(), wanted, 0.05F * std::abs(wanted) + 0.02F * largest) << i;
  }
}

TEST(Detector, OfTheOtherKindFindsTheSameScores) {
  const DetectorValues values = small_detector(kD);
  const Detector detectron2 = prepared(values);
  const Detector caffe = prepared(in_other_kind(values).value());
  const c10::NoGradGuard no_gradients;
  const at::Tensor picture = drawn({1, 3, 70, 90}, "picture", 30);
  const at::Tensor map = detectron2.map_of(picture);
  const at::Tensor logits = detectron2.proposal_maps(map).scores;
  const at::Tensor probabilities = caffe.proposal_maps(map).scores;
  // Anchor 4 r + s of Caffe is 3 s + r of detectron2: here ratio 1, size 2.
  EXPECT_TRUE(at::allclose(probabilities[6], logits[7].sigmoid(), 1e-5, 1e-6));
  const at::Tensor features = drawn({2, values.sizes.feature_size()}, "features").abs();
  const at::Tensor last = detectron2.heads_of(features).class_logits.softmax(1);
  const at::Tensor first = caffe.heads_of(features).class_logits.softmax(1);
  EXPECT_TRUE(at::allclose(last.select(1, 0), first.select(1, 1), 1e-5, 1e-6));
}

DetectorPicture picture_of(int width, int height, const DetectorRules& rules) {
  DetectorPicture picture{
      .plan = plan_resize(width, height, rules), .width = width, .height = height};
  picture.pixels = drawn({1, 3, picture.plan.height, picture.plan.width}, "picture", 40);
  return picture;
}

DetectorRules small_rules(DetectorKind kind) {
  return {.behaviour = std::string(kind == kC ? kCaffeName : kDetectron2Name),
          .short_side = 96,
          .long_side = 160,
          .proposals = 40,
          .min_regions = 5,
          .max_regions = 12};
}

TEST(Detect, FindsRegionsInsideThePicture) {
  for (const auto kind : {kC, kD}) {
    const Detector detector = prepared(small_detector(kind));
    const auto rules = small_rules(kind);
    const auto found = detect(detector, picture_of(50, 40, rules), rules);
    ASSERT_TRUE(found) << found.error().message;
    const std::size_t n = found->boxes.size();
    EXPECT_GE(n, 5U);
    EXPECT_LE(n, 12U);
    EXPECT_EQ(found->confidence.size(), n);
    EXPECT_EQ(found->features.size(), n * 128);
    EXPECT_EQ(found->classes.size(), n * 7);
    EXPECT_EQ(found->attributes.size(), n * 5);
    for (const Box& box : found->boxes) {
      EXPECT_GE(std::min(box.x1, box.y1), 0);
      EXPECT_LE(box.x1, box.x2);
      EXPECT_LE(box.y1, box.y2);
      EXPECT_LE(box.x2, 50);
      EXPECT_LE(box.y2, 40);
    }
  }
}

TEST(Detect, LooksAtATinyPictureAsAWhole) {
  const Detector detector = prepared(small_detector(kC));
  const auto rules = small_rules(kC);
  const auto found = detect(detector, picture_of(1, 1, rules), rules);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->boxes.size(), 1U);
  EXPECT_EQ(found->proposals, 1U);
}

TEST(Detect, AcceptsAPictureOfThreeRows) {
  const Detector detector = prepared(small_detector(kC));
  const auto rules = small_rules(kC);
  const auto found = detect(detector, picture_of(1800, 3, rules), rules);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GE(found->boxes.size(), 1U);
}

TEST(Detect, RefusesAnOutputThatIsNotFinite) {
  DetectorValues values = small_detector(kC);
  values.tensors.at("roi_heads.res5.1.conv3.norm.bias")[3] = std::numeric_limits<float>::infinity();
  const auto rules = small_rules(kC);
  const auto found = detect(prepared(values), picture_of(50, 40, rules), rules);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("not finite"));
}

}  // namespace
}  // namespace unimo::trainer
