#include "trainer/optim/sgd.h"

#include <algorithm>

#include "trainer/optim/pieces.h"

namespace unimo::trainer {

Sgd::Sgd(ParameterStore& store, const OptimizerConfig& config, const Stretch& own)
    : Optimizer(store, config, own), velocity_(static_cast<std::size_t>(own.end - own.begin)) {}

void Sgd::step(double lr, double norm, double loss_scale) {
  ++steps_;
  const auto rate = static_cast<float>(lr), momentum = static_cast<float>(config_.momentum);
  const auto factor = static_cast<float>(gradient_factor(norm, loss_scale));
  float* values = store_.values().data();
  const float* gradients = store_.gradients().data();
  for_pieces(pieces_of(store_), [&](std::int64_t /*i*/, const StorePiece& piece) {
    if (piece.begin < own_.begin || piece.begin >= own_.end) return;
    const float decay = piece.decay ? static_cast<float>(config_.weight_decay) : 0.0F;
    float* value = values + piece.begin;
    const float* gradient = gradients + piece.begin;
    float* velocity = velocity_.data() + (piece.begin - own_.begin);
    for (std::int64_t i = 0; i < piece.count; ++i) {
      velocity[i] = momentum * velocity[i] + rate * (factor * gradient[i] + decay * value[i]);
      value[i] -= velocity[i];
    }
  });
  store_.changed();
}

void Sgd::copy_moments(std::span<float> first, std::span<float> /*second*/) const {
  std::ranges::copy(velocity_, first.begin());
}

}  // namespace unimo::trainer
