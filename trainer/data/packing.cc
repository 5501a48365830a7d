#include "trainer/data/packing.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace unimo::trainer {

std::vector<std::vector<std::uint32_t>> balance_rows(std::span<const std::uint32_t> lengths,
                                                     std::size_t groups) {
  std::vector<std::uint32_t> longest_first(lengths.size());
  std::iota(longest_first.begin(), longest_first.end(), 0U);
  std::ranges::stable_sort(longest_first, std::greater<>(),
                           [&](std::uint32_t index) { return lengths[index]; });

  using Load = std::pair<std::uint64_t, std::size_t>;  // rows, group
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (std::size_t group = 0; group < groups; ++group) loads.emplace(0, group);
  std::vector<std::vector<std::uint32_t>> members(groups);
  for (const std::uint32_t index : longest_first) {
    const auto [rows, group] = loads.top();
    loads.pop();
    members[group].push_back(index);
    loads.emplace(rows + lengths[index], group);
  }
  for (auto& group : members) std::ranges::sort(group);
  return members;
}

}  // namespace unimo::trainer
