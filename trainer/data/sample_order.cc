#include "trainer/data/sample_order.h"

#include <cmath>

#include "orchestrator/base/result.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

namespace {

// Four suffice in theory (Luby and Rackoff 1988); on a handful of samples two more make all orders
// about equally likely, and cost nothing that shows.
constexpr int kRounds = 6;

}  // namespace

SampleOrder::SampleOrder(const Options& options)
    : key_(mix64(options.seed + 0x9E3779B97F4A7C15ULL) ^ mix64(~options.stream)),
      size_(options.size) {
  UNIMO_CHECK(size_ > 0 && size_ <= (1ULL << 62), "an order of {} samples", size_);
  rows_ = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(size_)));
  if (rows_ < 2) rows_ = 2;
  columns_ = (size_ + rows_ - 1) / rows_;
  if (columns_ < 2) columns_ = 2;
}

std::uint64_t SampleOrder::at(std::uint64_t epoch, std::uint64_t position) const {
  UNIMO_CHECK(position < size_, "position {} of {} samples", position, size_);
  const std::uint64_t key = mix64(key_ + epoch * 0x9E3779B97F4A7C15ULL);
  // A Feistel network over row and column, each moved by a function of the other: one-to-one on
  // rows * columns. What falls outside [0, size) is sent round again; that ends, because the walk
  // is a cycle through `position`.
  std::uint64_t value = position;
  do {
    std::uint64_t row = value / columns_;
    std::uint64_t column = value % columns_;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t round_key = key + round * 0xD1B54A32D192ED03ULL;
      if (round % 2 == 0) {
        row = (row + mix64(round_key ^ mix64(column + 1)) % rows_) % rows_;
      } else {
        column = (column + mix64(round_key ^ mix64(row + 1)) % columns_) % columns_;
      }
    }
    value = row * columns_ + column;
  } while (value >= size_);
  return value;
}

}  // namespace unimo::trainer
