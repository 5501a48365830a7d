#include "trainer/data/record_hash.h"

#include <xxhash.h>

namespace unimo::trainer {

#if defined(__x86_64__)
// Each in a source of its own, compiled for these instructions.
std::uint64_t record_hash_avx2(const void* bytes, std::size_t count);
std::uint64_t record_hash_avx512(const void* bytes, std::size_t count);
#endif

namespace {

using Hash = std::uint64_t (*)(const void*, std::size_t);

std::uint64_t hash_by_library(const void* bytes, std::size_t count) {
  return XXH3_64bits(bytes, count);
}

Hash best_hash() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    return record_hash_avx512;
  if (__builtin_cpu_supports("avx2")) return record_hash_avx2;
#endif
  return hash_by_library;
}

}  // namespace

std::uint64_t record_hash(std::span<const std::byte> record) {
  static const Hash hash = best_hash();
  return hash(record.data(), record.size());
}

}  // namespace unimo::trainer
