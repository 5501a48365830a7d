// Products of packed matrices, and the packed copies of the weights that they read.
//
// A matrix that stands on the right is packed into panels of 64 columns (kernels.h). The left one
// is plain rows. Every value of a result is summed in one order: no result depends on the number of
// threads. T is float, Bf16 or Fp16; sums are always float.
//
// Products are our own kernels (kernels.h); those of Bf16 go to the matrix unit (AMX) where there
// is one, else to the instruction that sums pairs where that is faster than floats are (AMD's
// processors; Intel's take two cycles for it: 88 GFLOP/s against 177 of floats were measured on one
// core of a Sapphire Rapids), else through floats. Fp16 always goes through floats.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "trainer/model/huge_pages.h"
#include "trainer/model/kernels.h"
#include "trainer/model/parameters.h"
#include "trainer/model/sixteen_bits.h"

namespace unimo::trainer {

// True when Bf16 matrices are multiplied faster than those of floats.
bool has_fast_bf16();
// How Bf16 matrices are multiplied: "amx", "pairs" or "floats". Each gives other last bits.
const char* bf16_products();

inline std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// Memory of any plain type, aligned, not initialised, reused between steps by the allocator.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t count) { reserve(count); }
  // Grows to at least `count` values; old content is lost when it does.
  void reserve(std::int64_t count) {
    if (count <= capacity_) return;
    data_.reset(static_cast<T*>(
        ::operator new (static_cast<std::size_t>(count) * sizeof(T), std::align_val_t{64})));
    prefer_huge_pages(data_.get(), static_cast<std::size_t>(count) * sizeof(T));
    capacity_ = count;
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<T, Free> data_;
  std::int64_t capacity_ = 0;
};

// A matrix [depth, columns] in panels.
template <class T>
struct Packed {
  std::int64_t depth = 0;  // even: a last row of zeros is added where it is not
  std::int64_t columns = 0;
  Buffer<T> values;
  std::int64_t panels() const { return (columns + kPanel - 1) / kPanel; }
  std::int64_t panel_size() const { return depth * kPanel; }
  const T* panel(std::int64_t i) const { return values.data() + i * panel_size(); }
};

// C[m, 64] (+)= A[m, depth] B for one panel B. For 16-bit types depth is even (A has a zero or B a
// zero row there).
template <class T>
void multiply(const T* a, std::int64_t lda, const T* panel, float* c, std::int64_t ldc,
              std::int64_t m, std::int64_t depth, bool add);
// Frees the matrix unit; at the end of a task that multiplied.
template <class T>
void finish_multiply();

// `count` rows or rows of depth, rounded up to `unit` where T goes to the matrix unit, whose
// kernels are made anew for every size. Whoever rounds has that much memory, zeros or not as it
// needs.
template <class T>
std::int64_t product_count(std::int64_t count, std::int64_t unit);

// C[m, columns] = A[m, depth] B, for one block of at most kRowBlock rows. C has room for
// product_size(B) values.
template <class T>
std::int64_t product_size(const Packed<T>& b) {
  return kRowBlock * b.panels() * kPanel;
}
template <class T>
void multiply_block(const T* a, std::int64_t lda, const Packed<T>& b, float* c, std::int64_t m);

// gradient[n, k] += dY[m, n]^T X[m, k], where a row of dY has `ldy` and of X `ldx` values.
// Parallel.
template <class T>
void add_weight_gradient(const T* dy, std::int64_t ldy, const T* x, std::int64_t ldx,
                         std::int64_t m, std::int64_t n, std::int64_t k, float* gradient);

// A linear map x W^T + b whose W [out, in] and b lie in a store; several that lie side by side
// there count as one with the rows of all. Keeps packed copies for x W^T and for dy W.
template <class T>
class Projection {
 public:
  // The maps "<name>.w_0" and "<name>.b_0". The store must outlive this; a missing bias is null.
  Projection(ParameterStore& store, const std::vector<std::string>& names);
  // From the tied table, whose name has no ending.
  Projection(ParameterStore& store, const std::string& weight, const std::string& bias);

  // Repacks when the store has changed since. Parallel; before any task uses the copies.
  void refresh();
  const Packed<T>& forward() const { return forward_; }    // [in, out]
  const Packed<T>& backward() const { return backward_; }  // [out, in]
  ParameterStore& store() const { return *store_; }
  std::int64_t out() const { return out_; }
  std::int64_t in() const { return in_; }
  const float* weight() const { return store_->values().data() + weight_; }
  const float* bias() const { return bias_ < 0 ? nullptr : store_->values().data() + bias_; }
  float* weight_gradient() const { return store_->gradients().data() + weight_; }
  float* bias_gradient() const { return bias_ < 0 ? nullptr : store_->gradients().data() + bias_; }
  std::vector<GradientRange> ranges() const {
    std::vector<GradientRange> both = {{weight_, out_ * in_}};
    if (bias_ >= 0) both.push_back({bias_, out_});
    return both;
  }
  const at::Tensor& anchor() const {
    return *anchor_;
  }  // the leaf that stands for both in autograd

 private:
  ParameterStore* store_;
  const at::Tensor* anchor_ = nullptr;
  std::int64_t weight_ = -1;
  std::int64_t bias_ = -1;
  std::int64_t out_ = 0;
  std::int64_t in_ = 0;
  std::uint64_t version_ = 0;
  Packed<T> forward_;
  Packed<T> backward_;
};

}  // namespace unimo::trainer
