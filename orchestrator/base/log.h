// Levelled lines on stderr: time, level, component, message. Safe from any thread.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace unimo {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// The one global of the program: lines below this level are not written. Default kInfo.
void set_log_level(LogLevel level);
LogLevel log_level();

void write_log(LogLevel level, std::string_view component, std::string_view message);

// log_line(LogLevel::kInfo, "engine", "started {} as {}", task, pid);
template <typename... Args>
void log_line(LogLevel level, std::string_view component, fmt::format_string<Args...> text,
              Args&&... args) {
  if (level >= log_level())
    write_log(level, component, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace unimo
