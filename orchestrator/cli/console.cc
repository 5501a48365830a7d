#include "orchestrator/cli/console.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>

namespace unimo {

namespace {

// Columns that a text takes on a terminal: UTF-8 continuation bytes and colour codes take none.
std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      i = std::min(text.find('m', i), text.size() - 1);
      continue;
    }
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++width;
  }
  return width;
}

}  // namespace

bool decide_color(bool no_color_flag) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color_flag || (no_color != nullptr && *no_color != '\0')) return false;
  return ::isatty(STDOUT_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(header_.size(), 0);
  const auto measure = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  };
  measure(header_);
  for (const auto& row : rows_) measure(row);
  std::string text;
  const auto append = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    text += line + "\n";
  };
  append(header_);
  for (const auto& row : rows_) append(row);
  return text;
}

std::string human_duration(double seconds) {
  if (seconds < 0) return "0 s";
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string human_bytes(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_time(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(seconds));
}

std::string human_number(std::optional<double> value) {
  if (!value) return "nan";
  if (*value == std::floor(*value) && std::abs(*value) < 1e15) return fmt::format("{:.0f}", *value);
  return fmt::format("{:.6g}", *value);
}

std::string colored_state(std::string_view state, bool color) {
  if (!color) return std::string(state);
  int code = 39;
  if (state == "succeeded") code = 32;
  if (state == "cached") code = 36;
  if (state == "running") code = 34;
  if (state == "failed" || state == "lost") code = 31;
  if (state == "interrupted" || state == "skipped" || state == "stopped") code = 33;
  return fmt::format("\033[{}m{}\033[0m", code, state);
}

std::string short_digest(std::string_view digest) { return std::string(digest.substr(0, 12)); }

void print_out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_note(std::string_view text) {
  std::fflush(stdout);  // what was said before stands before
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_json(const Json& value) {
  print_out(value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace unimo
