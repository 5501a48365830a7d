// Which ids were seen, at 16 bytes each or less: corpora have tens of millions of them.
//
// Keeps 64-bit hashes (XXH3), not the ids: among ten million ids two different ones share a hash
// with probability 3e-6, and would then be taken for one. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace unimo::stages {

class IdTable {
 public:
  // False when the id is there already; its value stays.
  bool insert(std::string_view id, std::uint8_t value = 0);
  std::optional<std::uint8_t> find(std::string_view id) const;
  bool contains(std::string_view id) const { return find(id).has_value(); }
  std::size_t size() const { return count_; }

 private:
  std::size_t slot_of(std::uint64_t key) const;
  void grow();
  std::vector<std::uint64_t> keys_;  // 0: free
  std::vector<std::uint8_t> values_;
  std::size_t count_ = 0;
};

}  // namespace unimo::stages
