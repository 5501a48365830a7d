#include "stages/decontaminate/gram_table.h"

#include <algorithm>
#include <bit>

namespace unimo::stages {

GramTable::GramTable() : buckets_(std::size_t{1} << kBucketBits) {}

void GramTable::add(std::uint64_t key, std::uint32_t text) {
  auto& bucket = buckets_[key >> (64 - kBucketBits)];
  if (bucket.size() == bucket.capacity()) bucket.reserve(bucket.size() + bucket.size() / 4 + 16);
  bucket.push_back({static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), text});
}

std::int64_t GramTable::build(std::int64_t common) {
  std::int64_t left_out = 0;
  for (auto& bucket : buckets_) {
    std::sort(bucket.begin(), bucket.end(), [](const Gram& a, const Gram& b) {
      return a.key() != b.key() ? a.key() < b.key() : a.text < b.text;
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < bucket.size();) {
      std::size_t end = i;
      std::int64_t texts = 0;
      for (; end < bucket.size() && bucket[end].key() == bucket[i].key(); ++end) {
        if (end == i || bucket[end].text != bucket[end - 1].text) ++texts;
      }
      if (texts > common)
        ++left_out;
      else
        bucket[kept++] = bucket[i];
      i = end;
    }
    bucket.resize(kept);
    bucket.shrink_to_fit();
    size_ += static_cast<std::int64_t>(kept);
  }
  // Eight to sixteen bits a key: at most one question in eight about a strange key goes further.
  const std::uint64_t bits = std::bit_ceil(static_cast<std::uint64_t>(size_) * 8 + 64);
  filter_.assign(bits / 64, 0);
  filter_mask_ = bits - 1;
  for (const auto& bucket : buckets_) {
    for (const Gram& gram : bucket) {
      const std::uint64_t bit = gram.key() & filter_mask_;
      filter_[bit >> 6] |= std::uint64_t{1} << (bit & 63);
    }
  }
  return left_out;
}

std::optional<std::uint32_t> GramTable::look_up(std::uint64_t key) const {
  const auto& bucket = buckets_[key >> (64 - kBucketBits)];
  const auto found = std::partition_point(bucket.begin(), bucket.end(),
                                          [&](const Gram& gram) { return gram.key() < key; });
  if (found == bucket.end() || found->key() != key) return std::nullopt;
  return found->text;
}

}  // namespace unimo::stages
