#include "trainer/optim/loss_scaler.h"

#include <algorithm>
#include <cmath>

namespace unimo::trainer {

bool LossScaler::update(bool finite) {
  if (!finite) {
    scale_ = std::max(kLeast, scale_ / 2);
    good_steps_ = 0;
    return false;
  }
  if (++good_steps_ == kGrowEvery) {
    scale_ = std::min(kMost, scale_ * 2);
    good_steps_ = 0;
  }
  return true;
}

Json LossScaler::to_json() const { return {{"scale", scale_}, {"good_steps", good_steps_}}; }

Result<LossScaler> LossScaler::from_json(const Json& json, std::string_view origin) {
  const bool whole = json.is_object() && json.contains("scale") && json["scale"].is_number() &&
                     json.contains("good_steps") && json["good_steps"].is_number_integer();
  if (!whole) {
    return fail(ErrorCode::kInvalid,
                "{}: loss scale {}: an object with the numbers scale and good_steps is expected",
                origin, json.dump());
  }
  LossScaler scaler;
  scaler.scale_ = json["scale"].get<double>();
  scaler.good_steps_ = json["good_steps"].get<std::int64_t>();
  int exponent = 0;
  const bool power = std::frexp(scaler.scale_, &exponent) == 0.5;
  if (!power || scaler.scale_ < kLeast || scaler.scale_ > kMost) {
    return fail(ErrorCode::kInvalid, "{}: loss scale {}: it must be a power of two from {} to {}",
                origin, scaler.scale_, kLeast, kMost);
  }
  if (scaler.good_steps_ < 0 || scaler.good_steps_ >= kGrowEvery) {
    return fail(ErrorCode::kInvalid, "{}: {} good steps of the loss scale: it must be 0 to {}",
                origin, scaler.good_steps_, kGrowEvery - 1);
  }
  return scaler;
}

}  // namespace unimo::trainer
