// The files of an input of text corpora: each with the name that its documents carry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {
struct InputItem;
}

namespace unimo::stages {

struct TextFile {
  std::filesystem::path path;
  std::string name;  // below the input, or the file's own
};

// Items as they are; of folders every file that `wanted` takes by its name, sorted. kInvalid when
// there is none, or when two have the same name. `passed_over` counts the others.
Result<std::vector<TextFile>> find_text_files(std::span<const InputItem> items,
                                              const std::function<bool(const std::string&)>& wanted,
                                              std::int64_t& passed_over);

}  // namespace unimo::stages
