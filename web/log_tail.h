// Parts of the logs that attempts leave behind, by byte offset, so that a page can follow a growing
// file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/store.h"

namespace unimo::web {

// Where a log lies, as the store says.
struct LogPlace {
  std::filesystem::path file;  // relative to the root
  std::int64_t attempt = 0;
  bool running = false;
};

struct LogPart {
  std::string text;
  std::int64_t offset = 0;  // of the first byte of `text`
  std::int64_t size = 0;    // of the file now
};

// The log `stream` ("stdout" or "stderr") of a task's attempt; attempt 0 is the latest. kNotFound
// when the task has not been tried.
Result<LogPlace> find_log(Database& database, std::int64_t task, std::int64_t attempt,
                          std::string_view stream);

// At most `limit` bytes from `offset`; a negative offset counts from the end. A part that does not
// reach the file's begin starts at a line. A log that is not there yet is empty.
Result<LogPart> read_log(const StorePaths& paths, const LogPlace& place, std::int64_t offset,
                         std::size_t limit);

}  // namespace unimo::web
