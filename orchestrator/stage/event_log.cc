#include "orchestrator/stage/event_log.h"

#include "orchestrator/base/log.h"

namespace unimo {

namespace {

constexpr auto kBetweenProgressLines = std::chrono::seconds(5);

LogLevel level_of(const std::string& name) {
  if (name == "error") return LogLevel::kError;
  if (name == "warning") return LogLevel::kWarning;
  return LogLevel::kInfo;
}

}  // namespace

void EventLog::tell(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (event.type != EventType::kMetric || event.step != step_) write_metrics();
  switch (event.type) {
    case EventType::kStarted: break;
    case EventType::kMetric:
      step_ = event.step;
      metrics_ += fmt::format("{}{} {:.5g}", metrics_.empty() ? "" : ", ", event.name, event.value);
      break;
    case EventType::kProgress: write_progress(event); break;
    case EventType::kNote: log_line(level_of(event.level), component_, "{}", event.text); break;
    case EventType::kCount:
      log_line(LogLevel::kInfo, component_, "{}: {:.0f}", event.name, event.value);
      break;
    case EventType::kFinished:
      if (event.succeeded) log_line(LogLevel::kInfo, component_, "done");
      break;
  }
}

void EventLog::write_metrics() {
  if (metrics_.empty()) return;
  const std::string step = step_ > 0 ? fmt::format("step {}: ", step_) : "";
  log_line(LogLevel::kInfo, component_, "{}{}", step, metrics_);
  metrics_.clear();
}

void EventLog::write_progress(const Event& event) {
  const auto now = std::chrono::steady_clock::now();
  const bool last = event.total > 0 && event.step >= event.total;
  if (!last && now - progress_written_ < kBetweenProgressLines) return;
  progress_written_ = now;
  const std::string total = event.total > 0 ? fmt::format(" of {}", event.total) : "";
  log_line(LogLevel::kInfo, component_, "{}{} {}", event.step, total, event.name);
}

}  // namespace unimo
