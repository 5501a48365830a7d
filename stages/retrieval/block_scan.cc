#include "stages/retrieval/block_scan.h"

#include <algorithm>
#include <limits>

#include "stages/regions/vectorised.h"

namespace unimo::stages {

#if defined(__x86_64__)
// In a source of its own, compiled for these instructions.
std::size_t scan_block_avx512(const BlockScan& scan, ReachedPlace* reached);
#endif

namespace {

constexpr std::size_t kGroup = SparseIndex::kGroup;

UNIMO_INLINE bool any_reaches(const float* scores, float least) {
  int any = 0;
  for (std::size_t i = 0; i < kGroup; ++i) any |= scores[i] >= least ? 1 : 0;
  return any != 0;
}

UNIMO_INLINE void add_where(std::uint64_t bits, float amount, float* scores) {
  for (std::size_t half = 0; half < 2; ++half) {
    const auto word = static_cast<std::uint32_t>(bits >> (32 * half));
    for (std::uint32_t i = 0; i < 32; ++i)
      scores[32 * half + i] +=
          static_cast<float>(static_cast<std::int32_t>((word >> i) & 1U)) * amount;
  }
}

}  // namespace

UNIMO_VECTORISED std::size_t scan_block_plainly(const BlockScan& scan, ReachedPlace* reached) {
  std::size_t found = 0;
  for (std::size_t group = 0; group < scan.sizes.size(); ++group) {
    float* scores = scan.scores + group * kGroup;
    const float least =
        std::max(scan.base + scan.per_size * scan.sizes[group], std::numeric_limits<float>::min());
    if (any_reaches(scores, least - scan.together)) {
      for (const DenseTerm& term : scan.terms) {
        add_where(term.bits[group].has, term.usual, scores);
        if (term.bits[group].large != 0) add_where(term.bits[group].large, term.more, scores);
      }
      for (std::size_t i = 0; i < kGroup; ++i) {
        if (scores[i] >= least)
          reached[found++] = {scores[i], static_cast<std::uint16_t>(group * kGroup + i)};
      }
    }
    for (std::size_t i = 0; i < kGroup; ++i) scores[i] = 0;
  }
  return found;
}

namespace {

using Scan = std::size_t (*)(const BlockScan&, ReachedPlace*);

Scan best_scan() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return scan_block_avx512;
#endif
  return scan_block_plainly;
}

}  // namespace

std::size_t scan_block(const BlockScan& scan, ReachedPlace* reached) {
  static const Scan best = best_scan();
  return best(scan, reached);
}

}  // namespace unimo::stages
