#include "orchestrator/engine/ready_queue.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace unimo {

namespace {

constexpr double kLongestPassedOverS = 60;

// Seconds from the start of a stage to the end of everything that needs it.
std::vector<double> seconds_to_the_end(const Plan& plan, const std::vector<double>& stage_seconds) {
  std::vector<std::set<std::uint32_t>> users(plan.stages.size());
  std::vector<bool> list_seen(plan.input_lists.size(), false);
  for (const PlannedTask& task : plan.tasks) {
    if (list_seen[task.inputs]) continue;
    list_seen[task.inputs] = true;
    for (const PlannedInput& input : plan.inputs_of(task)) {
      const std::uint32_t group = plan.sources[input.source].group;
      if (group != PlannedSource::kRaw) users[plan.groups[group].stage].insert(task.stage);
    }
  }
  std::vector<double> seconds = stage_seconds;
  for (std::size_t stage = plan.stages.size(); stage-- > 0;) {
    double longest = 0;
    for (const std::uint32_t user : users[stage]) longest = std::max(longest, seconds[user]);
    seconds[stage] += longest;
  }
  return seconds;
}

}  // namespace

ReadyQueue::ReadyQueue(const Plan& plan, const std::vector<double>& stage_seconds)
    : plan_(plan), rank_(plan.stages.size()) {
  const std::vector<double> seconds = seconds_to_the_end(plan, stage_seconds);
  std::vector<std::uint32_t> order(plan.stages.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return seconds[a] > seconds[b]; });
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) rank_[order[rank]] = rank;
}

void ReadyQueue::add(std::uint32_t task) {
  buckets_[rank_[plan_.tasks[task].stage]].tasks.push_back(task);
}

void ReadyQueue::add_later(std::uint32_t task, double when) { later_.emplace(when, task); }

void ReadyQueue::offer(double now, const std::function<StartOutcome(std::uint32_t task)>& start) {
  while (!later_.empty() && later_.begin()->first <= now) {
    add(later_.begin()->second);
    later_.erase(later_.begin());
  }
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    Bucket& bucket = it->second;
    while (!bucket.tasks.empty() && start(bucket.tasks.front()) == StartOutcome::kStarted) {
      bucket.tasks.pop_front();
      bucket.passed_over_since = -1;
    }
    if (bucket.tasks.empty()) {
      it = buckets_.erase(it);
      continue;
    }
    if (bucket.passed_over_since < 0) bucket.passed_over_since = now;
    if (now - bucket.passed_over_since > kLongestPassedOverS) return;
    ++it;
  }
}

}  // namespace unimo
