// What stands where in 64 bytes of JSON: one bit a byte, the first byte in the lowest bit. Used by
// json_cutter.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace unimo::stages {

struct JsonBits {
  std::uint64_t quotes = 0, slashes = 0, opens = 0, closes = 0;
};

constexpr std::size_t kJsonStep = 64;

// '[' and '{', like ']' and '}', differ in one bit only.
inline JsonBits json_bits(const char* bytes) {
  JsonBits bits;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
  const __m128i open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
  const __m128i difference = _mm_set1_epi8(0x20);
  const auto mask = [](__m128i equal) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(equal)));
  };
  for (int part = 0; part < 4; ++part) {
    const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes) + part);
    const __m128i brackets = _mm_or_si128(some, difference);
    bits.quotes |= mask(_mm_cmpeq_epi8(some, quote)) << (16 * part);
    bits.slashes |= mask(_mm_cmpeq_epi8(some, slash)) << (16 * part);
    bits.opens |= mask(_mm_cmpeq_epi8(brackets, open)) << (16 * part);
    bits.closes |= mask(_mm_cmpeq_epi8(brackets, close)) << (16 * part);
  }
#else
  for (std::size_t i = 0; i < kJsonStep; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char bracket = static_cast<char>(bytes[i] | 0x20);
    if (bytes[i] == '"') bits.quotes |= bit;
    if (bytes[i] == '\\') bits.slashes |= bit;
    if (bracket == '{') bits.opens |= bit;
    if (bracket == '}') bits.closes |= bit;
  }
#endif
  return bits;
}

// Walks the steps of one value and keeps what reaches from one step into the next.
class BracketScan {
 public:
  // Takes the next `count` of 64 bytes. Where the value ends in them: the index behind its last
  // byte; 0 otherwise.
  std::size_t step(const char* bytes, std::size_t count) {
    JsonBits bits = json_bits(bytes);
    const std::uint64_t there =
        count == kJsonStep ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    const std::uint64_t escaped = escaped_bytes(bits.slashes & there);
    const std::uint64_t texts = inside_texts(bits.quotes & there & ~escaped);
    bits.opens &= there & ~texts;
    bits.closes &= there & ~texts;
    for (std::uint64_t rest = bits.opens | bits.closes; rest != 0; rest &= rest - 1) {
      const std::uint64_t bit = rest & (~rest + 1);
      if ((bits.opens & bit) != 0) {
        ++depth_;
      } else if (--depth_ == 0) {
        return static_cast<std::size_t>(std::countr_zero(bit)) + 1;
      }
    }
    return 0;
  }

 private:
  // The bytes behind backslashes that are not escaped themselves.
  std::uint64_t escaped_bytes(std::uint64_t slashes) {
    std::uint64_t escaped = escape_ ? 1 : 0;
    slashes &= ~escaped;
    escape_ = false;
    while (slashes != 0) {
      const std::uint64_t slash = slashes & (~slashes + 1);
      escape_ = slash >> 63 != 0;
      escaped |= slash << 1;
      slashes &= ~(slash | slash << 1);
    }
    return escaped;
  }

  // From each quote to before the next: a parity over all bits below.
  std::uint64_t inside_texts(std::uint64_t quotes) {
    std::uint64_t texts = quotes;
    for (int distance = 1; distance < 64; distance *= 2) texts ^= texts << distance;
    if (in_text_) texts = ~texts;
    in_text_ = texts >> 63 != 0;
    return texts;
  }

  std::size_t depth_ = 0;
  bool in_text_ = false, escape_ = false;
};

}  // namespace unimo::stages
