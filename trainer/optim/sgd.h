// Stochastic gradient descent with momentum, as Caffe does it (sgd_solver.cpp): c as in adamw.h,
// g = c * gradient + decay * p where decay applies; v = momentum * v + lr * g; p = p - v. The rate
// is inside the velocity, so that a fallen rate takes 1 / (1 - momentum) steps to count.
#pragma once

#include <span>
#include <vector>

#include "trainer/optim/optimizer.h"

namespace unimo::trainer {

class Sgd : public Optimizer {
 public:
  Sgd(ParameterStore& store, const OptimizerConfig& config, const Stretch& own);

  void step(double lr, double norm, double loss_scale = 1) override;
  std::span<float> first() override { return velocity_; }
  std::span<float> second() override { return {}; }
  bool has_second() const override { return false; }
  void copy_moments(std::span<float> first, std::span<float> second) const override;

 private:
  std::vector<float> velocity_;
};

}  // namespace unimo::trainer
