#include "orchestrator/engine/readiness.h"

#include <algorithm>
#include <set>

namespace unimo {

Readiness::Readiness(const Plan& plan)
    : plan_(plan),
      groups_of_task_(plan.tasks.size()),
      missing_of_group_(plan.groups.size()),
      lists_of_group_(plan.groups.size()),
      missing_of_list_(plan.input_lists.size()),
      tasks_of_list_(plan.input_lists.size()) {
  for (std::uint32_t group = 0; group < plan.groups.size(); ++group) {
    missing_of_group_[group] = static_cast<std::uint32_t>(plan.groups[group].tasks.size());
    for (const std::uint32_t task : plan.groups[group].tasks)
      groups_of_task_[task].push_back(group);
  }
  for (std::uint32_t list = 0; list < plan.input_lists.size(); ++list) {
    std::set<std::uint32_t> groups;
    for (const PlannedInput& input : plan.input_lists[list]) {
      const std::uint32_t group = plan.sources[input.source].group;
      if (group != PlannedSource::kRaw) groups.insert(group);
    }
    missing_of_list_[list] = static_cast<std::uint32_t>(groups.size());
    for (const std::uint32_t group : groups) lists_of_group_[group].push_back(list);
  }
  for (std::uint32_t task = 0; task < plan.tasks.size(); ++task) {
    tasks_of_list_[plan.tasks[task].inputs].push_back(task);
  }
}

std::vector<std::uint32_t> Readiness::initially_ready() const {
  std::vector<std::uint32_t> ready;
  for (std::uint32_t task = 0; task < plan_.tasks.size(); ++task) {
    if (missing_of_list_[plan_.tasks[task].inputs] == 0) ready.push_back(task);
  }
  return ready;
}

std::vector<std::uint32_t> Readiness::done(std::uint32_t task) {
  std::vector<std::uint32_t> ready;
  for (const std::uint32_t group : groups_of_task_[task]) {
    if (--missing_of_group_[group] != 0) continue;
    for (const std::uint32_t list : lists_of_group_[group]) {
      if (--missing_of_list_[list] != 0) continue;
      ready.insert(ready.end(), tasks_of_list_[list].begin(), tasks_of_list_[list].end());
    }
  }
  std::sort(ready.begin(), ready.end());
  return ready;
}

std::vector<std::uint32_t> Readiness::dependents(std::uint32_t task) const {
  std::set<std::uint32_t> found;
  std::set<std::uint32_t> seen_lists;
  std::vector<std::uint32_t> open{task};
  while (!open.empty()) {
    const std::uint32_t next = open.back();
    open.pop_back();
    for (const std::uint32_t group : groups_of_task_[next]) {
      for (const std::uint32_t list : lists_of_group_[group]) {
        if (!seen_lists.insert(list).second) continue;
        for (const std::uint32_t user : tasks_of_list_[list]) {
          if (found.insert(user).second) open.push_back(user);
        }
      }
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace unimo
