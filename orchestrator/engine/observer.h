// What a run tells while it goes on, for whoever draws progress. Called from the engine's one
// thread, between its steps: return soon.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace unimo {

// One task, as far as it is known when a call is made.
struct TaskNews {
  std::string name;  // "finetune[task=vqa]"
  std::string stage;
  std::string kind;
  int attempt = 1;
  std::string reason;      // why it runs, or where its result was taken from
  std::string error;       // of a failure
  std::string log;         // path of stderr.log of the attempt; empty for cached tasks
  std::int64_t done = 0;   // progress, in `unit`
  std::int64_t total = 0;  // 0: not known
  std::string unit;
  double seconds = 0;  // since the attempt began
};

struct RunNews {
  std::string run;         // id; empty when there was nothing to do
  std::int64_t total = 0;  // tasks
  std::int64_t done = 0;   // succeeded or cached
  std::int64_t cached = 0;
  std::int64_t failed = 0;
  std::int64_t running = 0;
  std::optional<double>
      seconds_left;  // predicted from earlier tasks of the same kinds; empty without history
};

class Observer {
 public:
  virtual ~Observer() = default;
  // `continued`: the run was there before, interrupted or failed, and goes on.
  virtual void run_started(const RunNews&, bool /*continued*/) {}
  virtual void task_started(const TaskNews&) {}
  virtual void task_progress(const TaskNews&) {}
  virtual void task_cached(const TaskNews&) {}
  virtual void task_succeeded(const TaskNews&) {}
  virtual void task_will_retry(const TaskNews&, double /*in_seconds*/) {}
  virtual void task_failed(const TaskNews&) {}
  // Not run because something it needs failed.
  virtual void task_skipped(const TaskNews&) {}
  // A task has said nothing for a while.
  virtual void task_silent(const TaskNews&, double /*seconds*/) {}
  // After each round of the loop, a few times a second.
  virtual void tick(const RunNews&) {}
  virtual void run_finished(const RunNews&) {}
};

}  // namespace unimo
