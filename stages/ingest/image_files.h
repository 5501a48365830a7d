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

// Takes about 20 bytes a file beside its name: collections have millions.
class ImageFiles {
 public:
  // Looks through every folder, sub-folders included (linked folders are not entered); an item may
  // also be a file.
  static Result<ImageFiles> scan(std::span<const InputItem> items);

  struct Found {
    std::filesystem::path path;  // empty: none, or more than one
    std::string other;           // the two of equally good candidates, from their item on
    bool by_number = false;      // under another name with the same number
    bool missing() const { return path.empty() && other.empty(); }
  };

  // `name` may carry folders ("val2014/COCO_val2014_000000000042.jpg"), which then tell files of
  // one name apart. With `number`, a file whose name ends in these digits will do: COCO's 2014 and
  // 2017 names share them.
  Found find(std::string_view name, std::int64_t number = -1) const;

  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::uint64_t name = 0;  // where it begins in names_
    std::uint32_t folder = 0;
  };
  struct Folder {
    std::filesystem::path path;
    std::size_t shown = 0;  // bytes of the path that lead to the item and are not for messages
  };

  void add(const std::filesystem::path& path, std::size_t shown,
           std::map<std::filesystem::path, std::uint32_t>& numbers);
  void sort();
  std::string_view name_of(std::uint32_t file) const;
  std::int64_t number_of(std::uint32_t file) const;
  std::filesystem::path path_of(std::uint32_t file) const;
  std::string shown(std::uint32_t file) const;
  Found choose(std::span<const std::uint32_t> candidates, bool by_number) const;

  std::vector<Folder> folders_;
  std::string names_;                     // one after the other, each with a zero behind it
  std::vector<File> files_;               // by name, then folder
  std::vector<std::uint32_t> by_number_;  // into files_
};

// The digits at the end of a file's stem ("COCO_val2014_000000000042.jpg": 42); -1 when there are
// none.
std::int64_t trailing_number(const std::filesystem::path& path);

}  // namespace unimo::stages
