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
constexpr std::int64_t kChunk = 512;

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

template <class T>
void add_weight_gradient(const T* dy, std::int64_t ldy, const T* x, std::int64_t ldx,
                         std::int64_t m, std::int64_t n, std::int64_t k, float* gradient) {
  const std::int64_t chunks = (m + kChunk - 1) / kChunk;
  const std::int64_t panels = (k + kPanel - 1) / kPanel;
  const std::int64_t size = kChunk * kPanel;  // of one packed chunk of a panel
  Buffer<T> packed(chunks * panels * size);
  const auto chunk_rows = [m](std::int64_t chunk) { return std::min(kChunk, m - chunk * kChunk); };
  at::parallel_for(0, chunks * panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t chunk = i / panels;
      const std::int64_t column = i % panels * kPanel;
      T* out = packed.data() + i * size;
      const std::int64_t rows = chunk_rows(chunk);
      typed_kernels<T>().pack_rows(x + chunk * kChunk * ldx + column, ldx, rows,
                                   std::min(kPanel, k - column), out);
      const std::int64_t filled = round_up(rows, 2);
      std::memset(
          static_cast<void*>(out + filled * kPanel), 0,
          static_cast<std::size_t>((round_up(rows, kRowBlock) - filled) * kPanel) * sizeof(T));
    }
  });
  at::parallel_for(0, (n + kPanel - 1) / kPanel, 1, [&](std::int64_t begin, std::int64_t end) {
    Buffer<T> turned(chunks * size);
    Buffer<float> sums(kPanel * kPanel);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t columns = std::min(kPanel, n - i * kPanel);
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        const std::int64_t rows = chunk_rows(chunk);
        T* out = turned.data() + chunk * size;
        std::memset(static_cast<void*>(out), 0, static_cast<std::size_t>(size) * sizeof(T));
        typed_kernels<T>().transpose(dy + chunk * kChunk * ldy + i * kPanel, ldy, rows, columns,
                                     out, kChunk);
      }
      for (std::int64_t p = 0; p < panels; ++p) {
        for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
          multiply(turned.data() + chunk * size, kChunk,
                   packed.data() + (chunk * panels + p) * size, sums.data(), kPanel, kPanel,
                   round_up(chunk_rows(chunk), kRowBlock), chunk > 0);
        }
        for (std::int64_t row = 0; row < columns; ++row) {
          kernels().add(sums.data() + row * kPanel, gradient + (i * kPanel + row) * k + p * kPanel,
                        std::min(kPanel, k - p * kPanel));
        }
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
