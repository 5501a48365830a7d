// What computes a Unimo: its layers and heads in one precision on one device. Unimo checks its
// arguments and owns one of these.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/model/counter_key.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// Places of the dropout inside the model; those of callers begin at 1000 (unimo.h).
inline constexpr std::uint32_t kTextSite = 1;
inline constexpr std::uint32_t kImageSite = 2;
inline constexpr std::uint32_t kMatchSite = 3;
inline constexpr std::uint32_t kLayerSite = 16;  // four per layer, up to 246 layers
inline constexpr std::uint32_t kLayerSites = 4;

// The dropout of one place; none outside training.
inline DropoutKey site_key(const EncodeOptions& options, std::uint32_t site, double rate) {
  return dropout_key(options.seed, options.step, options.pass, site, options.training ? rate : 0);
}

// Tensors in and out are fp32 on the engine's device. The arguments are without mistake.
class ModelEngine {
 public:
  virtual ~ModelEngine() = default;
  // Appends the state before the first and after every layer to `states`, if not null.
  virtual at::Tensor encode(const PackedBatch& batch, const EncodeOptions& options,
                            std::vector<at::Tensor>* states) = 0;
  virtual at::Tensor linear(const at::Tensor& x, std::string_view name) = 0;
  virtual at::Tensor lm_transform(const at::Tensor& rows) = 0;
  virtual at::Tensor lm_logits(const at::Tensor& rows) = 0;
  virtual at::Tensor lm_loss_sum(const at::Tensor& rows, std::span<const std::int32_t> targets,
                                 double smoothing) = 0;
  virtual void set_recompute(bool recompute) = 0;
  virtual std::int64_t activation_bytes() const = 0;
};

}  // namespace unimo::trainer
