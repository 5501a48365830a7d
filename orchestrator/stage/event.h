// What a job tells while it runs: one JSON line per event, appended to `events.jsonl`.
//
// A metric is a measurement of the work and the same in every repetition; names that begin with
// "system." measure the machine (seconds, tokens per second) and are left out when runs are
// compared for equality. Writing never fails loudly: a tracker must not stop the training. What
// could not be written is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo {

enum class EventType { kStarted, kMetric, kProgress, kNote, kCount, kFinished };

struct Event {
  EventType type = EventType::kNote;
  std::int64_t time_ms = 0;  // since 1970, UTC
  std::string name;          // metric or counter; unit of a progress ("images")
  std::int64_t step = 0;     // metric; done so far of a progress
  std::int64_t total = 0;    // progress; 0: not known
  double value = 0;          // metric, counter
  std::string text;          // note; error of a failed finish
  std::string level;         // note: "info", "warning", "error"
  bool succeeded = false;    // finished
  bool transient = false;    // finished and failed: worth another try
};

std::string event_line(const Event& event);
Result<Event> parse_event(std::string_view line);

// Appends to one file, from any thread, one write(2) per event.
class EventWriter {
 public:
  static Result<EventWriter> open(const std::filesystem::path& path);
  EventWriter(EventWriter&& other) noexcept;
  EventWriter& operator=(EventWriter&&) = delete;
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;
  ~EventWriter();

  void started();
  // NaN and infinity are written as text and shown as such.
  void metric(std::string_view name, double value, std::int64_t step = 0);
  void progress(std::int64_t done, std::int64_t total, std::string_view unit);
  void note(std::string_view level, std::string_view text);
  // A total for this job: records read, records quarantined for a reason ("quarantine.truncated").
  void count(std::string_view name, std::int64_t value);
  void finished_ok();
  void finished_failed(std::string_view error, bool transient);

  // Called for every event, after it was written, on the thread that wrote it. Set before the first
  // event.
  void on_event(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

  std::int64_t lost() const { return lost_; }

 private:
  explicit EventWriter(int fd) : fd_(fd) {}
  void write(Event event);
  int fd_ = -1;
  std::atomic<std::int64_t> lost_ = 0;
  std::function<void(const Event&)> listener_;
};

}  // namespace unimo
