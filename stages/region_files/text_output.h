// A text file that is written a line at a time, and that knows where its lines begin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// create, line*, finish. One thread; movable.
class TextOutput {
 public:
  static Result<TextOutput> create(const std::filesystem::path& path);
  // Of the next line, in bytes.
  std::int64_t offset() const { return offset_; }
  // Adds a line feed.
  Status line(std::string_view text);
  Status finish();

 private:
  TextOutput(std::filesystem::path path, std::ofstream file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Status flaw() const;
  std::filesystem::path path_;
  std::ofstream file_;
  std::int64_t offset_ = 0;
};

}  // namespace unimo::stages
