#include "trainer/cuda/tables.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace unimo::trainer {

std::size_t DeviceTables::add(std::span<const std::int32_t> numbers) {
  // Flash wants its tables aligned, and so do vector loads.
  constexpr std::size_t kAlign = 32;
  const std::size_t place = (numbers_.size() + kAlign - 1) / kAlign * kAlign;
  numbers_.resize(place);
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  return place;
}

void DeviceTables::send(const at::Device& device) {
  // From pinned memory a copy does not wait for the device; the allocator keeps it until it is
  // done.
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(numbers_.size(), 1));
  const at::Tensor pinned =
      at::empty({count}, at::TensorOptions().dtype(at::kInt).pinned_memory(true));
  std::copy(numbers_.begin(), numbers_.end(), pinned.data_ptr<std::int32_t>());
  sent_ = pinned.to(device, /*non_blocking=*/true);
  numbers_ = {};
}

DeviceSegments::DeviceSegments(const SegmentPlan& plan, DeviceTables& tables)
    : order_(tables.add(plan.order)),
      pieces_(tables.add(plan.pieces)),
      segments_(tables.add(plan.segments)),
      ids_(tables.add(plan.ids)),
      piece_count_(static_cast<std::int64_t>(plan.pieces.size()) - 1),
      segment_count_(static_cast<std::int64_t>(plan.ids.size())) {}

SegmentPieces DeviceSegments::pieces(const DeviceTables& tables) const {
  return {.order = tables.at(order_),
          .pieces = tables.at(pieces_),
          .segments = tables.at(segments_),
          .ids = tables.at(ids_),
          .piece_count = piece_count_,
          .segment_count = segment_count_};
}

}  // namespace unimo::trainer
