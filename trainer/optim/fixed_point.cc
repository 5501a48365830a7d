#include "trainer/optim/fixed_point.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

constexpr double kOne = 1125899906842624.0;  // 2^50
constexpr double kLargest = 4096.0;          // 2^12: products stay below 2^62
constexpr std::int64_t kPiece = 1 << 15;

// Exact but for the rounding to whole numbers, so every instruction set gives the same. Sanitizers
// run before their own start-up inside the loader's choice, so they get one version.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define UNIMO_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define UNIMO_VECTOR_CLONES
#endif

UNIMO_VECTOR_CLONES bool add_piece(float* values, std::int64_t* sums, std::int64_t count,
                                   double largest) {
  bool good = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = static_cast<double>(values[i]);
    good &= std::fabs(value) <= largest;  // false for what is no number, too
    const double bounded = std::fabs(value) <= largest ? value : 0.0;
    sums[i] += static_cast<std::int64_t>(std::nearbyint(bounded * kOne));
    values[i] = 0;
  }
  return good;
}

UNIMO_VECTOR_CLONES void take_piece(std::int64_t* sums, float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(static_cast<double>(sums[i]) / kOne);
    sums[i] = 0;
  }
}

}  // namespace

bool add_fixed(std::span<float> values, std::span<std::int64_t> sums, std::int64_t terms) {
  UNIMO_CHECK(values.size() == sums.size() && terms > 0, "{} values, {} sums, {} terms",
              values.size(), sums.size(), terms);
  const double largest = kLargest / static_cast<double>(terms);
  std::atomic<bool> good = true;
  at::parallel_for(
      0, static_cast<std::int64_t>(values.size()), kPiece,
      [&](std::int64_t begin, std::int64_t end) {
        if (!add_piece(values.data() + begin, sums.data() + begin, end - begin, largest)) {
          good = false;
        }
      });
  return good;
}

void take_fixed(std::span<std::int64_t> sums, std::span<float> values) {
  UNIMO_CHECK(values.size() == sums.size(), "{} values, {} sums", values.size(), sums.size());
  at::parallel_for(0, static_cast<std::int64_t>(sums.size()), kPiece,
                   [&](std::int64_t begin, std::int64_t end) {
                     take_piece(sums.data() + begin, values.data() + begin, end - begin);
                   });
}

}  // namespace unimo::trainer
