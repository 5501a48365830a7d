#include "orchestrator/base/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "orchestrator/base/file.h"

namespace unimo {

namespace {

// Deeper documents are none of ours, and walking one takes stack for each level.
constexpr int kMaxDepth = 500;

std::size_t line_of(std::string_view text, std::size_t byte) {
  const std::size_t end = std::min(byte, text.size());
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view origin) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorCode::kInvalid, "{}:1: starts with a byte order mark; save it as plain UTF-8",
                origin);
  }
  // The library keeps the last of two equal keys in silence; the callback sees every key of each
  // open object.
  std::vector<std::set<std::string>> keys;
  std::string duplicate;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxDepth) too_deep = true;
    if (too_deep) return false;  // what is nested deeper is not kept
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      duplicate = value.get<std::string>();
    }
    return true;
  };
  try {
    Json document = Json::parse(text, watch);
    if (too_deep) {
      return fail(ErrorCode::kInvalid,
                  "{}: lists and objects lie in each other {} deep; is it JSON?", origin,
                  kMaxDepth);
    }
    if (!duplicate.empty()) {
      return fail(ErrorCode::kInvalid, "{}: the key \"{}\" stands twice in one object", origin,
                  duplicate);
    }
    return document;
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::kInvalid, "{}:{}: not valid JSON: {}", origin, line_of(text, error.byte),
                error.what());
  } catch (const Json::exception& error) {  // a number that no double holds
    return fail(ErrorCode::kInvalid, "{}: not usable JSON: {}", origin, error.what());
  }
}

Result<Json> read_json(const std::filesystem::path& path) {
  const std::string text = UNIMO_TRY(read_file(path));
  return parse_json(text, path.string());
}

std::string canonical_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status write_json(const std::filesystem::path& path, const Json& value) {
  return write_file_atomic(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace unimo
