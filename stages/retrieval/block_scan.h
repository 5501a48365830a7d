// The inner loop of a search: which places of a block might reach a score.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/retrieval/sparse_index.h"

namespace unimo::stages {

// A term of the query that many items of the block have.
struct DenseTerm {
  const SparseIndex::GroupBits* bits = nullptr;  // by group
  float usual = 0;                               // what an item with it adds at most,
  float more = 0;                                // and how much more with a large weight
};

struct BlockScan {
  float* scores = nullptr;       // by place, kGroup for each group: what was added up so far
  std::span<const float> sizes;  // of each group, the smallest size
  std::span<const DenseTerm> terms;
  float together = 0;  // what all terms add at most
  // A place of a group must reach base + per_size * size of the group, and be positive.
  float base = 0, per_size = 0;
};

struct ReachedPlace {
  float overlap = 0;  // at most
  std::uint16_t slot = 0;
};

// Writes the places whose scores reach what they must with the terms they have, in ascending order,
// and returns how many they are; `reached` has room for all. Sets all scores to zero.
std::size_t scan_block(const BlockScan& scan, ReachedPlace* reached);

// The same without instructions that only some processors have: what scan_block does there.
std::size_t scan_block_plainly(const BlockScan& scan, ReachedPlace* reached);

}  // namespace unimo::stages
