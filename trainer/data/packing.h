// Which sequences share a micro-batch: a pure function of their lengths, so that every rank and
// every repetition agrees. Sequences lie end to end without padding, so only rows count.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

struct PackingBudget {
  std::uint64_t max_rows = 4096;    // rows of a micro-batch
  std::uint64_t max_sequences = 0;  // 0: any number
  std::uint64_t max_squares = 0;    // sum of length², what attention costs; 0: any
};

// Indices of `lengths`, each exactly once. Best fit, longest first: within 11/9 of the fewest
// micro-batches that rows allow. Micro-batches are ordered by their smallest index, and ascending
// inside. A sequence that exceeds the budget alone is kInvalid.
Result<std::vector<std::vector<std::uint32_t>>> pack_sequences(
    std::span<const std::uint32_t> lengths, const PackingBudget& budget);

// The same, but neighbours stay together: for evaluation, where the order is part of the result.
Result<std::vector<std::vector<std::uint32_t>>> pack_in_order(
    std::span<const std::uint32_t> lengths, const PackingBudget& budget);

}  // namespace unimo::trainer
