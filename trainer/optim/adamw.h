// AdamW over the flat buffers of a model: global-norm clipping, decoupled weight decay, one pass.
//
// Per step t = 1, 2, ...: clip factor c = min(1, clip_norm / (norm + 1e-6)); g = c * gradient;
// where decay applies p = p (1 - lr decay); m = m + (1 - b1)(g - m); v = b2 v + (1 - b2) g^2; p = p
// - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps). Of a model on a GPU everything is done
// there, and the moments below are copies.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/optim/optimizer.h"

namespace unimo::trainer {

class DeviceOptimizer;

class AdamW : public Optimizer {
 public:
  AdamW(ParameterStore& store, const OptimizerConfig& config);
  AdamW(ParameterStore& store, const OptimizerConfig& config, const Stretch& own);
  ~AdamW() override;

  std::vector<double> squares() const override;
  void step(double lr, double norm, double loss_scale = 1) override;
  std::span<float> first() override { return lent_moments(first_); }
  std::span<float> second() override { return lent_moments(second_); }
  bool has_second() const override { return true; }
  void copy_moments(std::span<float> first, std::span<float> second) const override;

 private:
  std::vector<float> first_, second_;
  std::unique_ptr<DeviceOptimizer> device_;  // of a store on a GPU, else null
  bool moments_are_lent_ = false;            // first_ and second_ are newer than the GPU's

  std::span<float> lent_moments(std::vector<float>& moments);
};

}  // namespace unimo::trainer
