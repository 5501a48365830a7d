// Brings together what belongs together when it does not fit into memory: items with a key come out
// in the order of their keys, and within a key in the order in which they went in.
//
//   SpillSort items(context.output(), 64 << 20);
//   UNIMO_TRY(items.add(number_of_image, phrase));
//   UNIMO_TRY(items.sort());
//   while (const SpillSort::Item* item = UNIMO_TRY(items.next())) ...
//
// Runs that outgrow the budget go to a temporary file in `folder`, which has no name there. One
// thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

class SpillSort {
 public:
  struct Item {
    std::uint64_t key = 0;
    std::string payload;
  };

  // `budget` bytes of items in memory.
  SpillSort(std::filesystem::path folder, std::size_t budget);
  SpillSort(SpillSort&&) noexcept;
  SpillSort& operator=(SpillSort&&) noexcept;
  ~SpillSort();

  Status add(std::uint64_t key, std::string_view payload);
  // After the last add, before the first next.
  Status sort();
  // The next item, which lives until the following call; null at the end. kIo names what failed.
  Result<const Item*> next();
  std::int64_t size() const { return count_; }

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::size_t begin = 0, size = 0;  // in payloads_
  };
  class Run;
  Status open_file();
  Status spill();
  void sort_entries();
  std::filesystem::path folder_;
  std::size_t budget_;
  std::int64_t count_ = 0;
  std::vector<Entry> entries_;
  std::string payloads_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<std::pair<std::int64_t, std::int64_t>>
      places_;  // of the runs: begin, end in the file
  std::vector<std::unique_ptr<Run>> runs_;
  std::size_t next_entry_ = 0;
  Item item_;
};

}  // namespace unimo::stages
