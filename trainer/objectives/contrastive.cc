#include "trainer/objectives/contrastive.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

at::Tensor masked_logsumexp(const at::Tensor& scores, const at::Tensor& keep,
                            std::int64_t dimension) {
  const at::Tensor nothing =
      at::full({}, -std::numeric_limits<double>::infinity(), scores.options());
  return at::logsumexp(at::where(keep, scores, nothing), {dimension});
}

}  // namespace

at::Tensor multi_positive_loss(const at::Tensor& scores, const at::Tensor& positive,
                               const at::Tensor& valid) {
  const at::Tensor counted = positive.logical_and(valid);
  UNIMO_CHECK(counted.any(1).all().item<bool>(), "a group of candidates without a positive one");
  return trainer::masked_logsumexp(scores, valid, 1) -
         trainer::masked_logsumexp(scores, counted, 1);
}

at::Tensor symmetric_contrastive_loss(const at::Tensor& scores,
                                      std::span<const std::int32_t> image_of_text) {
  const std::int64_t texts = scores.size(0);
  UNIMO_CHECK(static_cast<std::int64_t>(image_of_text.size()) == texts, "{} images of {} texts",
              image_of_text.size(), texts);
  at::Tensor column = at::empty({texts}, at::kLong);
  std::copy(image_of_text.begin(), image_of_text.end(), column.data_ptr<std::int64_t>());
  column = column.to(scores.device());
  const at::Tensor truth = scores.gather(1, column.unsqueeze(1)).squeeze(1);  // [texts]
  const at::Tensor find_image = at::logsumexp(scores, {1}) - truth;

  // Column t holds the scores of text t's image with all texts: [texts, texts].
  const at::Tensor of_my_image = scores.index_select(1, column);
  at::Tensor rival = column.unsqueeze(1).ne(column.unsqueeze(0));
  rival.fill_diagonal_(true);
  const at::Tensor find_text = trainer::masked_logsumexp(of_my_image, rival, 0) - truth;
  return (find_image + find_text).mean() * 0.5;
}

at::Tensor circle_loss(const at::Tensor& positives, const at::Tensor& negatives,
                       const CircleOptions& options) {
  const double m = options.margin, gamma = options.gamma;
  const at::Tensor p = positives.to(at::kDouble), n = negatives.to(at::kDouble);
  const at::Tensor weight_p = (1 + m - p.detach()).clamp_min(0);
  const at::Tensor weight_n = (n.detach() + m).clamp_min(0);
  const at::Tensor exponent_p = -gamma * weight_p * (p - (1 - m));
  const at::Tensor exponent_n = gamma * weight_n * (n - m);
  return at::softplus(at::logsumexp(exponent_n, {1}) + at::logsumexp(exponent_p, {1}));
}

}  // namespace unimo::trainer
