#include "trainer/cuda/segments.h"

#include <algorithm>

namespace unimo::trainer {

SegmentPlan plan_segments(std::span<const std::int32_t> ids, std::int32_t limit) {
  // A counting sort keeps the order of equal numbers.
  std::vector<std::int32_t> next(static_cast<std::size_t>(limit) + 1, 0);
  for (const std::int32_t id : ids) {
    if (id >= 0) ++next[static_cast<std::size_t>(id) + 1];
  }
  SegmentPlan plan;
  std::int32_t begin = 0;
  for (std::int32_t id = 0; id < limit; ++id) {
    const std::int32_t count = next[static_cast<std::size_t>(id) + 1];
    next[static_cast<std::size_t>(id)] = begin;
    if (count == 0) continue;
    plan.ids.push_back(id);
    plan.segments.push_back(static_cast<std::int32_t>(plan.pieces.size()));
    for (std::int32_t done = 0; done < count; done += kPieceRows)
      plan.pieces.push_back(begin + done);
    begin += count;
  }
  plan.segments.push_back(static_cast<std::int32_t>(plan.pieces.size()));
  plan.pieces.push_back(begin);
  plan.order.resize(static_cast<std::size_t>(begin));
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (ids[row] < 0) continue;
    plan.order[static_cast<std::size_t>(next[static_cast<std::size_t>(ids[row])]++)] =
        static_cast<std::int32_t>(row);
  }
  return plan;
}

}  // namespace unimo::trainer
