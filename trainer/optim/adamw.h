// AdamW over the flat buffers of a model: global-norm clipping, decoupled weight decay, one pass.
//
// Per step t = 1, 2, ...: clip factor c = min(1, clip_norm / (norm + 1e-6)); g = c * gradient;
// where decay applies p = p (1 - lr decay); m = m + (1 - b1)(g - m); v = b2 v + (1 - b2) g^2; p = p
// - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps). The norm is summed in double in a fixed
// order. Independent of the number of threads. Of a model on a GPU everything is done there, and
// the moments below are copies.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/config/train.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

class DeviceOptimizer;

class AdamW {
 public:
  // The store must outlive this.
  AdamW(ParameterStore& store, const OptimizerConfig& config);
  ~AdamW();

  // Global norm of the gradients; not finite when any of them is not.
  double gradient_norm() const;
  // One step with this rate. Gradients are multiplied by `gradient_scale` first; `norm` is what
  // gradient_norm() gave, times that.
  void step(double lr, double norm, double gradient_scale = 1);

  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  // Moments, in the layout of the store. What is written into them counts from the next step on.
  std::span<float> first() { return lent_moments(first_); }
  std::span<float> second() { return lent_moments(second_); }

 private:
  ParameterStore& store_;
  OptimizerConfig config_;
  std::vector<float> first_, second_;
  std::int64_t steps_ = 0;
  std::unique_ptr<DeviceOptimizer> device_;  // of a store on a GPU, else null
  bool moments_are_lent_ = false;            // first_ and second_ are newer than the GPU's

  std::span<float> lent_moments(std::vector<float>& moments);
};

}  // namespace unimo::trainer
