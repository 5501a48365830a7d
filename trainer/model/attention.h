// Self-attention over packed rows: each span of a batch against its context and itself, without
// padding and without a mask in memory.
//
// Spans that share a context (the captions of one image) form a group; a group and head is one
// task, whose gradients into the shared rows are added in the order of the spans. T is float,
// Bf16 or Fp16; scores, softmax and sums are float.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

// Which spans belong together. Plain data, may be shared by all layers.
struct AttentionPlan {
  std::vector<AttentionSpan> spans;
  std::vector<std::vector<std::int32_t>> groups;  // indices of spans, ascending
  std::int64_t rows = 0;
};

// Empty when the spans cover rows [0, rows) once, in order, with contexts inside; else what is
// wrong.
std::string span_mistake(const std::vector<AttentionSpan>& spans, std::int64_t rows);

// The spans must be without mistake.
AttentionPlan plan_attention(const std::vector<AttentionSpan>& spans, std::int64_t rows);

struct AttentionSizes {
  std::int64_t heads = 0;
  std::int64_t head_size = 0;  // even
  std::int64_t hidden() const { return heads * head_size; }
};

// Rows that buffers of `rows` rows must have allocated: kernels read whole blocks past the end.
inline std::int64_t padded_rows(std::int64_t rows) {
  return (rows + kRowBlock - 1) / kRowBlock * kRowBlock + kRowBlock;
}

// out[rows, hidden] and lse[heads, rows] from qkv[rows, 3 * hidden]: queries, keys, values side by
// side. The key's site is set; its pass and rate are the caller's.
template <class T>
void attention_forward(const AttentionPlan& plan, const AttentionSizes& sizes,
                       const DropoutKey& key, const T* qkv, T* out, float* lse);

// dqkv[rows, 3 * hidden] (overwritten) from dout[rows, hidden] and what the forward pass saw and
// gave.
template <class T>
void attention_backward(const AttentionPlan& plan, const AttentionSizes& sizes,
                        const DropoutKey& key, const T* qkv, const T* out, const float* lse,
                        const T* dout, T* dqkv);

}  // namespace unimo::trainer
