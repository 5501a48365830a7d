#include "stages/ingest/id_table.h"

#include <xxhash.h>

#include <algorithm>

namespace unimo::stages {

namespace {

constexpr std::size_t kFirstSlots = 1024;  // a power of two

std::uint64_t key_of(std::string_view id) {
  return std::max<std::uint64_t>(XXH3_64bits(id.data(), id.size()), 1);
}

}  // namespace

bool IdTable::insert(std::string_view id, std::uint8_t value) {
  if (2 * count_ >= keys_.size()) grow();
  const std::uint64_t key = key_of(id);
  const std::size_t slot = slot_of(key);
  if (keys_[slot] == key) return false;
  keys_[slot] = key;
  values_[slot] = value;
  ++count_;
  return true;
}

std::optional<std::uint8_t> IdTable::find(std::string_view id) const {
  if (keys_.empty()) return std::nullopt;
  const std::uint64_t key = key_of(id);
  const std::size_t slot = slot_of(key);
  if (keys_[slot] != key) return std::nullopt;
  return values_[slot];
}

// Where the key is, or would be.
std::size_t IdTable::slot_of(std::uint64_t key) const {
  const std::size_t mask = keys_.size() - 1;
  std::size_t slot = key & mask;
  while (keys_[slot] != 0 && keys_[slot] != key) slot = (slot + 1) & mask;
  return slot;
}

void IdTable::grow() {
  const std::vector<std::uint64_t> keys = std::move(keys_);
  const std::vector<std::uint8_t> values = std::move(values_);
  const std::size_t slots = std::max(kFirstSlots, 2 * keys.size());
  keys_.assign(slots, 0);
  values_.assign(slots, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == 0) continue;
    const std::size_t slot = slot_of(keys[i]);
    keys_[slot] = keys[i];
    values_[slot] = values[i];
  }
}

}  // namespace unimo::stages
