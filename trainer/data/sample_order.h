// The order in which an epoch visits its samples, without a stored permutation: any position can be
// asked for alone, so that resuming and splitting over ranks need nothing but a number.
//
//   const SampleOrder order({.seed = seed, .stream = stream_of("pairs"), .size = pack.captions()});
//   const std::uint64_t sample = order.at(epoch, position);  // each of [0, size) once per epoch
#pragma once

#include <cstdint>

namespace unimo::trainer {

class SampleOrder {
 public:
  struct Options {
    std::uint64_t seed = 0;
    std::uint64_t stream = 0;
    std::uint64_t size = 1;  // samples of an epoch, 1 to 2^62
  };
  explicit SampleOrder(const Options& options);

  std::uint64_t size() const { return size_; }
  // `position` is in [0, size).
  std::uint64_t at(std::uint64_t epoch, std::uint64_t position) const;

  // Counts on over epochs: position `n` of the whole training.
  struct Visit {
    std::uint64_t epoch = 0;
    std::uint64_t sample = 0;
    bool operator==(const Visit&) const = default;
  };
  Visit visit(std::uint64_t n) const { return {n / size_, at(n / size_, n % size_)}; }

 private:
  std::uint64_t key_ = 0;
  std::uint64_t size_ = 1;
  std::uint64_t rows_ = 1, columns_ = 1;  // rows * columns >= size, hardly more
};

}  // namespace unimo::trainer
