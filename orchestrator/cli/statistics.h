// What the task of an artifact counted, set against what the makers of the data publish: the
// artifact's statistics.json (docs/formats.md), whatever stage wrote it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo {

struct OfficialCount {
  std::string what;  // "examples.train"
  std::int64_t found = 0;
  std::int64_t official = 0;
};

struct Statistics {
  Json document;                        // as it stands in the file; null when it cannot be read
  std::vector<OfficialCount> official;  // by name
  std::string flaw;                     // empty: the file is as it should be
};

// Nothing when the folder has no statistics.json.
std::optional<Statistics> read_statistics(const std::filesystem::path& artifact);

// A line for each group of numbers ("examples  train 5, val 2"), without the official ones.
std::string counts_text(const Statistics& statistics);

// "warning: mnli has 5 of the 392702 official examples.train": where numbers differ, and what is
// wrong with the file.
std::vector<std::string> warnings_of(const Statistics& statistics, std::string_view task);

}  // namespace unimo
