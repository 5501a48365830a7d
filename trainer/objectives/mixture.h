// Which objective a micro-batch serves: a pure function of its number and the seed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unimo::trainer {

// Objectives in a fixed cycle of slots in which each has its share of `weights`, spread evenly.
// Because a cycle is a table, how often an objective was served before a micro-batch is known
// without counting: a resumed run needs nothing but its step.
class Mixture {
 public:
  // Weights are not negative and one is positive. An objective with a positive weight gets at least
  // one slot.
  Mixture(std::span<const double> weights, std::uint64_t seed);

  struct Turn {
    int objective = 0;               // number of its weight
    std::int64_t served_before = 0;  // micro-batches of this objective before this one
  };
  Turn turn(std::int64_t micro_batch) const;

  // Micro-batches of each objective in the first `micro_batches`.
  std::vector<std::int64_t> served(std::int64_t micro_batches) const;

 private:
  std::vector<int> slots_;  // objective of each slot of the cycle
  std::vector<std::int64_t>
      before_;  // served before the slot within the cycle, by its own objective
  std::vector<std::int64_t> per_cycle_;  // slots of each objective
};

}  // namespace unimo::trainer
