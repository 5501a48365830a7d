// The factor that keeps gradients in fp16 away from zero: the loss is multiplied by it before the
// backward pass, gradients are divided by it afterwards.
//
// It starts high, is halved when gradients overflow (that step is left out) and doubled after
// kGrowAfter good steps (Micikevicius et al. 2018). Powers of two, so that scaling changes no
// digit. In other precisions it stays 1.
#pragma once

#include <algorithm>

#include "orchestrator/base/json.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

class LossScale {
 public:
  static constexpr double kStart = 65536;
  static constexpr double kMost = 16777216;
  static constexpr int kGrowAfter = 2000;

  explicit LossScale(Precision precision)
      : active_(precision == Precision::kFp16), value_(active_ ? kStart : 1) {}

  double value() const { return value_; }

  // After a step whose gradients were finite.
  void good_step() {
    if (!active_ || ++good_steps_ < kGrowAfter) return;
    value_ = std::min(value_ * 2, kMost);
    good_steps_ = 0;
  }
  // After one whose gradients were not: true when a smaller factor may help.
  bool lower() {
    good_steps_ = 0;
    if (!active_ || value_ <= 1) return false;
    value_ /= 2;
    return true;
  }

  Json to_json() const { return {{"value", value_}, {"good_steps", good_steps_}}; }
  void restore(const Json& json) {
    if (!active_ || !json.is_object()) return;
    value_ = json.value("value", value_);
    good_steps_ = json.value("good_steps", 0);
  }

 private:
  bool active_;
  double value_;
  int good_steps_ = 0;
};

}  // namespace unimo::trainer
