#include "trainer/objectives/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

at::Tensor float_tensor(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  UNIMO_CHECK(static_cast<std::int64_t>(values.size()) == rows * columns, "{} numbers for {} x {}",
              values.size(), rows, columns);
  at::Tensor tensor = at::empty({rows, columns}, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

at::Tensor regression_loss_sum(const at::Tensor& predicted, const at::Tensor& wanted) {
  return (predicted - wanted).square().sum();
}

at::Tensor class_loss_sum(const at::Tensor& logits, const ClassTargets& targets) {
  const std::int64_t n = logits.size(0), top = targets.top, classes = logits.size(1);
  UNIMO_CHECK(static_cast<std::int64_t>(targets.classes.size()) == n * top,
              "{} classes for {} x {}", targets.classes.size(), n, top);
  at::Tensor index = at::empty({n, top}, at::kLong);
  at::Tensor weight = float_tensor(targets.probabilities, n, top);
  auto* numbers = index.data_ptr<std::int64_t>();
  auto* weights = weight.data_ptr<float>();
  for (std::int64_t row = 0; row < n; ++row) {
    float total = 0;
    for (std::int64_t k = row * top; k < (row + 1) * top; ++k) {
      numbers[k] = targets.classes[static_cast<std::size_t>(k)];
      UNIMO_CHECK(numbers[k] < classes, "class {} of {}", numbers[k], classes);
      total += weights[k];
    }
    for (std::int64_t k = row * top; k < (row + 1) * top; ++k)
      weights[k] = total > 0 ? weights[k] / total : 0;
  }
  const at::Tensor shares = at::log_softmax(logits, 1).gather(1, index.to(logits.device()));
  return -(shares * weight.to(logits.device())).sum();
}

at::Tensor token_loss_mean(const at::Tensor& logits, std::span<const std::int32_t> labels,
                           double smoothing) {
  const std::int64_t n = logits.size(0);
  UNIMO_CHECK(static_cast<std::int64_t>(labels.size()) == n, "{} labels of {} rows", labels.size(),
              n);
  at::Tensor index = at::empty({n, 1}, at::kLong);
  std::copy(labels.begin(), labels.end(), index.data_ptr<std::int64_t>());
  const at::Tensor log_p = at::log_softmax(logits, 1);
  const at::Tensor sum = log_p.gather(1, index.to(logits.device())).sum() * (1 - smoothing) +
                         log_p.sum() * (smoothing / static_cast<double>(logits.size(1)));
  return -sum / n;
}

at::Tensor unit_rows(const at::Tensor& x) {
  // Small enough not to bend real vectors, large enough for the gradient of a row of zeros.
  constexpr double kShortest = 1e-6;
  return x / at::linalg_vector_norm(x, 2, at::IntArrayRef({1}), true).clamp_min(kShortest);
}

at::Tensor cosine_distance_sum(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor cosine = (trainer::unit_rows(a) * trainer::unit_rows(b)).sum();
  return a.size(0) - cosine;
}

}  // namespace unimo::trainer
