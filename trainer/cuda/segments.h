// How rows with numbers are added up on a device without atomics: rows of one number lie together,
// in their old order, cut into pieces that are summed side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unimo::trainer {

// Rows that one block of threads adds up; longer segments have several pieces.
inline constexpr std::int32_t kPieceRows = 64;

struct SegmentPlan {
  std::vector<std::int32_t> order;     // rows, those of one number together, ascending inside
  std::vector<std::int32_t> pieces;    // where each piece begins in `order`, and the end
  std::vector<std::int32_t> segments;  // where each segment begins in `pieces`, and the end
  std::vector<std::int32_t> ids;       // the number of each segment, ascending
};

// Numbers are below `limit`; rows with one below 0 are left out. Time and memory grow with the rows
// and the limit.
SegmentPlan plan_segments(std::span<const std::int32_t> ids, std::int32_t limit);

}  // namespace unimo::trainer
