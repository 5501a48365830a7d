#include "trainer/objectives/masked_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "trainer/objectives/losses.h"

namespace unimo::trainer {
namespace {

// Adds `sum / count` to the loss of the micro-batch and reports it under its name.
void add_mean(const at::Tensor& sum, std::size_t count, double weight, std::string name,
              MicroLoss& result) {
  const at::Tensor part = sum * (weight / static_cast<double>(count));
  result.loss = result.loss.defined() ? result.loss + part : part;
  result.means.push_back({std::move(name), sum.item<double>(), static_cast<double>(count)});
}

void add_region_losses(Unimo& model, const RegionTargets& targets, const MaskedLossOptions& options,
                       const at::Tensor& hidden, MicroLoss& result) {
  const std::size_t count = targets.rows.size();
  const at::Tensor rows = trainer::gather_rows(hidden, targets.rows);
  if (options.regression_weight > 0) {
    const at::Tensor predicted = model.region_features(rows);
    const at::Tensor wanted =
        trainer::float_tensor(targets.features, static_cast<std::int64_t>(count), predicted.size(1))
            .to(predicted.device());
    add_mean(trainer::regression_loss_sum(predicted, wanted), count, options.regression_weight,
             "loss.region_regression", result);
  }
  if (options.class_weight > 0 && targets.classes.top > 0) {
    const at::Tensor logits = model.region_classes(rows);
    add_mean(trainer::class_loss_sum(logits, targets.classes), count, options.class_weight,
             "loss.region_class", result);
  }
}

}  // namespace

MicroLoss masked_loss(Unimo& model, const MaskedBatch& masked, const MaskedLossOptions& options,
                      const EncodeOptions& encode) {
  MicroLoss result;
  result.rows = masked.batch.rows;
  const at::Tensor hidden = model.encode(masked.batch, encode);
  // Only rows that predict something meet the vocabulary: on all rows it would cost as much as the
  // encoder.
  const auto predict = [&](const TokenTargets& targets, double smoothing, double weight,
                           std::string name) {
    if (targets.rows.empty() || weight <= 0) return;
    const at::Tensor rows = trainer::gather_rows(hidden, targets.rows);
    add_mean(model.lm_loss_sum(rows, targets.labels, smoothing), targets.rows.size(), weight,
             std::move(name), result);
  };
  predict(masked.masked, 0, options.masked_weight, "loss.mlm");
  predict(masked.generated, options.label_smoothing, options.generated_weight,
          "loss." + options.generated_name);
  if (!masked.regions.rows.empty())
    add_region_losses(model, masked.regions, options, hidden, result);
  if (!result.loss.defined())
    result.loss = hidden.sum() * 0;  // nothing to say: images of one region alone
  return result;
}

}  // namespace unimo::trainer
