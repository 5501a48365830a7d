// The factor on the loss that keeps the gradients of fp16 above the smallest number it holds.
//
//   (loss * scaler.scale()).backward();
//   const double norm = optimizer.gradient_norm();       // of the scaled gradients
//   if (scaler.update(std::isfinite(norm))) optimizer.step(lr, norm, scale that was used);
//
// Micikevicius et al. 2018 (arXiv 1710.03740), section 3.2: start high, halve when a gradient
// overflows and skip that step, double after a long run of good steps. A power of two, so that
// scaling rounds nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::trainer {

class LossScaler {
 public:
  static constexpr double kStart = 65536;
  static constexpr double kLeast = 1;
  static constexpr double kMost = 16777216;  // a loss of 1e31 stays finite
  static constexpr std::int64_t kGrowEvery = 2000;

  // What to multiply the loss of this step by.
  double scale() const { return scale_; }
  // Good steps since the scale last moved.
  std::int64_t good_steps() const { return good_steps_; }
  // After the backward pass of a step: whether its gradients were finite. Returns whether to take
  // the step.
  bool update(bool finite);

  // For checkpoints: {"scale": ..., "good_steps": ...}. `origin` names the file in errors.
  Json to_json() const;
  static Result<LossScaler> from_json(const Json& json, std::string_view origin);

 private:
  double scale_ = kStart;
  std::int64_t good_steps_ = 0;
};

}  // namespace unimo::trainer
