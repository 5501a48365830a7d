// A file that is written piece by piece.
//
//   auto file = UNIMO_TRY(GrowingFile::create(folder / "rows.jsonl"));
//   UNIMO_TRY(file.add(line));
//   UNIMO_TRY(file.close());
#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "orchestrator/base/result.h"

namespace unimo {

// create, add*, close once.
class GrowingFile {
 public:
  // Empty; folders above the file are made.
  static Result<GrowingFile> create(std::filesystem::path path);
  Status add(std::string_view text);
  // kIo when anything could not be written since create.
  Status close();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit GrowingFile(std::filesystem::path path) : path_(std::move(path)) {}
  Status check() const;
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace unimo
