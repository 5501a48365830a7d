#include "trainer/objectives/contrastive.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "trainer/data/random.h"
#include "trainer/objectives/losses.h"

namespace unimo::trainer {
namespace {

at::Tensor random_scores(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Random random({.seed = seed});
  at::Tensor scores = at::empty({rows, columns}, at::kDouble);
  for (std::int64_t i = 0; i < scores.numel(); ++i) scores.data_ptr<double>()[i] = random.normal();
  return scores;
}

at::Tensor flags(std::initializer_list<std::initializer_list<int>> rows) {
  at::Tensor result = at::empty(
      {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.begin()->size())},
      at::kBool);
  bool* out = result.data_ptr<bool>();
  for (const auto& row : rows) {
    for (const int value : row) *out++ = value != 0;
  }
  return result;
}

// The gradient that autograd gives against central differences.
void expect_gradient(const at::Tensor& start,
                     const std::function<at::Tensor(const at::Tensor&)>& loss) {
  at::Tensor x = start.clone().set_requires_grad(true);
  loss(x).backward();
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < start.numel(); ++i) {
    const auto moved = [&](double by) {
      at::Tensor other = start.clone();
      other.data_ptr<double>()[i] += by;
      return loss(other).item<double>();
    };
    const double wanted = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    EXPECT_NEAR(x.grad().data_ptr<double>()[i], wanted, 1e-7) << i;
  }
}

TEST(MultiPositive, IsMinusTheLogOfTheShareOfThePositives) {
  const at::Tensor scores = at::tensor({1.0, 2.0, 0.5}, at::kDouble).view({1, 3});
  const double wanted =
      -std::log((std::exp(1.0) + std::exp(2.0)) / (std::exp(1.0) + std::exp(2.0) + std::exp(0.5)));
  EXPECT_NEAR(multi_positive_loss(scores, flags({{1, 1, 0}}), flags({{1, 1, 1}})).item<double>(),
              wanted, 1e-12);
}

TEST(MultiPositive, IsZeroWithoutNegatives) {
  const at::Tensor scores = random_scores(3, 4, 1);
  const at::Tensor positive = flags({{1, 1, 1, 0}, {1, 1, 1, 0}, {1, 1, 1, 0}});
  const at::Tensor losses = multi_positive_loss(scores, positive, positive);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(losses.data_ptr<double>()[i], 0.0);
}

TEST(MultiPositive, DoesNotCareForTheOrderOfCandidates) {
  const at::Tensor scores = random_scores(2, 5, 2);
  const at::Tensor positive = flags({{1, 0, 1, 0, 0}, {1, 1, 0, 0, 0}}),
                   valid = flags({{1, 1, 1, 1, 0}, {1, 1, 1, 1, 1}});
  const at::Tensor order = at::tensor({3, 1, 4, 0, 2}, at::kLong);
  const auto shuffled = [&order](const at::Tensor& x) { return x.index_select(1, order); };
  const at::Tensor a = multi_positive_loss(scores, positive, valid);
  const at::Tensor b = multi_positive_loss(shuffled(scores), shuffled(positive), shuffled(valid));
  for (std::int64_t i = 0; i < 2; ++i)
    EXPECT_NEAR(a.data_ptr<double>()[i], b.data_ptr<double>()[i], 1e-12);
}

TEST(MultiPositive, IgnoresPlacesWithoutCandidate) {
  const at::Tensor scores = at::tensor({1.0, 2.0, 1e6}, at::kDouble).view({1, 3});
  const at::Tensor without = at::tensor({1.0, 2.0}, at::kDouble).view({1, 2});
  EXPECT_EQ(multi_positive_loss(scores, flags({{1, 0, 0}}), flags({{1, 1, 0}})).item<double>(),
            multi_positive_loss(without, flags({{1, 0}}), flags({{1, 1}})).item<double>());
}

TEST(MultiPositive, HasTheGradientOfDifferences) {
  const at::Tensor positive = flags({{1, 0, 1, 0}, {1, 0, 0, 0}}),
                   valid = flags({{1, 1, 1, 0}, {1, 1, 1, 1}});
  expect_gradient(random_scores(2, 4, 3), [&](const at::Tensor& x) {
    return multi_positive_loss(x, positive, valid).sum();
  });
}

TEST(SymmetricContrast, IsLogOfTheBatchWhenNothingIsKnown) {
  const at::Tensor scores = at::empty({8, 8}, at::kDouble).fill_(0.3);
  const std::array<std::int32_t, 8> truth{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_NEAR(symmetric_contrastive_loss(scores, truth).item<double>(), std::log(8.0), 1e-12);
}

TEST(SymmetricContrast, TakesCaptionsOfOneImageForNoRivals) {
  // Two captions of image 0 and one of image 1. To image 0 both captions are right: the other one
  // must not count.
  const at::Tensor scores = at::tensor({5.0, 0.0, 5.0, 0.0, 0.0, 5.0}, at::kDouble).view({3, 2});
  const std::array<std::int32_t, 3> truth{0, 0, 1};
  const double find_image = std::log1p(std::exp(-5.0));
  // Texts 0 and 1 have one rival each (text 2 with image 0), text 2 has two with image 1.
  const double find_text = (2 * std::log1p(std::exp(-5.0)) + std::log1p(2 * std::exp(-5.0))) / 3;
  EXPECT_NEAR(symmetric_contrastive_loss(scores, truth).item<double>(),
              (find_image + find_text) / 2, 1e-12);
}

TEST(SymmetricContrast, DoesNotCareForTheOrderOfTexts) {
  const at::Tensor scores = random_scores(4, 3, 5);
  const at::Tensor order = at::tensor({2, 0, 3, 1}, at::kLong);
  const std::array<std::int32_t, 4> truth{0, 1, 2, 1}, moved{2, 0, 1, 1};
  EXPECT_NEAR(symmetric_contrastive_loss(scores, truth).item<double>(),
              symmetric_contrastive_loss(scores.index_select(0, order), moved).item<double>(),
              1e-12);
}

TEST(SymmetricContrast, HasTheGradientOfDifferences) {
  const std::array<std::int32_t, 4> truth{0, 1, 2, 1};
  expect_gradient(random_scores(4, 3, 6),
                  [&](const at::Tensor& x) { return symmetric_contrastive_loss(x, truth); });
}

TEST(CircleLoss, IsWhatItsFormulaSays) {
  const double p = 0.6, n0 = 0.1, n1 = -0.4, m = 0.2;
  const double positive = std::exp(-(1 + m - p) * (p - (1 - m)));
  const double negative = std::exp((n0 + m) * (n0 - m)) + std::exp(0.0 * (n1 - m));
  const at::Tensor loss = circle_loss(at::tensor({p}, at::kDouble).view({1, 1}),
                                      at::tensor({n0, n1}, at::kDouble).view({1, 2}), {});
  EXPECT_NEAR(loss.item<double>(), std::log(1 + negative * positive), 1e-12);
}

TEST(CircleLoss, LetsNoGradientThroughItsWeights) {
  at::Tensor p = at::tensor({0.6}, at::kDouble).view({1, 1}).set_requires_grad(true);
  const at::Tensor n = at::tensor({0.1}, at::kDouble).view({1, 1});
  circle_loss(p, n, {}).sum().backward();
  // d/dp of log(1 + A exp(-w (p - 0.8))) with w = 0.6 held fixed.
  const double product = std::exp(0.3 * (0.1 - 0.2)) * std::exp(-0.6 * (0.6 - 0.8));
  EXPECT_NEAR(p.grad().item<double>(), -0.6 * product / (1 + product), 1e-12);
}

TEST(ClassLoss, IsTheCrossEntropyWithTheKeptDistribution) {
  const at::Tensor logits = at::tensor({0.0f, 1.0f, 2.0f}, at::kFloat).view({1, 3});
  const ClassTargets targets{.classes = {2, 0}, .probabilities = {0.3f, 0.1f}, .top = 2};
  const double z = std::log(1 + std::exp(1.0) + std::exp(2.0));
  EXPECT_NEAR(class_loss_sum(logits, targets).item<double>(), 0.75 * (z - 2) + 0.25 * z, 1e-5);
}

TEST(ClassLoss, AddsNothingForARegionWithoutProbabilities) {
  const at::Tensor logits = at::tensor({0.0f, 1.0f}, at::kFloat).view({1, 2});
  EXPECT_EQ(
      class_loss_sum(logits, {.classes = {0}, .probabilities = {0.0f}, .top = 1}).item<double>(),
      0.0);
}

TEST(CosineDistance, IsZeroAlongTheSameDirection) {
  const at::Tensor a = at::tensor({1.0f, 2.0f, 0.0f, 1.0f}, at::kFloat).view({2, 2});
  const at::Tensor b = at::tensor({2.0f, 4.0f, 3.0f, 0.0f}, at::kFloat).view({2, 2});
  EXPECT_NEAR(cosine_distance_sum(a, b).item<double>(), 1.0, 1e-6);
}

}  // namespace
}  // namespace unimo::trainer
