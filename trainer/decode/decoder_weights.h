// The weights of a model as decoding reads them: packed for products in one direction only, which
// is half of what training keeps. T is float or Bf16.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/model/gemm.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// x W^T + b.
template <class T>
struct ForwardMatrix {
  Packed<T> matrix;                                                // [in, out]
  const float* bias = nullptr;                                     // [out]
  std::int64_t width() const { return matrix.panels() * kPanel; }  // floats of a row of a product
};

// `out` rows of `weight` [out, in], which may be those of several parameters side by side; the
// bias, null or [out], is not copied. Parallel.
template <class T>
void pack_matrix(const float* weight, const float* bias, std::int64_t out, std::int64_t in,
                 ForwardMatrix<T>& to);

struct DecoderNorm {
  const float* scale = nullptr;
  const float* offset = nullptr;
};

template <class T>
struct DecoderLayer {
  ForwardMatrix<T> qkv, output, ffn0, ffn1;
  DecoderNorm attention_norm, ffn_norm;
};

// The model must outlive it.
template <class T>
struct DecoderWeights {
  std::vector<DecoderLayer<T>> layers;
  ForwardMatrix<T> transform, table;
  DecoderNorm embedding_norm, transform_norm;
  const float* words = nullptr;      // [vocabulary, hidden]
  const float* positions = nullptr;  // [positions, hidden]

  // Packs again when the model's weights have changed since.
  void refresh(const Unimo& model);

 private:
  std::uint64_t version_ = 0;
};

}  // namespace unimo::trainer
