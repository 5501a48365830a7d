// A text file that is written a line at a time, and that knows where its lines begin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "orchestrator/base/growing_file.h"

namespace unimo::stages {

// create, line*, finish. One thread; movable.
class TextOutput {
 public:
  static Result<TextOutput> create(const std::filesystem::path& path) {
    GrowingFile file = UNIMO_TRY(GrowingFile::create(path));
    return TextOutput(std::move(file));
  }
  // Of the next line, in bytes.
  std::int64_t offset() const { return offset_; }
  // Adds a line feed.
  Status line(std::string_view text) {
    offset_ += static_cast<std::int64_t>(text.size()) + 1;
    UNIMO_TRY(file_.add(text));
    return file_.add("\n");
  }
  Status finish() { return file_.close(); }

 private:
  explicit TextOutput(GrowingFile file) : file_(std::move(file)) {}
  GrowingFile file_;
  std::int64_t offset_ = 0;
};

}  // namespace unimo::stages
