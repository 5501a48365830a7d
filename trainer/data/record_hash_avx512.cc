// See record_hash.cc; the compiler's flags stand in CMakeLists.txt.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace unimo::trainer {

std::uint64_t record_hash_avx512(const void* bytes, std::size_t count);
std::uint64_t record_hash_avx512(const void* bytes, std::size_t count) {
  return XXH3_64bits(bytes, count);
}

}  // namespace unimo::trainer
