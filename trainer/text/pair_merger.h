// Merges the pieces of one word: the pair of lowest rank first, the leftmost among equals, until
// none is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trainer/text/pair_table.h"

namespace unimo::trainer {

// `pieces` are the word's single bytes at first; the first of them, as many as is returned, are its
// final pieces afterwards. Short words are searched in a line, long ones with a heap (n log n),
// with the same result.
std::size_t merge_pairs(const PairTable& pairs, std::span<std::uint32_t> pieces);

inline constexpr std::size_t kLongestInLine = 40;

// The two ways, for tests; in line at most kLongestInLine pieces.
std::size_t merge_pairs_in_line(const PairTable& pairs, std::span<std::uint32_t> pieces);
std::size_t merge_pairs_by_heap(const PairTable& pairs, std::span<std::uint32_t> pieces);

}  // namespace unimo::trainer
