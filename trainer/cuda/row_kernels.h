// Device kernels on rows: norms with what stands before them, embeddings, sums over rows.
//
// All pointers are device memory. Rows lie end to end, columns are a multiple of 16 and at most
// kMostColumns. T is float, Bf16 or Fp16; arithmetic is fp32. Gradients of parameters are added in
// a fixed order in two stages: each block of kPartialRows rows sums into `partials`, a second
// launch adds these up; no atomics. Calls return before the work is done.
#pragma once

#include <cstdint>

#include "trainer/cuda/device_types.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

inline constexpr std::int64_t kMostColumns = 2048;
inline constexpr std::int64_t kPartialRows = 128;

inline std::int64_t partial_blocks(std::int64_t rows) {
  return (rows + kPartialRows - 1) / kPartialRows;
}

// y = norm(dropout(x + bias) + residual) * gamma + beta.
template <class T>
struct ResidualNorm {
  const T* x = nullptr;         // [rows, columns]
  const float* bias = nullptr;  // [columns]; null: zeros
  const T* residual = nullptr;  // [rows, columns]; null: zeros
  DropoutKey key;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  T* y = nullptr;         // [rows, columns]
  T* hat = nullptr;       // [rows, columns], kept for the backward pass
  float* rstd = nullptr;  // [rows], likewise
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};
template <class T>
void device_residual_norm(const ResidualNorm<T>& work, DeviceStream stream);

// The backward pass of the same: ds is the gradient of the residual, dx of x and of the bias.
template <class T>
struct ResidualNormBackward {
  const T* dy = nullptr;
  const T* hat = nullptr;
  const float* rstd = nullptr;
  DropoutKey key;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  T* ds = nullptr;
  T* dx = nullptr;
  T* y = nullptr;             // gamma * hat + beta, as the forward pass gave it; null: not wanted
  float* partials = nullptr;  // [partial_blocks(rows), 3, columns]: of gamma, beta, bias
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};
template <class T>
void device_residual_norm_backward(const ResidualNormBackward<T>& work, DeviceStream stream);

// gradient[columns] += sum over the blocks of partials[block * ld ...]
void device_add_partials(const float* partials, std::int64_t ld, std::int64_t blocks,
                         std::int64_t columns, float* gradient, DeviceStream stream);

// gradient[columns] += the column sums of x [rows, columns], whose rows are ld apart; `partials`
// has partial_blocks(rows) * columns places. Any count of columns.
template <class T>
void device_add_column_sums(const T* x, std::int64_t ld, std::int64_t rows, std::int64_t columns,
                            float* partials, float* gradient, DeviceStream stream);

// What stands before the norm of an embedding.
struct EmbeddingSource {
  // Text: words[tokens[i]] + positions[places[i]], in conversations + roles[role_ids[i]] and
  // + turns[turn_ids[i]] where these are not below 0; null: none has any.
  const float* words = nullptr;
  const float* positions = nullptr;
  const std::int32_t* tokens = nullptr;
  const std::int32_t* places = nullptr;
  const float* roles = nullptr;
  const float* turns = nullptr;
  const std::int32_t* role_ids = nullptr;
  const std::int32_t* turn_ids = nullptr;
  // Image, where `words` is null: projected[i] + feature_bias + box_weight boxes[i] + box_bias.
  const float* projected = nullptr;     // [count, columns]
  const float* feature_bias = nullptr;  // [columns]
  const float* boxes = nullptr;         // [count, 5]
  const float* box_weight = nullptr;    // [columns, 5]
  const float* box_bias = nullptr;      // [columns]
  const float* delta = nullptr;         // [count, columns], added; null: zeros
};

// out[rows[i]] = dropout(norm(source i) * gamma + beta); hat and rstd are kept for i.
template <class T>
struct EmbeddingNorm {
  EmbeddingSource source;
  const std::int32_t* rows = nullptr;  // [count], place in the batch
  DropoutKey key;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  T* out = nullptr;  // [batch rows, columns]
  T* hat = nullptr;  // [count, columns]
  float* rstd = nullptr;
  std::int64_t count = 0;
  std::int64_t columns = 0;
};
template <class T>
void device_embedding_norm(const EmbeddingNorm<T>& work, DeviceStream stream);

// The gradient of the sources, fp32 [count, columns].
template <class T>
struct EmbeddingNormBackward {
  const T* dy = nullptr;  // [batch rows, columns]
  const std::int32_t* rows = nullptr;
  const T* hat = nullptr;
  const float* rstd = nullptr;
  DropoutKey key;
  const float* gamma = nullptr;
  float* dsource = nullptr;
  float* partials = nullptr;  // [partial_blocks(count), 3, columns]: gamma, beta, dsource
  std::int64_t count = 0;
  std::int64_t columns = 0;
};
template <class T>
void device_embedding_norm_backward(const EmbeddingNormBackward<T>& work, DeviceStream stream);

// box_weight[columns, 5] += d^T boxes for d [count, columns]; `partials` has
// partial_blocks(count) * 5 * columns places.
void device_add_box_gradient(const float* d, const float* boxes, std::int64_t count,
                             std::int64_t columns, float* partials, float* box_weight,
                             DeviceStream stream);

// The random multipliers of [rows, columns]; any count of columns.
void device_dropout_mask(const DropoutKey& key, std::int64_t rows, std::int64_t columns,
                         float* mask, DeviceStream stream);

}  // namespace unimo::trainer
