// A file of halves that has no name: it holds the descriptions between two passes and disappears
// with its owner, also when the program is killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Rows can be written and read at any place, from any thread.
class Scratch {
 public:
  static Result<Scratch> open(const std::filesystem::path& folder);
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // `position` counts numbers, not bytes.
  Status write(std::int64_t position, std::span<const float> values);
  Status read(std::int64_t position, std::span<float> values) const;

 private:
  explicit Scratch(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace unimo::stages
