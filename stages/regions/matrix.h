// Matrices of floats, row after row, aligned so that the same numbers always meet the same
// instructions.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace unimo::stages {

// Starts every array at a cache line. Vector instructions round sums in an order that depends on
// where an array starts; a fixed alignment makes results repeat.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

using Floats = std::vector<float, AlignedAllocator<float>>;

// Copyable, movable; zeros at first.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t cols)
      : rows_(rows), cols_(cols), values_(static_cast<std::size_t>(rows * cols)) {}
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  std::span<float> row(std::int64_t i) {
    return {data() + i * cols_, static_cast<std::size_t>(cols_)};
  }
  std::span<const float> row(std::int64_t i) const {
    return {data() + i * cols_, static_cast<std::size_t>(cols_)};
  }
  float& operator()(std::int64_t i, std::int64_t j) { return data()[i * cols_ + j]; }
  float operator()(std::int64_t i, std::int64_t j) const { return data()[i * cols_ + j]; }

 private:
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  Floats values_;
};

}  // namespace unimo::stages
