#include "trainer/data/half.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "orchestrator/base/result.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#define UNIMO_HAS_F16C 1
#endif

namespace unimo::trainer {

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0x1F) {
    // Quiet, as the instruction does it.
    const std::uint32_t quiet = fraction != 0 ? 0x400000U : 0;
    return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13) | quiet);
  }
  if (exponent != 0) {
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  }
  // Zero and the subnormals: fraction * 2^-24 is exact in a float.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) {
    return static_cast<std::uint16_t>(sign | 0x7E00U | ((magnitude >> 13) & 0x3FFU));
  }
  if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);
  if (magnitude < 0x38800000U) {
    // Below 2^-14: adding 0.5 makes the float unit round to the half's last bit, 2^-24.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U));
  }
  const std::uint32_t odd = (magnitude >> 13) & 1U;
  const std::uint32_t rounded = magnitude + 0xFFFU + odd - (112U << 23);
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

namespace {

#ifdef UNIMO_HAS_F16C
__attribute__((target("avx,f16c"))) std::size_t decode_blocks(const std::byte* in,
                                                              std::span<float> out) {
  std::size_t i = 0;
  for (; i + 8 <= out.size(); i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i));
    _mm256_storeu_ps(out.data() + i, _mm256_cvtph_ps(halves));
  }
  return i;
}

// Twice as wide. The masked form keeps nothing, but GCC warns about the plain one.
__attribute__((target("avx512f"))) std::size_t decode_wide_blocks(const std::byte* in,
                                                                  std::span<float> out) {
  std::size_t i = 0;
  for (; i + 16 <= out.size(); i += 16) {
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 2 * i));
    _mm512_storeu_ps(out.data() + i, _mm512_maskz_cvtph_ps(0xFFFF, halves));
  }
  return i;
}

__attribute__((target("avx,f16c"))) std::size_t encode_blocks(std::span<const float> in,
                                                              std::uint16_t* out) {
  std::size_t i = 0;
  for (; i + 8 <= in.size(); i += 8) {
    const __m256 floats = _mm256_loadu_ps(in.data() + i);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     _mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT));
  }
  return i;
}

// Asked of the processor itself, once: clang 14's __builtin_cpu_supports does not know f16c.
bool has_f16c() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) != 0 &&
           (c & bit_F16C) != 0;
  }();
  return has;
}

// How many of them are done.
std::size_t decode_most(const std::byte* in, std::span<float> out) {
  static const bool wide = __builtin_cpu_supports("avx512f");
  if (wide) return decode_wide_blocks(in, out);
  return has_f16c() ? decode_blocks(in, out) : 0;
}
#else
std::size_t decode_most(const std::byte*, std::span<float>) { return 0; }
std::size_t encode_blocks(std::span<const float>, std::uint16_t*) { return 0; }
bool has_f16c() { return false; }
#endif

}  // namespace

void halves_to_floats(const void* in, std::span<float> out) {
  const auto* bytes = static_cast<const std::byte*>(in);
  for (std::size_t i = decode_most(bytes, out); i < out.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes + 2 * i, sizeof half);
    out[i] = half_to_float(half);
  }
}

void halves_to_floats(std::span<const std::uint16_t> in, std::span<float> out) {
  UNIMO_CHECK(in.size() == out.size(), "{} halves into {} floats", in.size(), out.size());
  halves_to_floats(static_cast<const void*>(in.data()), out);
}

void floats_to_halves(std::span<const float> in, std::span<std::uint16_t> out) {
  UNIMO_CHECK(in.size() == out.size(), "{} floats into {} halves", in.size(), out.size());
  for (std::size_t i = has_f16c() ? encode_blocks(in, out.data()) : 0; i < in.size(); ++i) {
    out[i] = float_to_half(in[i]);
  }
}

}  // namespace unimo::trainer
