// The vectorised loops of the model, on plain pointers: compiled once per instruction set and
// chosen by the processor at run time. All counts of columns are multiples of 16 unless said
// otherwise. A kernel works on one block of rows and uses no threads; callers split the rows at
// fixed places, so that results do not depend on how many threads there are.
//
// T is what matrix products read: float, Bf16, or Fp16 (IEEE half).
#pragma once

#include <cstdint>

#include "trainer/model/sixteen_bits.h"

namespace unimo::trainer {

// Rows that are multiplied together, at most; internal buffers hold a multiple of it.
inline constexpr std::int64_t kRowBlock = 128;
// Columns of one packed panel of a matrix.
inline constexpr std::int64_t kPanel = 64;

// Which elements to drop: a function of (key, site, pass, row, column), never of time or thread
// (Philox4x32-10).
struct DropoutKey {
  std::uint32_t key[2] = {0, 0};
  std::uint32_t site = 0;
  std::uint32_t pass = 0;
  std::uint32_t threshold =
      0;            // of 65536; an element whose 16 random bits are below it is dropped; 0: none
  float scale = 1;  // of what is kept
};

// Settings of one AdamW step; see optim/adamw.h.
struct AdamWStep {
  float lr = 0;
  float beta1 = 0, beta2 = 0;
  float eps = 0;
  float weight_decay = 0;
  float correction1 = 1;       // 1 - beta1^t
  float root_correction2 = 1;  // sqrt(1 - beta2^t)
  float gradient_scale = 1;    // of clipping
};

// What one attention row needs besides scores.
struct AttentionRow {
  std::int64_t visible = 0;  // columns [0, visible) may be seen
  std::int64_t padded = 0;   // columns of the buffers; those from `visible` on become zero
  std::uint32_t row = 0;     // counter of the dropout
  float scale = 1;           // of the scores, 1 / sqrt(head width)
};

template <class T>
struct TypedKernels {
  // What the type is: out[i] = in[i], rounded to nearest even. Any count.
  void (*from_float)(const float* in, T* out, std::int64_t count);
  void (*to_float)(const T* in, float* out, std::int64_t count);

  // u += bias (float, in place); pre = u; act = gelu(u).
  void (*bias_gelu)(float* u, const float* bias, T* pre, T* act, std::int64_t rows,
                    std::int64_t columns);
  // du = da * gelu'(pre), act = gelu(pre); dbias[columns] = column sums of du.
  void (*gelu_backward)(const float* da, const T* pre, T* du, T* act, float* dbias,
                        std::int64_t rows, std::int64_t columns);

  // y = norm(dropout(x + bias) + residual) * gamma + beta. Null bias or residual: zeros. Keeps
  // xhat and rstd; `low`, if not null, gets y as T.
  void (*residual_norm)(const float* x, const float* bias, const float* residual,
                        const DropoutKey& key, std::int64_t first_row, const float* gamma,
                        const float* beta, float* y, T* xhat, float* rstd, T* low,
                        std::int64_t rows, std::int64_t columns);
  // ds from dy; dgamma and dbeta (overwritten) are the column sums of the block; low_y, if not
  // null, gets gamma * xhat + beta.
  void (*norm_backward)(const float* dy, const T* xhat, const float* rstd, const float* gamma,
                        const float* beta, float* ds, float* dgamma, float* dbeta, T* low_y,
                        std::int64_t rows, std::int64_t columns);
  // out = ds * mask as T; dbias = column sums.
  void (*dropout_backward)(const float* ds, const DropoutKey& key, std::int64_t first_row, T* out,
                           float* dbias, std::int64_t rows, std::int64_t columns);
  // out = x + bias as T; null bias: zeros. x has `ld` values a row.
  void (*bias_store)(const float* x, std::int64_t ld, const float* bias, T* out, std::int64_t rows,
                     std::int64_t columns);
  // out[columns] = column sums.
  void (*column_sums)(const T* x, float* out, std::int64_t rows, std::int64_t columns);

  // Packs a matrix [depth, columns] for multiply() (see gemm.h), one panel of 64 columns: `columns`
  // of them exist, the rest become zeros; depth is rounded up to a multiple of 2 with zeros.
  // `rows`: source row i holds the values of depth i. `transposed`: source row j holds the values
  // of column j.
  void (*pack_rows)(const T* source, std::int64_t ld, std::int64_t depth, std::int64_t columns,
                    T* out);
  void (*pack_float_rows)(const float* source, std::int64_t ld, std::int64_t depth,
                          std::int64_t columns, T* out);
  void (*pack_float_transposed)(const float* source, std::int64_t ld, std::int64_t depth,
                                std::int64_t columns, T* out);
  void (*pack_transposed)(const T* source, std::int64_t ld, std::int64_t depth,
                          std::int64_t columns, T* out);
  // out[column][row] (ld_out values a row) from source[row][column]; rows from `rows` up to a
  // multiple of 32 become zeros.
  void (*transpose)(const T* source, std::int64_t ld, std::int64_t rows, std::int64_t columns,
                    T* out, std::int64_t ld_out);
  // C[m, 64] (+)= A[m, depth] B, B packed, depth even for 16-bit values, which are multiplied as
  // floats. Each value is one chain of fused sums in the order of depth, whatever m is.
  void (*multiply)(const T* a, std::int64_t lda, const T* packed, float* c, std::int64_t ldc,
                   std::int64_t m, std::int64_t depth, bool add);

  // p = dropout(softmax(scale * scores)) as T; returns the logarithm of the sum of exponentials.
  float (*softmax_row)(float* scores, const AttentionRow& row, const DropoutKey& key, T* p);
  // From the same scores and dp: p as above, and ds = softmax * (mask * dp - delta) * scale.
  void (*softmax_backward_row)(const float* scores, const float* dp, float lse, float delta,
                               const AttentionRow& row, const DropoutKey& key, T* p, T* ds);
};

struct Kernels {
  const char* name;
  TypedKernels<float> f32;
  TypedKernels<Bf16> bf16;
  TypedKernels<Fp16> fp16;
  // multiply() for Bf16 by the instruction that sums products of pairs; null where there is none.
  void (*multiply_pairs)(const Bf16* a, std::int64_t lda, const Bf16* packed, float* c,
                         std::int64_t ldc, std::int64_t m, std::int64_t depth, bool add);
  // The random multipliers (0 or scale) of one row.
  void (*dropout_row)(const DropoutKey& key, std::uint32_t row, float* out, std::int64_t columns);
  // Updates the running maximum and sum of exponentials with `count` more logits (any count), and
  // adds their plain sum.
  void (*accumulate_logits)(const float* logits, std::int64_t count, float& maximum,
                            double& sum_exp, double& sum);
  // logits -> (softmax - smoothing / vocabulary) * scale, in place. Any count.
  void (*softmax_minus)(float* logits, std::int64_t count, float lse, float shift, float scale);
  void (*add)(const float* in, float* out, std::int64_t count);  // out += in; any count
  float (*dot)(const float* a, const float* b, std::int64_t count);
  double (*sum_of_squares)(const float* in, std::int64_t count);
  // count is a multiple of 16.
  void (*adamw)(float* p, const float* g, float* m, float* v, std::int64_t count,
                const AdamWStep& step);
  // Random bits from (key, site, place); `first` is a multiple of 64, any count.
  void (*random_words)(const std::uint32_t key[2], std::uint32_t site, std::uint64_t first,
                       std::uint32_t* out, std::int64_t count);
};

// The best that this processor runs.
const Kernels& kernels();
// By name: "plain", "avx2", "avx512", "avx512bf16"; null when the processor lacks it.
const Kernels* kernels_named(const char* name);

template <class T>
const TypedKernels<T>& typed_kernels();
template <>
inline const TypedKernels<float>& typed_kernels<float>() {
  return kernels().f32;
}
template <>
inline const TypedKernels<Bf16>& typed_kernels<Bf16>() {
  return kernels().bf16;
}
template <>
inline const TypedKernels<Fp16>& typed_kernels<Fp16>() {
  return kernels().fp16;
}

}  // namespace unimo::trainer
