#include "trainer/weights/crc32.h"

#include <zlib.h>

#include <cstddef>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define UNIMO_HAS_PCLMUL 1
#endif

namespace unimo::trainer {

namespace {

std::uint32_t by_table(std::uint32_t crc, const char* bytes, std::size_t count) {
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const unsigned char*>(bytes), count));
}

#ifdef UNIMO_HAS_PCLMUL

constexpr std::size_t kLane = 16, kBlock = 64;

// A message of many bytes has the checksum of a short one: 128 bits are moved over the next ones by
// multiplying both halves with the remainders of x^(n + 32) and x^(n - 32), n the distance in bits.
// Source of the method and of the constants, for the reflected polynomial EDB88320: Gopal and
// others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
__attribute__((target("pclmul,sse4.1"))) __m128i folded(__m128i value, __m128i factors,
                                                        __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(value, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__m128i lane_at(const char* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

// At least one block.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t by_folding(std::uint32_t crc,
                                                                  const char* bytes,
                                                                  std::size_t count) {
  const __m128i over_block = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i over_lane = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  __m128i lanes[4];
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = lane_at(bytes + i * kLane);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(~crc)));
  bytes += kBlock;
  count -= kBlock;
  for (; count >= kBlock; bytes += kBlock, count -= kBlock) {
    for (std::size_t i = 0; i < 4; ++i)
      lanes[i] = folded(lanes[i], over_block, lane_at(bytes + i * kLane));
  }
  __m128i sum = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) sum = folded(sum, over_lane, lanes[i]);
  for (; count >= kLane; bytes += kLane, count -= kLane)
    sum = folded(sum, over_lane, lane_at(bytes));
  char rest[kLane];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), sum);
  // The first register was turned over above: here it begins at zero.
  return by_table(by_table(0xFFFFFFFF, rest, kLane), bytes, count);
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

#endif

}  // namespace

std::uint32_t crc32_of(std::uint32_t crc, std::span<const char> bytes) {
#ifdef UNIMO_HAS_PCLMUL
  if (bytes.size() >= kBlock && can_fold()) return by_folding(crc, bytes.data(), bytes.size());
#endif
  return by_table(crc, bytes.data(), bytes.size());
}

}  // namespace unimo::trainer
