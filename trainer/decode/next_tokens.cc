#include "trainer/decode/next_tokens.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace unimo::trainer {

// At least `count` tokens reach it: one in each of that many blocks.
float TokenPicker::least_of_best_blocks(const NextTokens& next, std::size_t count) {
  if (count >= next.block_best.size()) return -std::numeric_limits<float>::infinity();
  blocks_.assign(next.block_best.begin(), next.block_best.end());
  const auto last = blocks_.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(blocks_.begin(), last, blocks_.end(), std::greater<>());
  return *last;
}

std::span<const std::int32_t> TokenPicker::best(const NextTokens& next, std::size_t count) {
  tokens_.clear();
  if (count == 0) return {};
  const float least = least_of_best_blocks(next, count);
  for (std::size_t block = 0; block < next.block_best.size(); ++block) {
    if (next.block_best[block] < least) continue;
    const std::size_t begin = block * kTokenBlock;
    const std::size_t end = std::min(begin + kTokenBlock, next.logits.size());
    for (std::size_t token = begin; token < end; ++token) {
      if (next.logits[token] >= least) tokens_.push_back(static_cast<std::int32_t>(token));
    }
  }
  const auto better = [&](std::int32_t a, std::int32_t b) {
    const float of_a = next.logits[static_cast<std::size_t>(a)];
    const float of_b = next.logits[static_cast<std::size_t>(b)];
    return of_a > of_b || (of_a == of_b && a < b);
  };
  count = std::min(count, tokens_.size());
  std::partial_sort(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(count),
                    tokens_.end(), better);
  return std::span(tokens_).first(count);
}

}  // namespace unimo::trainer
