// Attention of a translator in autograd, over packed rows without padding, in fp32.
//
// A task is one head of one text, so results do not depend on the number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "trainer/model/attention.h"

namespace unimo::trainer {

// softmax(q k^T / sqrt(head size)) v inside of the spans of the plan: qkv [rows, 3 * hidden],
// queries, keys and values side by side -> [rows, hidden].
at::Tensor self_attention(const at::Tensor& qkv, std::shared_ptr<const AttentionPlan> plan,
                          const AttentionSizes& sizes, const DropoutKey& key);

// Rows of a target that see all rows of a source.
struct CrossSpan {
  std::int64_t begin = 0, end = 0;                // of the queries
  std::int64_t source_begin = 0, source_end = 0;  // of keys and values
};

// The same of queries [rows, hidden] over the keys and values of other rows, kv
// [source rows, 2 * hidden], side by side -> [rows, hidden]. The spans cover all rows once, and no
// two of them share source rows.
at::Tensor cross_attention(const at::Tensor& queries, const at::Tensor& kv,
                           std::vector<CrossSpan> spans, const AttentionSizes& sizes,
                           const DropoutKey& key);

}  // namespace unimo::trainer
