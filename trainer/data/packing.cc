#include "trainer/data/packing.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace unimo::trainer {

namespace {

struct Bin {
  std::uint64_t rows = 0;
  std::uint64_t squares = 0;
  std::vector<std::uint32_t> members;
};

std::uint64_t square(std::uint32_t length) { return std::uint64_t{length} * length; }

bool fits(const Bin& bin, std::uint32_t length, const PackingBudget& budget) {
  return bin.rows + length <= budget.max_rows &&
         (budget.max_sequences == 0 || bin.members.size() < budget.max_sequences) &&
         (budget.max_squares == 0 || bin.squares + square(length) <= budget.max_squares);
}

void put(Bin& bin, std::uint32_t index, std::uint32_t length) {
  bin.rows += length;
  bin.squares += square(length);
  bin.members.push_back(index);
}

Status check_alone(std::span<const std::uint32_t> lengths, const PackingBudget& budget) {
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (!fits(Bin{}, lengths[i], budget)) {
      return fail(
          ErrorCode::kInvalid,
          "sequence {} has {} rows, more than a micro-batch may hold ({} rows, {} squares); "
          "raise the budget or cut sequences shorter",
          i, lengths[i], budget.max_rows, budget.max_squares);
    }
  }
  return ok();
}

}  // namespace

Result<std::vector<std::vector<std::uint32_t>>> pack_sequences(
    std::span<const std::uint32_t> lengths, const PackingBudget& budget) {
  UNIMO_TRY(check_alone(lengths, budget));
  std::vector<std::uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(
      order, [&](std::uint32_t a, std::uint32_t b) { return lengths[a] > lengths[b]; });

  std::vector<Bin> bins;
  std::set<std::pair<std::uint64_t, std::size_t>> by_room;  // rows left, bin
  for (const std::uint32_t index : order) {
    const std::uint32_t length = lengths[index];
    auto place = by_room.lower_bound({length, 0});
    while (place != by_room.end() && !fits(bins[place->second], length, budget)) ++place;
    std::size_t bin = bins.size();
    if (place != by_room.end()) {
      bin = place->second;
      by_room.erase(place);
    } else {
      bins.emplace_back();
    }
    put(bins[bin], index, length);
    // A full bin is never looked at again, which keeps the search short.
    const bool full = budget.max_sequences != 0 && bins[bin].members.size() >= budget.max_sequences;
    if (!full) by_room.emplace(budget.max_rows - bins[bin].rows, bin);
  }

  std::vector<std::vector<std::uint32_t>> batches;
  for (Bin& bin : bins) {
    std::ranges::sort(bin.members);
    batches.push_back(std::move(bin.members));
  }
  std::ranges::sort(batches, {}, [](const auto& members) { return members.front(); });
  return batches;
}

Result<std::vector<std::vector<std::uint32_t>>> pack_in_order(
    std::span<const std::uint32_t> lengths, const PackingBudget& budget) {
  UNIMO_TRY(check_alone(lengths, budget));
  std::vector<std::vector<std::uint32_t>> batches;
  Bin bin;
  for (std::uint32_t i = 0; i < lengths.size(); ++i) {
    if (!bin.members.empty() && !fits(bin, lengths[i], budget)) {
      batches.push_back(std::move(bin.members));
      bin = {};
    }
    put(bin, i, lengths[i]);
  }
  if (!bin.members.empty()) batches.push_back(std::move(bin.members));
  return batches;
}

}  // namespace unimo::trainer
