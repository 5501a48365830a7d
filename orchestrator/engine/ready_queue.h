// Tasks that may start, the most urgent first: those whose stage has the longest way to the end
// before it.
//
// What does not fit is passed over, so that small tasks use what big ones leave free; but a task
// that was passed over for too long holds everything behind it back, or it would never find its
// room.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "orchestrator/engine/plan.h"

namespace unimo {

enum class StartOutcome { kStarted, kNoRoom };

class ReadyQueue {
 public:
  // `stage_seconds`: what one task of each stage is expected to take.
  ReadyQueue(const Plan& plan, const std::vector<double>& stage_seconds);

  void add(std::uint32_t task);
  void add_later(std::uint32_t task, double when);  // a retry, at a time of the caller's clock
  bool empty() const { return buckets_.empty(); }
  bool nothing_later() const { return later_.empty(); }

  // Offers tasks to `start` until none fits any more.
  void offer(double now, const std::function<StartOutcome(std::uint32_t task)>& start);

 private:
  struct Bucket {
    std::deque<std::uint32_t> tasks;
    double passed_over_since = -1;
  };
  const Plan& plan_;
  std::vector<std::uint32_t> rank_;             // per stage: 0 is the most urgent
  std::map<std::uint32_t, Bucket> buckets_;     // by rank
  std::multimap<double, std::uint32_t> later_;  // retries by time
};

}  // namespace unimo
