// What the training loop and checkpoints know of an optimiser: the norm of the gradients, a step,
// and what it remembers. Over the flat buffers of a model's weights; independent of the number of
// threads.
//
//   const std::unique_ptr<Optimizer> optimizer = make_optimizer(store, config, {0, store.size()});
//   optimizer->step(lr, optimizer->gradient_norm());
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/config/train.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

class Optimizer {
 public:
  // A stretch of the store's flat buffers.
  struct Stretch {
    std::int64_t begin = 0, end = 0;
  };
  // The flat buffers cut for `ranks` optimisers of about equal size, where no sum of the norm is
  // cut.
  static std::vector<Stretch> shares(const ParameterStore& store, int ranks);

  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Sums of the squares of the gradients, piece by piece of the store; zero for pieces of others,
  // so that those of all shares add up to those of the whole.
  virtual std::vector<double> squares() const;
  // Global norm of the gradients, summed in double in a fixed order; not finite when any of them is
  // not.
  static double norm_of(std::span<const double> squares);
  double gradient_norm() const { return norm_of(squares()); }
  // One step with this rate; `norm` is what gradient_norm() gave. `loss_scale`: what the loss was
  // multiplied by before its backward pass (loss_scaler.h); gradients and norm are divided by it.
  virtual void step(double lr, double norm, double loss_scale = 1) = 0;

  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  // Moments, in the layout of the store, from value begin() on; the second ones are empty where the
  // optimiser has none. What is written into them counts from the next step on.
  std::int64_t begin() const { return own_.begin; }
  std::int64_t count() const { return own_.end - own_.begin; }
  virtual std::span<float> first() = 0;
  virtual std::span<float> second() = 0;
  virtual bool has_second() const = 0;
  // Copies both into count() values each, the second where there are any; from any thread while no
  // other call runs.
  virtual void copy_moments(std::span<float> first, std::span<float> second) const = 0;

 protected:
  // Updates the values of `own`, which is the whole store or one of its shares, and keeps moments
  // for them alone. The store must outlive this.
  Optimizer(ParameterStore& store, const OptimizerConfig& config, const Stretch& own)
      : store_(store), config_(config), own_(own) {}

  // What gradients are multiplied by: 1 / loss_scale, less where their norm exceeds clip_norm.
  double gradient_factor(double norm, double loss_scale) const;

  ParameterStore& store_;
  OptimizerConfig config_;
  Stretch own_;
  std::int64_t steps_ = 0;
};

// By the name of config.kind. Throws std::invalid_argument for one that cannot be had on the
// store's device.
std::unique_ptr<Optimizer> make_optimizer(ParameterStore& store, const OptimizerConfig& config,
                                          const Optimizer::Stretch& own);

}  // namespace unimo::trainer
