// Parallel text from files: sentences beside their translations.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/schema/translation.h"

namespace unimo::stages {

struct ParallelText {
  std::vector<std::string> sources, targets;  // of equal length
  // Why pairs were left out.
  std::int64_t empty = 0;   // one side has nothing but blanks
  std::int64_t broken = 0;  // one side is not UTF-8
};

// All files, in their order. A name is looked up in the folders and must be in exactly one of them.
// kInvalid, naming file and line, for files of different numbers of lines and for lines of a tsv
// with too few columns.
Result<ParallelText> read_parallel_text(std::span<const std::filesystem::path> folders,
                                        std::span<const ParallelFiles> files);

}  // namespace unimo::stages
