// The picture files below some folders, found by name the way corpora name them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"

namespace unimo::stages {

class ImageFiles {
 public:
  // Looks through every folder, sub-folders included (linked folders are not entered); an item may
  // also be a file.
  static Result<ImageFiles> scan(std::span<const InputItem> items);

  struct Found {
    std::filesystem::path path;  // empty: none, or more than one
    std::string other;           // the second of two equally good candidates
    bool by_number = false;      // under another name with the same number
    bool missing() const { return path.empty() && other.empty(); }
  };

  // `name` may carry folders ("val2014/COCO_val2014_000000000042.jpg"), which then tell files of
  // one name apart. With `number`, a file whose name ends in these digits will do: COCO's 2014 and
  // 2017 names share them.
  Found find(std::string_view name, std::int64_t number = -1) const;

  // Every file that looks like a picture by its name, sorted.
  std::vector<std::filesystem::path> all() const;
  std::size_t size() const { return count_; }

 private:
  std::map<std::string, std::vector<std::filesystem::path>, std::less<>> by_name_;
  std::map<std::int64_t, std::vector<std::filesystem::path>> by_number_;
  std::size_t count_ = 0;
};

// The digits at the end of a file's stem ("COCO_val2014_000000000042.jpg": 42); -1 when there are
// none.
std::int64_t trailing_number(const std::filesystem::path& path);

}  // namespace unimo::stages
