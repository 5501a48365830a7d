#include "trainer/objectives/match_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "trainer/objectives/losses.h"

namespace unimo::trainer {
namespace {

at::Tensor bool_tensor(std::span<const std::uint8_t> values, std::int64_t rows,
                       std::int64_t columns) {
  at::Tensor tensor = at::empty({rows, columns}, at::kBool);
  std::transform(values.begin(), values.end(), tensor.data_ptr<bool>(),
                 [](std::uint8_t value) { return value != 0; });
  return tensor;
}

// The semantic vector of each text's image.
at::Tensor wanted_vectors(const SemanticTargets& semantic, std::span<const std::int32_t> images,
                          std::int64_t width) {
  std::vector<float> rows;
  for (const std::int32_t image : images) {
    const auto begin = semantic.vectors.begin() + std::ptrdiff_t{image} * width;
    rows.insert(rows.end(), begin, begin + width);
  }
  return trainer::float_tensor(rows, static_cast<std::int64_t>(images.size()), width);
}

// How often a text's own image scores best: says more to people than the loss.
double share_first(const at::Tensor& scores, std::span<const std::int32_t> image_of_text) {
  const at::Tensor best = scores.detach().argmax(1).cpu().contiguous();
  const auto* columns = best.data_ptr<std::int64_t>();
  double hits = 0;
  for (std::size_t i = 0; i < image_of_text.size(); ++i)
    hits += columns[i] == image_of_text[i] ? 1 : 0;
  return hits;
}

}  // namespace

MicroLoss dual_loss(Unimo& model, const DualBatch& dual, const SemanticTargets& semantic,
                    const DualLossOptions& options, const EncodeOptions& encode) {
  const at::Tensor hidden = model.encode(dual.batch, encode);
  const at::Tensor texts = trainer::text_vectors(model, options.match, hidden, dual.cls_rows);
  const at::Tensor images = trainer::image_vectors(model, options.match, hidden, dual.img_rows);
  const at::Tensor scores = trainer::score_matrix(model, options.match, texts, images);
  const at::Tensor contrast = trainer::symmetric_contrastive_loss(scores, dual.image_of_text);
  const auto count = static_cast<double>(dual.image_of_text.size());
  MicroLoss result{.loss = contrast * options.weight, .rows = dual.batch.rows};
  result.means.push_back({"loss.contrastive", contrast.item<double>() * count, count});
  result.means.push_back({"accuracy.contrastive", share_first(scores, dual.image_of_text), count});
  if (semantic.weight > 0) {
    const std::int64_t width = texts.size(1);
    const at::Tensor of_texts =
        trainer::cosine_distance_sum(
            texts, wanted_vectors(semantic, dual.image_of_text, width).to(texts.device())) /
        texts.size(0);
    const at::Tensor of_images =
        trainer::cosine_distance_sum(
            images,
            trainer::float_tensor(semantic.vectors, images.size(0), width).to(images.device())) /
        images.size(0);
    result.loss = result.loss + (of_texts + of_images) * semantic.weight;
    result.means.push_back({"loss.semantic_text", of_texts.item<double>() * count, count});
    result.means.push_back({"loss.semantic_image", of_images.item<double>() * count, count});
  }
  return result;
}

MicroLoss semantic_loss(Unimo& model, const DualBatch& texts, const SemanticTargets& semantic,
                        const MatchConfig& match, const EncodeOptions& encode) {
  const at::Tensor hidden = model.encode(texts.batch, encode);
  const at::Tensor vectors = trainer::text_vectors(model, match, hidden, texts.cls_rows);
  const at::Tensor sum = trainer::cosine_distance_sum(
      vectors, wanted_vectors(semantic, texts.image_of_text, vectors.size(1)).to(vectors.device()));
  const auto count = static_cast<double>(texts.image_of_text.size());
  MicroLoss result{.loss = sum * (semantic.weight / count), .rows = texts.batch.rows};
  result.means.push_back({"loss.semantic", sum.item<double>(), count});
  if (texts.img_rows.empty()) return result;
  const at::Tensor images = trainer::image_vectors(model, match, hidden, texts.img_rows);
  const auto own = std::span(semantic.vectors).first(static_cast<std::size_t>(images.numel()));
  const at::Tensor of_images = trainer::cosine_distance_sum(
      images, trainer::float_tensor(own, images.size(0), images.size(1)).to(images.device()));
  const auto shown = static_cast<double>(texts.img_rows.size());
  result.loss = result.loss + of_images * (semantic.weight / shown);
  result.means.push_back({"loss.semantic_image", of_images.item<double>(), shown});
  return result;
}

at::Tensor candidate_scores(Unimo& model, const CandidateBatch& candidates,
                            const MatchConfig& match, const EncodeOptions& encode) {
  const at::Tensor hidden = model.encode(candidates.batch, encode);
  const at::Tensor texts = trainer::text_vectors(model, match, hidden, candidates.cls_rows);
  const at::Tensor images = trainer::image_vectors(model, match, hidden, candidates.img_rows);
  return trainer::pair_scores(model, match, texts, images, encode)
      .view({candidates.groups, candidates.candidates});
}

MicroLoss candidate_loss(Unimo& model, const CandidateBatch& candidates,
                         const DualLossOptions& options, const EncodeOptions& encode) {
  const at::Tensor scores = trainer::candidate_scores(model, candidates, options.match, encode);
  const std::int64_t groups = candidates.groups, width = candidates.candidates;
  const at::Tensor positive = bool_tensor(candidates.positive, groups, width).to(scores.device());
  const at::Tensor valid = bool_tensor(candidates.valid, groups, width).to(scores.device());
  const at::Tensor losses = trainer::multi_positive_loss(scores, positive, valid);
  MicroLoss result{.loss = losses.mean() * options.weight, .rows = candidates.batch.rows};
  const auto count = static_cast<double>(groups);
  result.means.push_back({"loss.cmcl", losses.sum().item<double>(), count});
  // How often a positive scores best: says more to people than the loss.
  const at::Tensor best = scores.detach().masked_fill(valid.logical_not(), -1e30).argmax(1, true);
  result.means.push_back({"accuracy.cmcl", positive.gather(1, best).sum().item<double>(), count});
  return result;
}

}  // namespace unimo::trainer
