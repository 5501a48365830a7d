// Merges the pieces of one word: the pair of lowest rank first, the leftmost among equals, until
// none is left.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/text/pair_table.h"

namespace unimo::trainer {

// `pieces` are the word's single bytes at first and its final pieces afterwards. Short words are
// searched in a line, long ones with a heap (n log n), with the same result.
void merge_pairs(const PairTable& pairs, std::vector<std::uint32_t>& pieces);

// The two ways, for tests.
void merge_pairs_in_line(const PairTable& pairs, std::vector<std::uint32_t>& pieces);
void merge_pairs_by_heap(const PairTable& pairs, std::vector<std::uint32_t>& pieces);

}  // namespace unimo::trainer
