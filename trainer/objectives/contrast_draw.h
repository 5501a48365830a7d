// What one pair is contrasted with this time: drawn from the pools that the pack keeps for its
// caption, anew in every epoch. Numbers only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/objectives.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

// A pair and its sets. Texts are ids without [CLS] and [SEP].
struct ContrastedPair {
  ShownImage image;
  std::uint32_t number = 0;                              // of the image in the pack
  std::vector<std::int32_t> text;                        // the caption
  std::vector<std::vector<std::int32_t>> positives;      // X+ besides the true pair
  std::vector<std::vector<std::int32_t>> negatives;      // X-
  std::vector<ShownImage> related_images;                // X^I
  std::vector<std::vector<std::int32_t>> related_texts;  // X^T
};

// The n-th pair that the stream asks for. Its image is read once, whatever it is compared with.
Result<ContrastedPair> draw_contrast(const Samples& samples, const ContrastiveConfig& config,
                                     std::string_view stream, std::uint64_t n);

// How many negatives come from each level when `wanted` are shared out by `shares` and each level
// has `available`: by the largest remainder; what a level lacks the others give, in their order.
// Levels with share 0 give nothing.
std::array<int, 3> share_negatives(int wanted, const std::array<double, 3>& shares,
                                   const std::array<std::size_t, 3>& available);

}  // namespace unimo::trainer
