#include "trainer/translator/attend.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/gemm.h"

namespace unimo::trainer {

namespace {

class SelfAttentionCall : public Call {
 public:
  SelfAttentionCall(std::shared_ptr<const AttentionPlan> plan, const AttentionSizes& sizes,
                    const DropoutKey& key)
      : plan_(std::move(plan)), sizes_(sizes), key_(key) {}

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    // Kernels read whole blocks past the last row.
    qkv_.reserve(padded_rows(plan_->rows) * 3 * sizes_.hidden());
    out_.reserve(padded_rows(plan_->rows) * sizes_.hidden());
    lse_.reserve(plan_->rows * sizes_.heads);
    std::copy_n(inputs[0].const_data_ptr<float>(), plan_->rows * 3 * sizes_.hidden(), qkv_.data());
    attention_forward(*plan_, sizes_, key_, qkv_.data(), out_.data(), lse_.data());
    at::Tensor y = at::empty({plan_->rows, sizes_.hidden()}, at::kFloat);
    std::copy_n(out_.data(), plan_->rows * sizes_.hidden(), y.data_ptr<float>());
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>&,
                                   const std::vector<bool>&) override {
    const std::int64_t h = sizes_.hidden();
    Buffer<float> dout(padded_rows(plan_->rows) * h), dqkv(padded_rows(plan_->rows) * 3 * h);
    std::copy_n(dy.const_data_ptr<float>(), plan_->rows * h, dout.data());
    attention_backward(*plan_, sizes_, key_, qkv_.data(), out_.data(), lse_.data(), dout.data(),
                       dqkv.data());
    at::Tensor dx = at::empty({plan_->rows, 3 * h}, at::kFloat);
    std::copy_n(dqkv.data(), plan_->rows * 3 * h, dx.data_ptr<float>());
    return {dx};
  }

 private:
  std::shared_ptr<const AttentionPlan> plan_;
  AttentionSizes sizes_;
  DropoutKey key_;
  Buffer<float> qkv_, out_, lse_;
};

// One head of one span: [rows, size] each, `ld` values apart in memory.
struct HeadRows {
  const float* first = nullptr;
  std::int64_t ld = 0, count = 0;
};

// A right side of products, whole panels.
struct Panels {
  Buffer<float> values;
  std::int64_t depth = 0, columns = 0;
  std::int64_t padded() const { return round_up(columns, kPanel); }
};

// x^T: columns are the rows of x.
void pack_turned(const HeadRows& x, std::int64_t size, Panels& out) {
  out.depth = round_up(size, 2);
  out.columns = x.count;
  out.values.reserve(out.padded() * out.depth);
  for (std::int64_t c = 0; c < x.count; c += kPanel) {
    typed_kernels<float>().pack_transposed(x.first + c * x.ld, x.ld, size,
                                           std::min(kPanel, x.count - c),
                                           out.values.data() + c * out.depth);
  }
}

// x: columns are its own.
void pack_plain(const HeadRows& x, std::int64_t size, Panels& out) {
  out.depth = round_up(x.count, 2);
  out.columns = size;
  out.values.reserve(out.padded() * out.depth);
  for (std::int64_t c = 0; c < size; c += kPanel) {
    typed_kernels<float>().pack_rows(x.first + c, x.ld, x.count, std::min(kPanel, size - c),
                                     out.values.data() + c * out.depth);
  }
}

// out[rows, padded columns] = x B.
void multiply_panels(const float* x, std::int64_t ld, std::int64_t rows, const Panels& b,
                     Buffer<float>& out) {
  out.reserve(rows * b.padded());
  for (std::int64_t r = 0; r < rows; r += kRowBlock) {
    for (std::int64_t c = 0; c < b.padded(); c += kPanel) {
      multiply(x + r * ld, ld, b.values.data() + c * b.depth, out.data() + r * b.padded() + c,
               b.padded(), std::min(kRowBlock, rows - r), b.depth, false);
    }
  }
}

// Memory of one task.
struct CrossSpace {
  Panels keys, values, plain_keys, rows;
  Buffer<float> scores, dp, shares, ds, product, turned;
};

class CrossAttentionCall : public Call {
 public:
  CrossAttentionCall(std::vector<CrossSpan> spans, const AttentionSizes& sizes,
                     const DropoutKey& key)
      : spans_(std::move(spans)), sizes_(sizes), key_(key) {}

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    out_ = at::empty_like(inputs[0]);
    lse_.reserve(inputs[0].size(0) * sizes_.heads);
    for_heads([&](const CrossSpan& span, std::int64_t head, CrossSpace& s) {
      forward_head(inputs, span, head, s);
    });
    // A copy: what autograd gives away may be changed in place.
    return out_.clone();
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>&) override {
    at::Tensor dq = at::empty_like(inputs[0]);
    at::Tensor dkv = at::zeros_like(inputs[1]);
    for_heads([&](const CrossSpan& span, std::int64_t head, CrossSpace& s) {
      backward_head(inputs, dy, span, head, s, dq, dkv);
    });
    return {dq, dkv};
  }

 private:
  template <class Work>
  void for_heads(const Work& work) const {
    const auto tasks = static_cast<std::int64_t>(spans_.size()) * sizes_.heads;
    at::parallel_for(0, tasks, 1, [&](std::int64_t begin, std::int64_t end) {
      CrossSpace space;
      for (std::int64_t i = begin; i < end; ++i)
        work(spans_[static_cast<std::size_t>(i / sizes_.heads)], i % sizes_.heads, space);
    });
  }

  HeadRows rows_of(const at::Tensor& x, std::int64_t begin, std::int64_t end,
                   std::int64_t column) const {
    const std::int64_t ld = x.size(1);
    return {x.const_data_ptr<float>() + begin * ld + column, ld, end - begin};
  }

  AttentionRow attention_row(const CrossSpan& span, std::int64_t row, std::int64_t head,
                             std::int64_t padded) const {
    return {.visible = span.source_end - span.source_begin,
            .padded = padded,
            .row = static_cast<std::uint32_t>(row * sizes_.heads + head),
            .scale = 1.0F / std::sqrt(static_cast<float>(sizes_.head_size))};
  }

  // Queries with a column of zeros are never needed: the size of a head is even.
  void forward_head(const std::vector<at::Tensor>& inputs, const CrossSpan& span, std::int64_t head,
                    CrossSpace& s) {
    const std::int64_t size = sizes_.head_size, column = head * size, h = sizes_.hidden();
    const HeadRows q = rows_of(inputs[0], span.begin, span.end, column);
    pack_turned(rows_of(inputs[1], span.source_begin, span.source_end, column), size, s.keys);
    pack_plain(rows_of(inputs[1], span.source_begin, span.source_end, h + column), size, s.values);
    multiply_panels(q.first, q.ld, q.count, s.keys, s.scores);
    const std::int64_t padded = s.keys.padded();
    s.shares.reserve(q.count * padded);
    for (std::int64_t i = 0; i < q.count; ++i) {
      lse_.data()[(span.begin + i) * sizes_.heads + head] = typed_kernels<float>().softmax_row(
          s.scores.data() + i * padded, attention_row(span, span.begin + i, head, padded), key_,
          s.shares.data() + i * padded);
    }
    multiply_panels(s.shares.data(), padded, q.count, s.values, s.product);
    float* out = out_.data_ptr<float>() + span.begin * h + column;
    for (std::int64_t i = 0; i < q.count; ++i)
      std::copy_n(s.product.data() + i * s.values.padded(), size, out + i * h);
  }

  // sums = p^T x for p [count, padded] and x [count, size]: rows of the source.
  void add_source_gradient(const Buffer<float>& p, std::int64_t padded, const HeadRows& x,
                           std::int64_t columns, CrossSpace& s, float* to, std::int64_t ld) const {
    const std::int64_t size = sizes_.head_size, depth = round_up(x.count, 32);
    s.turned.reserve(padded * depth);
    typed_kernels<float>().transpose(p.data(), padded, x.count, padded, s.turned.data(), depth);
    pack_plain(x, size, s.rows);
    multiply_panels(s.turned.data(), depth, columns, s.rows, s.product);
    for (std::int64_t r = 0; r < columns; ++r)
      std::copy_n(s.product.data() + r * s.rows.padded(), size, to + r * ld);
  }

  void backward_head(const std::vector<at::Tensor>& inputs, const at::Tensor& dy,
                     const CrossSpan& span, std::int64_t head, CrossSpace& s, at::Tensor& dq,
                     at::Tensor& dkv) const {
    const std::int64_t size = sizes_.head_size, column = head * size, h = sizes_.hidden();
    const HeadRows q = rows_of(inputs[0], span.begin, span.end, column);
    const HeadRows d = rows_of(dy, span.begin, span.end, column);
    const HeadRows o = rows_of(out_, span.begin, span.end, column);
    const HeadRows k = rows_of(inputs[1], span.source_begin, span.source_end, column);
    pack_turned(k, size, s.keys);
    pack_plain(k, size, s.plain_keys);
    pack_turned(rows_of(inputs[1], span.source_begin, span.source_end, h + column), size, s.values);
    multiply_panels(q.first, q.ld, q.count, s.keys, s.scores);
    multiply_panels(d.first, d.ld, d.count, s.values, s.dp);
    const std::int64_t padded = s.keys.padded();
    s.shares.reserve(q.count * padded);
    s.ds.reserve(q.count * padded);
    for (std::int64_t i = 0; i < q.count; ++i) {
      const float delta = kernels().dot(o.first + i * o.ld, d.first + i * d.ld, size);
      typed_kernels<float>().softmax_backward_row(
          s.scores.data() + i * padded, s.dp.data() + i * padded,
          lse_.data()[(span.begin + i) * sizes_.heads + head], delta,
          attention_row(span, span.begin + i, head, padded), key_, s.shares.data() + i * padded,
          s.ds.data() + i * padded);
    }
    multiply_panels(s.ds.data(), padded, q.count, s.plain_keys, s.product);
    float* to = dq.data_ptr<float>() + span.begin * h + column;
    for (std::int64_t i = 0; i < q.count; ++i)
      std::copy_n(s.product.data() + i * s.plain_keys.padded(), size, to + i * h);
    float* source = dkv.data_ptr<float>() + span.source_begin * 2 * h + column;
    add_source_gradient(s.ds, padded, q, k.count, s, source, 2 * h);
    add_source_gradient(s.shares, padded, d, k.count, s, source + h, 2 * h);
  }

  std::vector<CrossSpan> spans_;
  AttentionSizes sizes_;
  DropoutKey key_;
  at::Tensor out_;
  Buffer<float> lse_;
};

}  // namespace

at::Tensor self_attention(const at::Tensor& qkv, std::shared_ptr<const AttentionPlan> plan,
                          const AttentionSizes& sizes, const DropoutKey& key) {
  UNIMO_CHECK(qkv.size(0) == plan->rows && qkv.size(1) == 3 * sizes.hidden(),
              "attention of {} rows of {} values got {} of {}", plan->rows, 3 * sizes.hidden(),
              qkv.size(0), qkv.size(1));
  return run_call({qkv}, c10::make_intrusive<SelfAttentionCall>(std::move(plan), sizes, key));
}

at::Tensor cross_attention(const at::Tensor& queries, const at::Tensor& kv,
                           std::vector<CrossSpan> spans, const AttentionSizes& sizes,
                           const DropoutKey& key) {
  UNIMO_CHECK(queries.size(1) == sizes.hidden() && kv.size(1) == 2 * sizes.hidden(),
              "attention of {} values on {}", queries.size(1), kv.size(1));
  auto call = c10::make_intrusive<CrossAttentionCall>(std::move(spans), sizes, key);
  call->anchor = 2;  // no weights
  return run_call({queries, kv}, std::move(call));
}

}  // namespace unimo::trainer
