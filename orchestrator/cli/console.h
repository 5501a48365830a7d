// Text for people: tables, durations, sizes, colours where a terminal wants them, one live progress
// line. Data goes to stdout, progress and messages to stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo {

struct ConsoleOptions {
  bool json = false;
  bool quiet = false;
  bool color = false;  // decided by decide_color()
};

// Colour on a terminal, unless NO_COLOR is set, TERM is dumb, or --no-color was given.
bool decide_color(bool no_color_flag);

// Left-aligned columns, as wide as their content; numbers right-aligned with `right`.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

std::string human_duration(double seconds);             // "4.2 s", "3 min 05 s", "2 h 07 min"
std::string human_bytes(std::int64_t bytes);            // "12.4 MB"
std::string human_time(std::int64_t time_ms);           // local time, "2026-11-26 19:13:52"
std::string human_number(std::optional<double> value);  // 6 significant digits, "nan"
std::string colored_state(std::string_view state, bool color);
std::string short_digest(std::string_view digest);  // 12 characters

void print_out(std::string_view text);   // stdout
void print_note(std::string_view text);  // stderr
void print_json(const Json& value);      // stdout, indented

}  // namespace unimo
