#include "trainer/objectives/mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

// Small enough that a short run sees every objective, large enough for shares of one percent.
constexpr int kCycle = 240;

// Slots by the largest remainder, at least one for every objective in use.
std::vector<std::int64_t> share_slots(std::span<const double> weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  UNIMO_CHECK(total > 0, "no objective has a weight");
  std::vector<std::int64_t> counts;
  std::vector<std::pair<double, int>> remainders;
  std::int64_t given = 0;
  for (const double weight : weights) {
    const double exact = weight / total * kCycle;
    const auto floor = static_cast<std::int64_t>(exact);
    counts.push_back(weight > 0 ? std::max<std::int64_t>(floor, 1) : 0);
    if (weight > 0)
      remainders.emplace_back(static_cast<double>(floor) - exact,
                              static_cast<int>(counts.size()) - 1);
    given += counts.back();
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t i = 0; given < kCycle; ++i, ++given) {
    ++counts[static_cast<std::size_t>(remainders[i % remainders.size()].second)];
  }
  return counts;
}

// Smooth weighted round-robin: always the objective that is furthest behind its share.
std::vector<int> spread(const std::vector<std::int64_t>& counts) {
  const std::int64_t size = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<std::int64_t> credit(counts.size(), 0);
  std::vector<int> slots;
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < counts.size(); ++k) credit[k] += counts[k];
    const auto best = std::max_element(credit.begin(), credit.end());
    *best -= size;
    slots.push_back(static_cast<int>(best - credit.begin()));
  }
  return slots;
}

}  // namespace

Mixture::Mixture(std::span<const double> weights, std::uint64_t seed)
    : per_cycle_(share_slots(weights)) {
  slots_ = spread(per_cycle_);
  std::rotate(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(seed % slots_.size()),
              slots_.end());
  std::vector<std::int64_t> seen(per_cycle_.size(), 0);
  for (const int objective : slots_) before_.push_back(seen[static_cast<std::size_t>(objective)]++);
}

Mixture::Turn Mixture::turn(std::int64_t micro_batch) const {
  const auto size = static_cast<std::int64_t>(slots_.size());
  const auto slot = static_cast<std::size_t>(micro_batch % size);
  const int objective = slots_[slot];
  return {objective,
          micro_batch / size * per_cycle_[static_cast<std::size_t>(objective)] + before_[slot]};
}

std::vector<std::int64_t> Mixture::served(std::int64_t micro_batches) const {
  const auto size = static_cast<std::int64_t>(slots_.size());
  std::vector<std::int64_t> counts;
  for (const std::int64_t slots : per_cycle_) counts.push_back(micro_batches / size * slots);
  for (std::int64_t i = 0; i < micro_batches % size; ++i)
    ++counts[static_cast<std::size_t>(slots_[std::size_t(i)])];
  return counts;
}

}  // namespace unimo::trainer
