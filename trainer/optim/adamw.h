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
  // A stretch of the store's flat buffers.
  struct Stretch {
    std::int64_t begin = 0, end = 0;
  };
  // The flat buffers cut for `ranks` optimisers of about equal size, where no sum of the norm is
  // cut.
  static std::vector<Stretch> shares(const ParameterStore& store, int ranks);

  // Updates the values of `own`, which is the whole store or one of its shares, and keeps moments
  // for them alone. The store must outlive this.
  AdamW(ParameterStore& store, const OptimizerConfig& config);
  AdamW(ParameterStore& store, const OptimizerConfig& config, const Stretch& own);
  ~AdamW();

  // Sums of the squares of the gradients, piece by piece of the store; zero for pieces of others,
  // so that those of all shares add up to those of the whole.
  std::vector<double> squares() const;
  // Global norm of the gradients; not finite when any of them is not.
  static double norm_of(std::span<const double> squares);
  double gradient_norm() const { return norm_of(squares()); }
  // One step with this rate; `norm` is what gradient_norm() gave. `loss_scale`: what the loss was
  // multiplied by before its backward pass (loss_scaler.h); gradients and norm are divided by it.
  void step(double lr, double norm, double loss_scale = 1);

  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  // Moments, in the layout of the store, from value begin() on. What is written into them counts
  // from the next step on.
  std::int64_t begin() const { return own_.begin; }
  std::int64_t count() const { return own_.end - own_.begin; }
  std::span<float> first() { return lent_moments(first_); }
  std::span<float> second() { return lent_moments(second_); }
  // Copies both into count() values each; from any thread while no other call runs.
  void copy_moments(std::span<float> first, std::span<float> second) const;

 private:
  ParameterStore& store_;
  OptimizerConfig config_;
  Stretch own_;
  std::vector<float> first_, second_;
  std::int64_t steps_ = 0;
  std::unique_ptr<DeviceOptimizer> device_;  // of a store on a GPU, else null
  bool moments_are_lent_ = false;            // first_ and second_ are newer than the GPU's

  std::span<float> lent_moments(std::vector<float>& moments);
};

}  // namespace unimo::trainer
