// Which sequences share a micro-batch: a pure function of their lengths, so that every rank and
// every repetition agrees. Sequences lie end to end without padding, so only rows count.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unimo::trainer {

// Indices of `lengths`, each exactly once, in `groups` groups of nearly equal sums: the longest
// first, each to the group with the fewest rows, so that two groups differ by the longest sequence
// at most. Ascending inside a group.
std::vector<std::vector<std::uint32_t>> balance_rows(std::span<const std::uint32_t> lengths,
                                                     std::size_t groups);

}  // namespace unimo::trainer
