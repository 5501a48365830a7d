#include "trainer/decode/tensor_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unimo::trainer {

void TensorDecoder::start(const PackedBatch& sources, const DecodeLimits& /*limits*/) {
  decoder_ = std::make_unique<IncrementalDecoder>(model_);
  decoder_->start(sources);
}

std::span<const NextTokens> TensorDecoder::step(std::span<const DecodeRow> rows) {
  log_p_ = decoder_->step(rows);
  const auto vocabulary = static_cast<std::size_t>(log_p_.size(1));
  const std::size_t blocks = (vocabulary + kTokenBlock - 1) / kTokenBlock;
  block_best_.resize(rows.size() * blocks);
  next_.resize(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::span logits(log_p_.const_data_ptr<float>() + r * vocabulary, vocabulary);
    const std::span best = std::span(block_best_).subspan(r * blocks, blocks);
    for (std::size_t b = 0; b < blocks; ++b) {
      const auto block =
          logits.subspan(b * kTokenBlock, std::min(kTokenBlock, vocabulary - b * kTokenBlock));
      best[b] = *std::max_element(block.begin(), block.end());
    }
    // Of probabilities' logarithms no sum is left to take off. One that is no number spoils the
    // row.
    const bool is_good =
        std::none_of(logits.begin(), logits.end(), [](float value) { return std::isnan(value); });
    next_[r] = {.logits = logits,
                .block_best = best,
                .log_sum = is_good ? 0 : std::numeric_limits<double>::quiet_NaN()};
  }
  return next_;
}

}  // namespace unimo::trainer
