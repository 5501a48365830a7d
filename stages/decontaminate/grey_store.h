// Small grey pictures by number, outside memory: hundreds of thousands of them are hundreds of
// megabytes. add from one thread; then read from any number.
#pragma once

#include <cstdint>
#include <filesystem>

#include "orchestrator/base/result.h"
#include "stages/decontaminate/picture_hash.h"

namespace unimo::stages {

class GreyStore {
 public:
  // `folder` holds the file, which has no name there.
  static Result<GreyStore> create(const std::filesystem::path& folder);
  GreyStore(GreyStore&& other) noexcept;
  GreyStore& operator=(GreyStore&& other) noexcept;
  ~GreyStore();

  // Numbers go from 0 upwards.
  Status add(const GreyPicture& picture);
  Result<GreyPicture> read(std::uint32_t number) const;

 private:
  explicit GreyStore(int fd) : fd_(fd) {}
  int fd_ = -1;
  std::int64_t count_ = 0;
};

}  // namespace unimo::stages
