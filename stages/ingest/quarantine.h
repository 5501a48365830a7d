// What a corpus reader could not use: each item with its place and a reason, counted, and held
// against a limit.
//
// One bad picture must not stop a corpus, and must not vanish either. Readers call `saw` for every
// item and `add` for the bad ones; `enforce` turns too many of them into an Error that shows the
// first examples.
//
// Entries beyond 16 MiB wait in a file without a name, in the system's folder for temporary files
// (TMPDIR): a list of millions of pictures of which few were downloaded must not fill the memory.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {
class EventWriter;
}

namespace unimo::stages {

enum class Item { kImage, kCaption, kRegion, kText, kExample, kSpan };

std::string_view to_string(Item item);

class Quarantine {
 public:
  struct Entry {
    std::string source;  // "Flickr8k.token.txt:12", "captions.json annotations[7]", "images/a.jpg"
    std::string id;
    std::string reason;  // one lower-case word or words_like_this
    std::string detail;
  };

  void saw(Item item, std::int64_t count = 1) { seen_[index(item)] += count; }
  void add(Item item, Entry entry);

  // kInvalid when more than `max_bad_share` of the items of one kind are bad; names the first few.
  Status enforce(double max_bad_share) const;

  // Emits the totals as counts "quarantine.<reason>".
  void report(EventWriter& events) const;

  // One JSON line an entry, in the order of adding; no file when there is none. kIo also when the
  // temporary file could not be written.
  Status write(const std::filesystem::path& path) const;

  const std::map<std::string, std::int64_t>& counts() const { return counts_; }
  std::int64_t count(const std::string& reason) const;
  std::int64_t seen(Item item) const { return seen_[index(item)]; }
  std::int64_t bad(Item item) const { return bad_[index(item)]; }

 private:
  static std::size_t index(Item item) { return static_cast<std::size_t>(item); }
  void spill();
  std::map<std::string, std::int64_t> counts_;
  std::array<std::int64_t, 6> seen_{}, bad_{};
  std::array<std::vector<Entry>, 6> first_;  // of each kind, for enforce
  std::string lines_;                        // those that are not in file_
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, &std::fclose};
  std::string flaw_;  // why file_ does not hold all it should; empty: it does
};

}  // namespace unimo::stages
