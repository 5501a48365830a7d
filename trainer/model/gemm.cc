#include "trainer/model/gemm.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

// Rows of one step of a weight gradient; whole chunks keep the number of different products small.
constexpr std::int64_t kChunk = 256;

static_assert(sizeof(Bf16) == sizeof(c10::BFloat16));
const float* as_library(const float* p) { return p; }
const c10::BFloat16* as_library(const Bf16* p) { return reinterpret_cast<const c10::BFloat16*>(p); }

bool has_fast_float() {
#if defined(__x86_64__)
  static const bool found = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  return found;
#else
  return false;
#endif
}

template <class T>
bool has_fast() {
  if constexpr (std::is_same_v<T, Bf16>) {
    return has_fast_bf16();
  } else {
    return has_fast_float();
  }
}

}  // namespace

bool has_fast_bf16() {
  static const bool found = at::native::cpublas::could_pack(at::kBFloat16);
  return found;
}

template <class T>
void multiply(const T* a, std::int64_t lda, const T* panel, float* c, std::int64_t ldc,
              std::int64_t m, std::int64_t depth, bool add) {
  if (!has_fast<T>()) {
    typed_kernels<T>().multiply_plain(a, lda, panel, c, ldc, m, depth, add);
    return;
  }
  at::native::cpublas::brgemm(m, kPanel, depth, lda, kPanel, ldc, add, as_library(a),
                              as_library(panel), c, std::is_same_v<T, Bf16>);
}

template <class T>
void finish_multiply() {
  if (has_fast<T>()) at::native::cpublas::brgemm_release(std::is_same_v<T, Bf16>);
}

template <class T>
void multiply_block(const T* a, std::int64_t lda, const Packed<T>& b, float* c) {
  const std::int64_t ldc = b.panels() * kPanel;
  for (std::int64_t p = 0; p < b.panels(); ++p) {
    multiply(a, lda, b.panel(p), c + p * kPanel, ldc, kRowBlock, b.depth, false);
  }
  if (ldc == b.columns) return;
  for (std::int64_t r = 1; r < kRowBlock; ++r) {
    std::memmove(c + r * b.columns, c + r * ldc,
                 static_cast<std::size_t>(b.columns) * sizeof(float));
  }
}

namespace {

constexpr std::int64_t kChunkSize = kChunk * kPanel;  // of one chunk of one panel

struct GradientShape {
  std::int64_t m, n, k;
  std::int64_t chunks() const { return (m + kChunk - 1) / kChunk; }
  std::int64_t panels_n() const { return (n + kPanel - 1) / kPanel; }
  std::int64_t panels_k() const { return (k + kPanel - 1) / kPanel; }
  std::int64_t rows(std::int64_t chunk) const { return std::min(kChunk, m - chunk * kChunk); }
};

// X[rows, 64] as the right side, zeros up to a whole block of rows.
template <class T>
void pack_chunk(const T* x, std::int64_t ld, std::int64_t rows, std::int64_t columns, T* out) {
  typed_kernels<T>().pack_rows(x, ld, rows, columns, out);
  const std::int64_t filled = round_up(rows, 2);
  std::memset(static_cast<void*>(out + filled * kPanel), 0,
              static_cast<std::size_t>((round_up(rows, kRowBlock) - filled) * kPanel) * sizeof(T));
}

// dY[rows, 64] as the left side, [64, 256], zeros where there is nothing.
template <class T>
void turn_chunk(const T* dy, std::int64_t ld, std::int64_t rows, std::int64_t columns, T* out) {
  if (rows < kChunk || columns < kPanel) {
    std::memset(static_cast<void*>(out), 0, static_cast<std::size_t>(kChunkSize) * sizeof(T));
  }
  typed_kernels<T>().transpose(dy, ld, rows, columns, out, kChunk);
}

}  // namespace

template <class T>
void add_weight_gradient(const T* dy, std::int64_t ldy, const T* x, std::int64_t ldx,
                         std::int64_t m, std::int64_t n, std::int64_t k, float* gradient) {
  if (m == 0) return;
  const GradientShape shape{m, n, k};
  Buffer<T> packed(shape.chunks() * shape.panels_k() * kChunkSize);
  Buffer<T> turned(shape.chunks() * shape.panels_n() * kChunkSize);
  const std::int64_t parts = shape.panels_k() + shape.panels_n();
  // A chunk of rows is read by all its panels while it is in the cache.
  at::parallel_for(0, shape.chunks() * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t chunk = i / parts;
      const std::int64_t panel = i % parts;
      if (panel < shape.panels_k()) {
        pack_chunk(x + chunk * kChunk * ldx + panel * kPanel, ldx, shape.rows(chunk),
                   std::min(kPanel, k - panel * kPanel),
                   packed.data() + (chunk * shape.panels_k() + panel) * kChunkSize);
      } else {
        const std::int64_t p = panel - shape.panels_k();
        turn_chunk(dy + chunk * kChunk * ldy + p * kPanel, ldy, shape.rows(chunk),
                   std::min(kPanel, n - p * kPanel),
                   turned.data() + (chunk * shape.panels_n() + p) * kChunkSize);
      }
    }
  });
  at::parallel_for(
      0, shape.panels_n() * shape.panels_k(), 1, [&](std::int64_t begin, std::int64_t end) {
        Buffer<float> sums(kPanel * kPanel);
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t row = i / shape.panels_k();
          const std::int64_t column = i % shape.panels_k();
          for (std::int64_t chunk = 0; chunk < shape.chunks(); ++chunk) {
            multiply(turned.data() + (chunk * shape.panels_n() + row) * kChunkSize, kChunk,
                     packed.data() + (chunk * shape.panels_k() + column) * kChunkSize, sums.data(),
                     kPanel, kPanel, round_up(shape.rows(chunk), kRowBlock), chunk > 0);
          }
          for (std::int64_t r = 0; r < std::min(kPanel, n - row * kPanel); ++r) {
            kernels().add(sums.data() + r * kPanel,
                          gradient + (row * kPanel + r) * k + column * kPanel,
                          std::min(kPanel, k - column * kPanel));
          }
        }
        finish_multiply<T>();
      });
}

template <class T>
Projection<T>::Projection(ParameterStore& store, const std::vector<std::string>& names)
    : store_(&store) {
  for (const std::string& name : names) {
    const Parameter& w = store.at(name + ".w_0");
    const Parameter* b = store.find(name + ".b_0");
    if (anchor_ == nullptr) {
      anchor_ = &w.value;
      weight_ = w.offset;
      in_ = w.spec.shape[1];
      if (b != nullptr) bias_ = b->offset;
    }
    UNIMO_CHECK(w.offset == weight_ + out_ * in_ && (b == nullptr || b->offset == bias_ + out_),
                "{} does not lie beside {}", name, names.front());
    out_ += w.spec.shape[0];
  }
}

template <class T>
Projection<T>::Projection(ParameterStore& store, const std::string& weight, const std::string& bias)
    : store_(&store),
      anchor_(&store.at(weight).value),
      weight_(store.at(weight).offset),
      bias_(store.at(bias).offset),
      out_(store.at(weight).spec.shape[0]),
      in_(store.at(weight).spec.shape[1]) {}

template <class T>
void Projection<T>::refresh() {
  if (version_ == store_->version()) return;
  version_ = store_->version();
  const std::int64_t out = out_;
  const std::int64_t in = in_;
  const float* values = weight();
  forward_.depth = round_up(in, 2);
  forward_.columns = out;
  backward_.depth = round_up(out, 2);
  backward_.columns = in;
  forward_.values.reserve(forward_.panels() * forward_.panel_size());
  backward_.values.reserve(backward_.panels() * backward_.panel_size());
  const std::int64_t forward_panels = forward_.panels();
  at::parallel_for(0, forward_panels + backward_.panels(), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       if (i < forward_panels) {
                         typed_kernels<T>().pack_float_transposed(
                             values + i * kPanel * in, in, in, std::min(kPanel, out - i * kPanel),
                             forward_.values.data() + i * forward_.panel_size());
                       } else {
                         const std::int64_t p = i - forward_panels;
                         typed_kernels<T>().pack_float_rows(
                             values + p * kPanel, in, out, std::min(kPanel, in - p * kPanel),
                             backward_.values.data() + p * backward_.panel_size());
                       }
                     }
                   });
}

template void multiply(const float*, std::int64_t, const float*, float*, std::int64_t, std::int64_t,
                       std::int64_t, bool);
template void multiply(const Bf16*, std::int64_t, const Bf16*, float*, std::int64_t, std::int64_t,
                       std::int64_t, bool);
template void finish_multiply<float>();
template void finish_multiply<Bf16>();
template void multiply_block(const float*, std::int64_t, const Packed<float>&, float*);
template void multiply_block(const Bf16*, std::int64_t, const Packed<Bf16>&, float*);
template void add_weight_gradient(const float*, std::int64_t, const float*, std::int64_t,
                                  std::int64_t, std::int64_t, std::int64_t, float*);
template void add_weight_gradient(const Bf16*, std::int64_t, const Bf16*, std::int64_t,
                                  std::int64_t, std::int64_t, std::int64_t, float*);
template class Projection<float>;
template class Projection<Bf16>;

}  // namespace unimo::trainer
