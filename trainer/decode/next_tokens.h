// What a model says of the next token of a hypothesis, and its best tokens without sorting the
// vocabulary. No tensors here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unimo::trainer {

// Logits of one block have their largest one noted.
inline constexpr std::size_t kTokenBlock = 64;

// Of one hypothesis: log p(token) = logit - log_sum.
struct NextTokens {
  std::span<const float> logits;      // [vocabulary]
  std::span<const float> block_best;  // [vocabulary / kTokenBlock, rounded up]
  double log_sum = 0;                 // logarithm of the sum of the logits' exponentials

  double log_probability(std::int32_t token) const {
    return static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_sum;
  }
};

// Keeps its memory between calls. One thread.
class TokenPicker {
 public:
  // The `count` tokens of the largest logits (all of a smaller vocabulary), best first; of equal
  // ones the smaller token first. Reads the blocks that can hold one of them. The span lives until
  // the next call.
  std::span<const std::int32_t> best(const NextTokens& next, std::size_t count);

 private:
  float least_of_best_blocks(const NextTokens& next, std::size_t count);
  std::vector<float> blocks_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace unimo::trainer
