#include "trainer/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "trainer/model/kernels.h"
#include "trainer/optim/adamw.h"
#include "trainer/optim/pieces.h"
#include "trainer/optim/sgd.h"

namespace unimo::trainer {

std::vector<Optimizer::Stretch> Optimizer::shares(const ParameterStore& store, int ranks) {
  const std::vector<StorePiece> pieces = pieces_of(store);
  std::vector<Stretch> shares;
  std::int64_t begin = 0;
  for (int rank = 1; rank <= ranks; ++rank) {
    const std::int64_t wanted = store.size() * rank / ranks;
    const auto cut = std::find_if(pieces.begin(), pieces.end(), [&](const StorePiece& p) {
      return p.begin >= std::max(wanted, begin);
    });
    const std::int64_t end = rank == ranks || cut == pieces.end() ? store.size() : cut->begin;
    shares.push_back({begin, end});
    begin = end;
  }
  return shares;
}

std::vector<double> Optimizer::squares() const {
  const std::vector<StorePiece> pieces = pieces_of(store_);
  std::vector<double> squares(pieces.size(), 0.0);
  const float* gradients = store_.gradients().data();
  for_pieces(pieces, [&](std::int64_t i, const StorePiece& piece) {
    if (piece.begin < own_.begin || piece.begin >= own_.end) return;
    squares[static_cast<std::size_t>(i)] =
        kernels().sum_of_squares(gradients + piece.begin, piece.count);
  });
  return squares;
}

double Optimizer::norm_of(std::span<const double> squares) {
  double sum = 0;
  for (const double s : squares) sum += s;
  return std::sqrt(sum);
}

double Optimizer::gradient_factor(double norm, double loss_scale) const {
  const double clip =
      config_.clip_norm > 0 ? std::min(1.0, config_.clip_norm / (norm / loss_scale + 1e-6)) : 1.0;
  return clip / loss_scale;
}

std::unique_ptr<Optimizer> make_optimizer(ParameterStore& store, const OptimizerConfig& config,
                                          const Optimizer::Stretch& own) {
  if (config.kind == "adamw") return std::make_unique<AdamW>(store, config, own);
  if (store.device().is_cuda())
    throw std::invalid_argument(
        "optimizer.kind sgd computes on the processor alone: take adamw, or device.kind cpu");
  return std::make_unique<Sgd>(store, config, own);
}

}  // namespace unimo::trainer
