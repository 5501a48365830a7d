// Which tasks of a plan may start: those whose inputs are all there. A finished task touches only
// what takes from it.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/engine/plan.h"

namespace unimo {

class Readiness {
 public:
  explicit Readiness(const Plan& plan);

  // Tasks that need nothing of other tasks, in plan order.
  std::vector<std::uint32_t> initially_ready() const;
  // To be called once for each task that is done. Gives the tasks that became ready by it, in plan
  // order.
  std::vector<std::uint32_t> done(std::uint32_t task);
  // All tasks that need `task`, directly or through others, in plan order.
  std::vector<std::uint32_t> dependents(std::uint32_t task) const;

 private:
  const Plan& plan_;
  std::vector<std::vector<std::uint32_t>> groups_of_task_;
  std::vector<std::uint32_t> missing_of_group_;             // tasks of the group that are not done
  std::vector<std::vector<std::uint32_t>> lists_of_group_;  // input lists that take from it
  std::vector<std::uint32_t> missing_of_list_;  // groups of the list that are not complete
  std::vector<std::vector<std::uint32_t>> tasks_of_list_;
};

}  // namespace unimo
