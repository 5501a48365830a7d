#include "orchestrator/experiment/input_source.h"

namespace unimo {

namespace {

// The first of `stops` at or after `from` that is not inside ${…}.
std::size_t find_outside_references(const std::string& text, std::string_view stops,
                                    std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text.compare(i, 2, "${") == 0) {
      const std::size_t end = text.find('}', i);
      if (end == std::string::npos) return std::string::npos;
      i = end;
    } else if (stops.find(text[i]) != std::string_view::npos) {
      return i;
    }
  }
  return std::string::npos;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Status parse_selection(const std::string& inside, InputSource& source) {
  for (std::size_t from = 0; from <= inside.size();) {
    std::size_t end = find_outside_references(inside, ",", from);
    if (end == std::string::npos) end = inside.size();
    const std::string item = inside.substr(from, end - from);
    const std::size_t equals = find_outside_references(item, "=", 0);
    const std::string key =
        equals == std::string::npos ? std::string() : trimmed(item.substr(0, equals));
    if (key.empty()) {
      return fail(ErrorCode::kInvalid, "\"{}\": \"{}\" is not key=value", source.text, item);
    }
    source.select.emplace_back(key, trimmed(item.substr(equals + 1)));
    from = end + 1;
  }
  return ok();
}

Status check_sub_path(const InputSource& source) {
  const std::filesystem::path path(source.sub_path);
  for (const auto& part : path) {
    if (part == "." || part == ".." || part == "/") {
      return fail(ErrorCode::kInvalid, "\"{}\": \"{}\" may not stand in a path below an artifact",
                  source.text, part.string());
    }
  }
  return ok();
}

}  // namespace

Result<InputSource> parse_input_source(const std::string& text) {
  InputSource source{.text = text};
  const std::size_t stop = find_outside_references(text, "[/", 0);
  source.stage = text.substr(0, stop);
  if (source.stage.empty()) return fail(ErrorCode::kInvalid, "\"{}\" names no stage", text);
  if (stop == std::string::npos) return source;
  std::size_t rest = stop;
  if (text[stop] == '[') {
    const std::size_t close = find_outside_references(text, "]", stop);
    if (close == std::string::npos)
      return fail(ErrorCode::kInvalid, "\"{}\" has a [ without its ]", text);
    UNIMO_TRY(parse_selection(text.substr(stop + 1, close - stop - 1), source));
    rest = close + 1;
  }
  if (rest == text.size()) return source;
  if (text[rest] != '/') {
    return fail(ErrorCode::kInvalid, "\"{}\": \"{}\" follows where a / or the end is expected",
                text, text.substr(rest));
  }
  source.sub_path = text.substr(rest + 1);
  while (source.sub_path.ends_with('/')) source.sub_path.pop_back();
  UNIMO_TRY(check_sub_path(source));
  return source;
}

}  // namespace unimo
