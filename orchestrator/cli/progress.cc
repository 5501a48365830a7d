#include "orchestrator/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "orchestrator/cli/console.h"

namespace unimo {

namespace {

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

std::string share_done(const TaskNews& task) {
  if (task.total <= 0) return task.name;
  return fmt::format("{} {}/{} {} ({:.0f} %)", task.name, task.done, task.total, task.unit,
                     100.0 * static_cast<double>(task.done) / static_cast<double>(task.total));
}

// A running task's own pace, where it tells its progress; the engine's history cannot know this
// run.
std::optional<double> own_seconds_left(const TaskNews& task) {
  if (task.total <= 0 || task.done <= 0 || task.seconds <= 0) return std::nullopt;
  return task.seconds * static_cast<double>(task.total - task.done) /
         static_cast<double>(task.done);
}

}  // namespace

void ProgressDisplay::run_started(const RunNews& news, bool continued) {
  say(fmt::format("run {}: {} task(s){}", news.run, news.total,
                  continued ? ", going on where it stopped" : ""));
}

void ProgressDisplay::task_started(const TaskNews& task) {
  running_[task.name] = task;
  const std::string attempt = task.attempt > 1 ? fmt::format(" (attempt {})", task.attempt) : "";
  say(fmt::format("{} {}{}: {}", colored_state("running", color_), task.name, attempt,
                  task.reason));
}

void ProgressDisplay::task_progress(const TaskNews& task) { running_[task.name] = task; }

void ProgressDisplay::task_cached(const TaskNews& task) {
  say(fmt::format("{}  {}: {}", colored_state("cached", color_), task.name, task.reason));
}

void ProgressDisplay::task_succeeded(const TaskNews& task) {
  running_.erase(task.name);
  say(fmt::format("{}    {} in {}", color_ ? "\033[32mdone\033[0m" : "done", task.name,
                  human_duration(task.seconds)));
}

void ProgressDisplay::task_will_retry(const TaskNews& task, double in_seconds) {
  running_.erase(task.name);
  say(fmt::format("{} failed and will be tried again in {}: {}", task.name,
                  human_duration(in_seconds), task.error),
      true);
}

void ProgressDisplay::task_failed(const TaskNews& task) {
  running_.erase(task.name);
  say(fmt::format("{}  {}: {}\n        log: {}", colored_state("failed", color_), task.name,
                  task.error, task.log),
      true);
}

void ProgressDisplay::task_skipped(const TaskNews& task) {
  say(fmt::format("{} {}: {}", colored_state("skipped", color_), task.name, task.reason));
}

void ProgressDisplay::task_silent(const TaskNews& task, double seconds) {
  say(fmt::format("{} has said nothing for {}; `unimo logs -f` shows its output", task.name,
                  human_duration(seconds)),
      true);
}

void ProgressDisplay::tick(const RunNews& news) {
  if (!live_) return;
  std::string text = live_text(news);
  const std::size_t columns = terminal_columns() - 1;
  if (text.size() > columns) text.resize(columns);
  print_note("\r\033[K" + text);
  drawn_ = true;
}

void ProgressDisplay::run_finished(const RunNews&) { clear_live_line(); }

std::string ProgressDisplay::live_text(const RunNews& news) const {
  std::string text = fmt::format("[{}/{}]", news.done, news.total);
  std::optional<double> left = news.seconds_left;
  for (const auto& [name, task] : running_) {
    text += " " + share_done(task);
    if (running_.size() == 1 && news.done + 1 == news.total) left = own_seconds_left(task);
  }
  if (left) text += fmt::format(", about {} left", human_duration(*left));
  return text;
}

void ProgressDisplay::say(const std::string& line, bool important) {
  if (quiet_ && !important) return;
  clear_live_line();
  print_note(line + "\n");
}

void ProgressDisplay::clear_live_line() {
  if (drawn_) print_note("\r\033[K");
  drawn_ = false;
}

}  // namespace unimo
