#include "trainer/model/gemm.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

// Rows of one step of a weight gradient, at most.
constexpr std::int64_t kChunk = 256;

static_assert(sizeof(Bf16) == sizeof(c10::BFloat16));
const c10::BFloat16* as_library(const Bf16* p) { return reinterpret_cast<const c10::BFloat16*>(p); }

enum class Bf16Products { kMatrixUnit, kPairs, kFloats };

bool is_amd() {
#if defined(__x86_64__)
  return __builtin_cpu_is("amd") != 0;
#else
  return false;
#endif
}

Bf16Products chosen_products() {
  static const Bf16Products chosen = [] {
    if (at::native::cpublas::could_pack(at::kBFloat16)) return Bf16Products::kMatrixUnit;
    const bool pairs = kernels().multiply_pairs != nullptr && is_amd();
    return pairs ? Bf16Products::kPairs : Bf16Products::kFloats;
  }();
  return chosen;
}

template <class T>
bool has_matrix_unit() {
  return std::is_same_v<T, Bf16> && chosen_products() == Bf16Products::kMatrixUnit;
}

}  // namespace

bool has_fast_bf16() { return chosen_products() != Bf16Products::kFloats; }

const char* bf16_products() {
  switch (chosen_products()) {
    case Bf16Products::kMatrixUnit: return "amx";
    case Bf16Products::kPairs: return "pairs";
    case Bf16Products::kFloats: break;
  }
  return "floats";
}

template <class T>
void multiply(const T* a, std::int64_t lda, const T* panel, float* c, std::int64_t ldc,
              std::int64_t m, std::int64_t depth, bool add) {
  if constexpr (std::is_same_v<T, Bf16>) {
    switch (chosen_products()) {
      case Bf16Products::kMatrixUnit:
        at::native::cpublas::brgemm(m, kPanel, depth, lda, kPanel, ldc, add, as_library(a),
                                    as_library(panel), c, true);
        return;
      case Bf16Products::kPairs:
        kernels().multiply_pairs(a, lda, panel, c, ldc, m, depth, add);
        return;
      case Bf16Products::kFloats: break;
    }
  }
  typed_kernels<T>().multiply(a, lda, panel, c, ldc, m, depth, add);
}

template <class T>
void finish_multiply() {
  if (has_matrix_unit<T>()) at::native::cpublas::brgemm_release(true);
}

template <class T>
std::int64_t product_count(std::int64_t count, std::int64_t unit) {
  return has_matrix_unit<T>() ? round_up(count, unit) : count;
}

template <class T>
void multiply_block(const T* a, std::int64_t lda, const Packed<T>& b, float* c, std::int64_t m) {
  const std::int64_t ldc = b.panels() * kPanel;
  for (std::int64_t p = 0; p < b.panels(); ++p) {
    multiply(a, lda, b.panel(p), c + p * kPanel, ldc, m, b.depth, false);
  }
  if (ldc == b.columns) return;
  for (std::int64_t r = 1; r < m; ++r) {
    std::memmove(c + r * b.columns, c + r * ldc,
                 static_cast<std::size_t>(b.columns) * sizeof(float));
  }
}

namespace {

struct GradientShape {
  std::int64_t m, n, k;
  std::int64_t chunk_rows() const { return std::min(kChunk, round_up(m, 32)); }
  std::int64_t chunk_size() const { return chunk_rows() * kPanel; }  // of one panel
  std::int64_t chunks() const { return (m + chunk_rows() - 1) / chunk_rows(); }
  std::int64_t panels_n() const { return (n + kPanel - 1) / kPanel; }
  std::int64_t panels_k() const { return (k + kPanel - 1) / kPanel; }
  std::int64_t rows(std::int64_t chunk) const {
    return std::min(chunk_rows(), m - chunk * chunk_rows());
  }
  // Of a chunk, with zeros behind its rows.
  template <class T>
  std::int64_t depth(std::int64_t chunk) const {
    return round_up(product_count<T>(rows(chunk), 32), 2);
  }
};

// X[rows, 64] as the right side, zeros up to 32 rows.
template <class T>
void pack_chunk(const T* x, std::int64_t ld, std::int64_t rows, std::int64_t columns, T* out) {
  typed_kernels<T>().pack_rows(x, ld, rows, columns, out);
  const std::int64_t filled = round_up(rows, 2);
  std::memset(static_cast<void*>(out + filled * kPanel), 0,
              static_cast<std::size_t>((round_up(rows, 32) - filled) * kPanel) * sizeof(T));
}

// dY[rows, 64] as the left side, [64, ld_out], zeros up to 32 rows and where there is no column.
template <class T>
void turn_chunk(const T* dy, std::int64_t ld, std::int64_t rows, std::int64_t columns, T* out,
                std::int64_t ld_out) {
  typed_kernels<T>().transpose(dy, ld, rows, columns, out, ld_out);
  std::memset(static_cast<void*>(out + columns * ld_out), 0,
              static_cast<std::size_t>((kPanel - columns) * ld_out) * sizeof(T));
}

// The 64 x 64 values of one tile: added in place where all of them exist, else by way of `space`.
template <class T>
void add_gradient_tile(const GradientShape& shape, const T* packed, const T* turned,
                       std::int64_t row, std::int64_t column, float* space, float* gradient) {
  float* to = gradient + row * kPanel * shape.k + column * kPanel;
  const std::int64_t rows = std::min(kPanel, shape.n - row * kPanel);
  const std::int64_t columns = std::min(kPanel, shape.k - column * kPanel);
  const bool whole = rows == kPanel && columns == kPanel;
  for (std::int64_t chunk = 0; chunk < shape.chunks(); ++chunk) {
    multiply(turned + (chunk * shape.panels_n() + row) * shape.chunk_size(), shape.chunk_rows(),
             packed + (chunk * shape.panels_k() + column) * shape.chunk_size(), whole ? to : space,
             whole ? shape.k : kPanel, kPanel, shape.depth<T>(chunk), whole || chunk > 0);
  }
  for (std::int64_t r = 0; r < rows && !whole; ++r) {
    kernels().add(space + r * kPanel, to + r * shape.k, columns);
  }
}

}  // namespace

template <class T>
void add_weight_gradient(const T* dy, std::int64_t ldy, const T* x, std::int64_t ldx,
                         std::int64_t m, std::int64_t n, std::int64_t k, float* gradient) {
  if (m == 0) return;
  const GradientShape shape{m, n, k};
  const std::int64_t size = shape.chunk_size();
  Buffer<T> packed(shape.chunks() * shape.panels_k() * size);
  Buffer<T> turned(shape.chunks() * shape.panels_n() * size);
  const std::int64_t parts = shape.panels_k() + shape.panels_n();
  // A chunk of rows is read by all its panels while it is in the cache.
  at::parallel_for(0, shape.chunks() * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t chunk = i / parts;
      const std::int64_t panel = i % parts;
      if (panel < shape.panels_k()) {
        pack_chunk(x + chunk * shape.chunk_rows() * ldx + panel * kPanel, ldx, shape.rows(chunk),
                   std::min(kPanel, k - panel * kPanel),
                   packed.data() + (chunk * shape.panels_k() + panel) * size);
      } else {
        const std::int64_t p = panel - shape.panels_k();
        turn_chunk(dy + chunk * shape.chunk_rows() * ldy + p * kPanel, ldy, shape.rows(chunk),
                   std::min(kPanel, n - p * kPanel),
                   turned.data() + (chunk * shape.panels_n() + p) * size, shape.chunk_rows());
      }
    }
  });
  at::parallel_for(0, shape.panels_n() * shape.panels_k(), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     Buffer<float> space(kPanel * kPanel);
                     for (std::int64_t i = begin; i < end; ++i) {
                       add_gradient_tile(shape, packed.data(), turned.data(), i / shape.panels_k(),
                                         i % shape.panels_k(), space.data(), gradient);
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
  // Both copies of 64 rows are made together, so that the weights are fetched from memory once.
  at::parallel_for(0, forward_.panels(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* rows = values + i * kPanel * in;
      const std::int64_t count = std::min(kPanel, out - i * kPanel);
      typed_kernels<T>().pack_float_transposed(rows, in, in, count,
                                               forward_.values.data() + i * forward_.panel_size());
      for (std::int64_t p = 0; p < backward_.panels(); ++p) {
        typed_kernels<T>().pack_float_rows(
            rows + p * kPanel, in, count, std::min(kPanel, in - p * kPanel),
            backward_.values.data() + p * backward_.panel_size() + i * kPanel * kPanel);
      }
    }
  });
}

#define UNIMO_PRODUCTS_OF(T)                                                                      \
  template void multiply(const T*, std::int64_t, const T*, float*, std::int64_t, std::int64_t,    \
                         std::int64_t, bool);                                                     \
  template void finish_multiply<T>();                                                             \
  template std::int64_t product_count<T>(std::int64_t, std::int64_t);                             \
  template void multiply_block(const T*, std::int64_t, const Packed<T>&, float*, std::int64_t);   \
  template void add_weight_gradient(const T*, std::int64_t, const T*, std::int64_t, std::int64_t, \
                                    std::int64_t, std::int64_t, float*);                          \
  template class Projection<T>;
UNIMO_PRODUCTS_OF(float)
UNIMO_PRODUCTS_OF(Bf16)
UNIMO_PRODUCTS_OF(Fp16)
#undef UNIMO_PRODUCTS_OF

}  // namespace unimo::trainer
