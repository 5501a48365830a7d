// The vectorised loops of decoding and of translators that a Unimo's training does not have, on
// plain pointers: compiled once
// per instruction set like trainer/model/kernels.h and chosen with it. No threads.
#pragma once

#include <cstdint>

namespace unimo::trainer {

// Where the scores of one query stand: those of its source, a gap, those of its own tokens.
struct ScoreColumns {
  std::int64_t source = 0;  // columns [0, source)
  std::int64_t padded = 0;  // the tokens' begin here; a multiple of 16
  std::int64_t tokens = 0;
  std::int64_t count() const { return padded + (tokens + 15) / 16 * 16; }
};

// Rows of a table, `stride` floats apart, by number.
struct RowTable {
  const float* rows = nullptr;
  std::int64_t stride = 0;
  const std::int32_t* numbers = nullptr;
  std::int64_t count = 0;
  std::int64_t size = 0;  // floats of each row that are used
};

struct DecodeKernels {
  const char* name;
  // out[i] = query . row i.
  void (*dots)(const float* query, const RowTable& table, float* out);
  // out[size] += the sum of weights[i] times row i.
  void (*weighted_sum)(const float* weights, const RowTable& table, float* out);
  // scores -> softmax(scale * scores) over source and tokens, in place; zeros in the gap and
  // behind.
  void (*softmax)(float* scores, const ScoreColumns& columns, float scale);
  // logits += bias; their largest and the sum of exp(logit - largest). Up to 64.
  void (*finish_logits)(float* logits, const float* bias, std::int64_t count, float& largest,
                        float& sum);
  // out = u / (1 + exp(-u)) of u = in + bias; count is a multiple of 16.
  void (*bias_swish)(const float* in, const float* bias, float* out, std::int64_t count);
  // du = da * d swish(u) / du: s + u s (1 - s) with s = 1 / (1 + exp(-u)); count as above.
  void (*swish_backward)(const float* da, const float* u, float* du, std::int64_t count);
};

const DecodeKernels& decode_kernels();

}  // namespace unimo::trainer
