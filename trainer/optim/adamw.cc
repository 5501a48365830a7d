#include "trainer/optim/adamw.h"

#include <algorithm>
#include <cmath>

#include "trainer/model/device_ops.h"
#include "trainer/model/huge_pages.h"
#include "trainer/model/kernels.h"
#include "trainer/optim/pieces.h"

namespace unimo::trainer {

AdamW::AdamW(ParameterStore& store, const OptimizerConfig& config)
    : AdamW(store, config, {0, store.size()}) {}

AdamW::AdamW(ParameterStore& store, const OptimizerConfig& config, const Stretch& own)
    : Optimizer(store, config, own),
      device_(store.device().is_cuda() ? make_device_optimizer(store, own.begin, own.end)
                                       : nullptr) {
  if (device_ != nullptr) return;
  for (std::vector<float>* moments : {&first_, &second_}) {
    moments->reserve(static_cast<std::size_t>(count()));
    prefer_huge_pages(moments->data(), moments->capacity() * sizeof(float));
    moments->resize(static_cast<std::size_t>(count()));
  }
}

AdamW::~AdamW() = default;

std::span<float> AdamW::lent_moments(std::vector<float>& moments) {
  if (device_ != nullptr && !moments_are_lent_) {
    first_.resize(static_cast<std::size_t>(count()));
    second_.resize(first_.size());
    device_->download(first_, second_);
    moments_are_lent_ = true;
  }
  return moments;
}

// Lent moments are those of the GPU until the next step uploads what was written into them.
void AdamW::copy_moments(std::span<float> first, std::span<float> second) const {
  if (device_ != nullptr && !moments_are_lent_) return device_->download(first, second);
  std::copy(first_.begin(), first_.end(), first.begin());
  std::copy(second_.begin(), second_.end(), second.begin());
}

std::vector<double> AdamW::squares() const {
  return device_ != nullptr ? device_->squares() : Optimizer::squares();
}

void AdamW::step(double lr, double norm, double loss_scale) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  AdamWStep settings{
      .lr = static_cast<float>(lr),
      .beta1 = static_cast<float>(config_.beta1),
      .beta2 = static_cast<float>(config_.beta2),
      .eps = static_cast<float>(config_.eps),
      .weight_decay = 0,
      .correction1 = static_cast<float>(1 - std::pow(config_.beta1, t)),
      .root_correction2 = static_cast<float>(std::sqrt(1 - std::pow(config_.beta2, t))),
      .gradient_scale = static_cast<float>(gradient_factor(norm, loss_scale))};
  AdamWStep with_decay = settings;
  with_decay.weight_decay = static_cast<float>(config_.weight_decay);
  if (device_ != nullptr) {
    if (moments_are_lent_) device_->upload(first_, second_);
    moments_are_lent_ = false;
    device_->step(with_decay);
    return;
  }
  float* values = store_.values().data();
  const float* gradients = store_.gradients().data();
  for_pieces(pieces_of(store_), [&](std::int64_t /*i*/, const StorePiece& piece) {
    if (piece.begin < own_.begin || piece.begin >= own_.end) return;
    // Up to the next multiple of 16 there are only zeros, which stay zeros.
    const std::int64_t count = (piece.count + 15) / 16 * 16;
    const std::int64_t place = piece.begin - own_.begin;
    kernels().adamw(values + piece.begin, gradients + piece.begin, first_.data() + place,
                    second_.data() + place, count, piece.decay ? with_decay : settings);
  });
  store_.changed();
}

}  // namespace unimo::trainer
