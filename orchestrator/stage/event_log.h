// A job's events as log lines, for whoever watches the job: one line per step with all its metrics,
// progress now and then, notes and counts as they come.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "orchestrator/stage/event.h"

namespace unimo {

// Safe from any thread.
class EventLog {
 public:
  // `component` stands in front of every line: the task.
  explicit EventLog(std::string component) : component_(std::move(component)) {}
  void tell(const Event& event);

 private:
  void write_metrics();
  void write_progress(const Event& event);
  std::mutex mutex_;
  std::string component_;
  std::string metrics_;  // of step_, not yet written
  std::int64_t step_ = 0;
  std::chrono::steady_clock::time_point progress_written_{};
};

}  // namespace unimo
