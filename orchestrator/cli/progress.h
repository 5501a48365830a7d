// Shows a run as it goes on: one line rewritten on a terminal, plain lines elsewhere. All on
// stderr.
#pragma once

#include <map>
#include <string>

#include "orchestrator/engine/observer.h"

namespace unimo {

class ProgressDisplay : public Observer {
 public:
  // `live`: stderr is a terminal. `quiet`: only failures are shown.
  ProgressDisplay(bool live, bool color, bool quiet)
      : live_(live && !quiet), color_(color), quiet_(quiet) {}

  void run_started(const RunNews& news, bool continued) override;
  void task_started(const TaskNews& task) override;
  void task_progress(const TaskNews& task) override;
  void task_cached(const TaskNews& task) override;
  void task_succeeded(const TaskNews& task) override;
  void task_will_retry(const TaskNews& task, double in_seconds) override;
  void task_failed(const TaskNews& task) override;
  void task_skipped(const TaskNews& task) override;
  void task_silent(const TaskNews& task, double seconds) override;
  void tick(const RunNews& news) override;
  void run_finished(const RunNews& news) override;

 private:
  // Writes a whole line above the live one.
  void say(const std::string& line, bool important = false);
  void clear_live_line();
  std::string live_text(const RunNews& news) const;

  bool live_, color_, quiet_;
  bool drawn_ = false;
  std::map<std::string, TaskNews> running_;
};

}  // namespace unimo
