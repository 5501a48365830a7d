#include "orchestrator/stage/event.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace unimo {

namespace {

constexpr std::array<std::pair<EventType, std::string_view>, 6> kNames{
    {{EventType::kStarted, "started"},
     {EventType::kMetric, "metric"},
     {EventType::kProgress, "progress"},
     {EventType::kNote, "note"},
     {EventType::kCount, "count"},
     {EventType::kFinished, "finished"}}};

// JSON has no NaN; the text keeps what it was.
Json number_or_text(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

double number_from(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  throw std::runtime_error("a value is neither a number nor nan, inf, -inf");
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string event_line(const Event& event) {
  Json line{{"time", event.time_ms}};
  for (const auto& [type, name] : kNames) {
    if (type == event.type) line["type"] = name;
  }
  switch (event.type) {
    case EventType::kStarted: break;
    case EventType::kMetric:
      line.update(
          {{"name", event.name}, {"step", event.step}, {"value", number_or_text(event.value)}});
      break;
    case EventType::kProgress:
      line.update({{"unit", event.name}, {"done", event.step}, {"total", event.total}});
      break;
    case EventType::kNote: line.update({{"level", event.level}, {"text", event.text}}); break;
    case EventType::kCount: line.update({{"name", event.name}, {"value", event.value}}); break;
    case EventType::kFinished:
      line.update({{"ok", event.succeeded}});
      if (!event.succeeded) line.update({{"error", event.text}, {"transient", event.transient}});
      break;
  }
  return canonical_text(line) + "\n";
}

Result<Event> parse_event(std::string_view text) {
  try {
    const Json line = Json::parse(text);
    const auto& type_name = line.at("type").get_ref<const std::string&>();
    Event event;
    bool known = false;
    for (const auto& [type, name] : kNames) {
      if (name == type_name) {
        event.type = type;
        known = true;
      }
    }
    if (!known) return fail(ErrorCode::kInvalid, "unknown event type \"{}\"", type_name);
    event.time_ms = line.at("time");
    switch (event.type) {
      case EventType::kStarted: break;
      case EventType::kMetric:
        event.name = line.at("name");
        event.step = line.at("step");
        event.value = number_from(line.at("value"));
        break;
      case EventType::kProgress:
        event.name = line.at("unit");
        event.step = line.at("done");
        event.total = line.at("total");
        break;
      case EventType::kNote:
        event.level = line.at("level");
        event.text = line.at("text");
        break;
      case EventType::kCount:
        event.name = line.at("name");
        event.value = number_from(line.at("value"));
        break;
      case EventType::kFinished:
        event.succeeded = line.at("ok");
        if (!event.succeeded) {
          event.text = line.at("error");
          event.transient = line.at("transient");
        }
        break;
    }
    return event;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalid, "not an event: {}", error.what());
  }
}

Result<EventWriter> EventWriter::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    return fail(ErrorCode::kIo, "{}: cannot open: {}", path.string(), std::strerror(errno));
  // A line cut short by a crash must not swallow the first line of this attempt.
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
    [[maybe_unused]] const ssize_t written = ::write(fd, "\n", 1);
  }
  return EventWriter(fd);
}

EventWriter::EventWriter(EventWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      lost_(other.lost_.load()),
      listener_(std::move(other.listener_)) {}

EventWriter::~EventWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void EventWriter::started() { write({.type = EventType::kStarted}); }

void EventWriter::metric(std::string_view name, double value, std::int64_t step) {
  write({.type = EventType::kMetric, .name = std::string(name), .step = step, .value = value});
}

void EventWriter::progress(std::int64_t done, std::int64_t total, std::string_view unit) {
  write({.type = EventType::kProgress, .name = std::string(unit), .step = done, .total = total});
}

void EventWriter::note(std::string_view level, std::string_view text) {
  write({.type = EventType::kNote, .text = std::string(text), .level = std::string(level)});
}

void EventWriter::count(std::string_view name, std::int64_t value) {
  write(
      {.type = EventType::kCount, .name = std::string(name), .value = static_cast<double>(value)});
}

void EventWriter::finished_ok() { write({.type = EventType::kFinished, .succeeded = true}); }

void EventWriter::finished_failed(std::string_view error, bool transient) {
  write({.type = EventType::kFinished,
         .text = std::string(error),
         .succeeded = false,
         .transient = transient});
}

void EventWriter::write(Event event) {
  event.time_ms = now_ms();
  const std::string line = event_line(event);
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ++lost_;
  if (listener_) listener_(event);
}

}  // namespace unimo
