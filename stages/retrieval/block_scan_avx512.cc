// See block_scan.cc; the compiler's flags stand in CMakeLists.txt.
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "stages/retrieval/block_scan.h"

namespace unimo::stages {

std::size_t scan_block_avx512(const BlockScan& scan, ReachedPlace* reached);

namespace {

constexpr std::size_t kGroup = SparseIndex::kGroup;

// The scores of a group, in registers.
struct GroupScores {
  __m512 a, b, c, d;

  std::uint64_t reaching(float least) const {
    const __m512 bound = _mm512_set1_ps(least);
    const auto mask = [&bound](__m512 part) {
      return std::uint64_t{_mm512_cmp_ps_mask(part, bound, _CMP_GE_OQ)};
    };
    return mask(a) | mask(b) << 16 | mask(c) << 32 | mask(d) << 48;
  }
  void add_where(std::uint64_t bits, float amount) {
    const __m512 added = _mm512_set1_ps(amount);
    a = _mm512_mask_add_ps(a, static_cast<__mmask16>(bits), a, added);
    b = _mm512_mask_add_ps(b, static_cast<__mmask16>(bits >> 16), b, added);
    c = _mm512_mask_add_ps(c, static_cast<__mmask16>(bits >> 32), c, added);
    d = _mm512_mask_add_ps(d, static_cast<__mmask16>(bits >> 48), d, added);
  }
};

GroupScores take(float* scores) {
  const GroupScores taken{_mm512_loadu_ps(scores), _mm512_loadu_ps(scores + 16),
                          _mm512_loadu_ps(scores + 32), _mm512_loadu_ps(scores + 48)};
  for (std::size_t i = 0; i < kGroup; i += 16) _mm512_storeu_ps(scores + i, _mm512_setzero_ps());
  return taken;
}

}  // namespace

std::size_t scan_block_avx512(const BlockScan& scan, ReachedPlace* reached) {
  std::size_t found = 0;
  for (std::size_t group = 0; group < scan.sizes.size(); ++group) {
    const float least =
        std::max(scan.base + scan.per_size * scan.sizes[group], std::numeric_limits<float>::min());
    GroupScores scores = take(scan.scores + group * kGroup);
    if (scores.reaching(least - scan.together) == 0) continue;
    for (const DenseTerm& term : scan.terms) {
      const SparseIndex::GroupBits bits = term.bits[group];
      scores.add_where(bits.has, term.usual);
      if (bits.large != 0) scores.add_where(bits.large, term.more);
    }
    std::uint64_t places = scores.reaching(least);
    if (places == 0) continue;
    alignas(64) float overlaps[kGroup];
    _mm512_store_ps(overlaps, scores.a);
    _mm512_store_ps(overlaps + 16, scores.b);
    _mm512_store_ps(overlaps + 32, scores.c);
    _mm512_store_ps(overlaps + 48, scores.d);
    for (; places != 0; places &= places - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(places));
      reached[found++] = {overlaps[i], static_cast<std::uint16_t>(group * kGroup + i)};
    }
  }
  return found;
}

}  // namespace unimo::stages
