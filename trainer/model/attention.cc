#include "trainer/model/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "trainer/model/gemm.h"

namespace unimo::trainer {

namespace {

template <class T>
void fill_zero(T* p, std::int64_t count) {
  std::memset(static_cast<void*>(p), 0, static_cast<std::size_t>(count) * sizeof(T));
}

// One head of packed queries, keys and values.
template <class T>
struct Head {
  const T* queries;
  const T* keys;
  const T* values;
  std::int64_t ld;
  std::int64_t size;
  std::int64_t panels() const { return (size + kPanel - 1) / kPanel; }
  std::int64_t width(std::int64_t panel) const { return std::min(kPanel, size - panel * kPanel); }
};

template <class T>
Head<T> head_of(const AttentionSizes& sizes, const T* qkv, std::int64_t head) {
  const T* first = qkv + head * sizes.head_size;
  return {first, first + sizes.hidden(), first + 2 * sizes.hidden(), 3 * sizes.hidden(),
          sizes.head_size};
}

// What one span sees: its context, then itself, as one list of columns.
struct Columns {
  std::int64_t context_begin, context_count;
  std::int64_t own_begin, own_count;
  std::int64_t count() const { return context_count + own_count; }
  std::int64_t padded() const { return round_up(count(), kPanel); }
};

Columns columns_of(const AttentionSpan& s) {
  return {s.context_begin, s.context_end - s.context_begin, s.begin, s.end - s.begin};
}

// Memory of one task; grows to the largest span.
template <class T>
struct Scratch {
  Buffer<T> gathered, keys_t, values_t, keys, values, p, ds, turned, packed_rows;
  Buffer<float> scores, dp, product, dkeys, dvalues, group_dk, group_dv, row;
};

// The columns' rows of `from` next to each other, [padded, size] with zeros behind.
template <class T>
void gather_columns(const T* from, const Head<T>& head, const Columns& columns, Buffer<T>& out) {
  out.reserve(columns.padded() * head.size);
  T* next = out.data();
  const auto copy = [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t r = begin; r < begin + count; ++r, next += head.size) {
      std::memcpy(static_cast<void*>(next), from + r * head.ld,
                  static_cast<std::size_t>(head.size) * sizeof(T));
    }
  };
  copy(columns.context_begin, columns.context_count);
  copy(columns.own_begin, columns.own_count);
  fill_zero(next, (columns.padded() - columns.count()) * head.size);
}

// As the right side [size, columns]: one panel for 64 columns.
template <class T>
void pack_columns_transposed(const Head<T>& head, const Columns& columns, const Buffer<T>& gathered,
                             Buffer<T>& out) {
  out.reserve(columns.padded() * head.size);
  for (std::int64_t c = 0; c < columns.padded(); c += kPanel) {
    typed_kernels<T>().pack_transposed(gathered.data() + c * head.size, head.size, head.size,
                                       kPanel, out.data() + c * head.size);
  }
}

// As the right side [columns, size]: one panel for 64 places of the head.
template <class T>
void pack_columns(const Head<T>& head, const Columns& columns, const Buffer<T>& gathered,
                  Buffer<T>& out) {
  out.reserve(columns.padded() * head.panels() * kPanel);
  for (std::int64_t p = 0; p < head.panels(); ++p) {
    typed_kernels<T>().pack_rows(gathered.data() + p * kPanel, head.size, columns.padded(),
                                 head.width(p), out.data() + p * columns.padded() * kPanel);
  }
}

// The queries of one span that are worked on together.
struct Queries {
  std::int64_t begin, count;  // rows
  std::int64_t seen;          // columns that any of them sees
  std::int64_t seen_padded() const { return round_up(seen, kPanel); }
};

Queries queries_of(const AttentionSpan& span, const Columns& columns, std::int64_t offset) {
  const std::int64_t count = std::min(kRowBlock, columns.own_count - offset);
  return {span.begin + offset, count,
          span.causal ? columns.context_count + offset + count : columns.count()};
}

AttentionRow row_of(const AttentionSpan& span, const Columns& columns, const Queries& q,
                    std::int64_t i, const AttentionSizes& sizes, std::int64_t head) {
  const std::int64_t row = q.begin + i;
  return {.visible = span.causal ? columns.context_count + row - span.begin + 1 : columns.count(),
          .padded = q.seen_padded(),
          .row = static_cast<std::uint32_t>(row * sizes.heads + head),
          .scale = 1.0F / std::sqrt(static_cast<float>(sizes.head_size))};
}

// c[count, seen_padded] = rows of a times panels of [size, columns].
template <class T>
void multiply_columns(const T* a, std::int64_t lda, const Head<T>& head, const Queries& q,
                      const Buffer<T>& panels, Buffer<float>& c) {
  c.reserve(kRowBlock * q.seen_padded());
  for (std::int64_t n = 0; n < q.seen_padded(); n += kPanel) {
    multiply(a, lda, panels.data() + n * head.size, c.data() + n, q.seen_padded(),
             product_count<T>(q.count, 16), head.size, false);
  }
}

// c[count, panels * 64] = p[count, seen_padded] times panels of [columns, size].
template <class T>
void multiply_back(const Buffer<T>& p, const Head<T>& head, const Columns& columns,
                   const Queries& q, const Buffer<T>& panels, Buffer<float>& c) {
  c.reserve(kRowBlock * head.panels() * kPanel);
  for (std::int64_t n = 0; n < head.panels(); ++n) {
    multiply(p.data(), q.seen_padded(), panels.data() + n * columns.padded() * kPanel,
             c.data() + n * kPanel, head.panels() * kPanel, product_count<T>(q.count, 16),
             q.seen_padded(), false);
  }
}

template <class T>
void forward_span(const AttentionSpan& span, const AttentionSizes& sizes, std::int64_t head_index,
                  const DropoutKey& key, const T* qkv, T* out, float* lse, Scratch<T>& s) {
  const Head<T> head = head_of(sizes, qkv, head_index);
  const Columns columns = columns_of(span);
  gather_columns(head.keys, head, columns, s.gathered);
  pack_columns_transposed(head, columns, s.gathered, s.keys_t);
  gather_columns(head.values, head, columns, s.gathered);
  pack_columns(head, columns, s.gathered, s.values);
  s.p.reserve(kRowBlock * columns.padded());
  for (std::int64_t offset = 0; offset < columns.own_count; offset += kRowBlock) {
    const Queries q = queries_of(span, columns, offset);
    multiply_columns(head.queries + q.begin * head.ld, head.ld, head, q, s.keys_t, s.scores);
    for (std::int64_t i = 0; i < q.count; ++i) {
      lse[q.begin + i] = typed_kernels<T>().softmax_row(
          s.scores.data() + i * q.seen_padded(), row_of(span, columns, q, i, sizes, head_index),
          key, s.p.data() + i * q.seen_padded());
    }
    multiply_back(s.p, head, columns, q, s.values, s.product);
    for (std::int64_t i = 0; i < q.count; ++i) {
      typed_kernels<T>().from_float(s.product.data() + i * head.panels() * kPanel,
                                    out + (q.begin + i) * sizes.hidden() + head_index * head.size,
                                    head.size);
    }
  }
}

// sums[columns, panels * 64] += p^T times rows: the gradient of keys or values of the columns.
template <class T>
void add_column_gradient(const Buffer<T>& p, const T* rows, std::int64_t ld, const Head<T>& head,
                         const Queries& q, Scratch<T>& s, Buffer<float>& sums, bool add) {
  const std::int64_t depth = round_up(product_count<T>(q.count, 32), 2);
  s.turned.reserve(q.seen_padded() * kRowBlock);
  typed_kernels<T>().transpose(p.data(), q.seen_padded(), q.count, q.seen_padded(), s.turned.data(),
                               kRowBlock);
  s.packed_rows.reserve(kRowBlock * kPanel);
  for (std::int64_t n = 0; n < head.panels(); ++n) {
    typed_kernels<T>().pack_rows(rows + n * kPanel, ld, q.count, head.width(n),
                                 s.packed_rows.data());
    const std::int64_t filled = round_up(q.count, 2);
    fill_zero(s.packed_rows.data() + filled * kPanel, (depth - filled) * kPanel);
    for (std::int64_t c = 0; c < q.seen_padded(); c += kPanel) {
      multiply(s.turned.data() + c * kRowBlock, kRowBlock, s.packed_rows.data(),
               sums.data() + (c * head.panels() + n) * kPanel, head.panels() * kPanel, kPanel,
               depth, add);
    }
  }
}

// sum of dout * out in each row of the block.
template <class T>
float row_delta(const T* out, const T* dout, std::int64_t size, Buffer<float>& row) {
  row.reserve(2 * size);
  typed_kernels<T>().to_float(out, row.data(), size);
  typed_kernels<T>().to_float(dout, row.data() + size, size);
  return kernels().dot(row.data(), row.data() + size, size);
}

template <class T>
struct BackwardTask {
  const AttentionSizes& sizes;
  const DropoutKey& key;
  std::int64_t head_index;
  Head<T> head;
  const T* out;   // of this head
  const T* dout;  // of this head
  const float* lse;
  T* dqkv;

  void backward_span(const AttentionSpan& span, Scratch<T>& s) const {
    const Columns columns = columns_of(span);
    gather_columns(head.keys, head, columns, s.gathered);
    pack_columns_transposed(head, columns, s.gathered, s.keys_t);
    pack_columns(head, columns, s.gathered, s.keys);
    gather_columns(head.values, head, columns, s.gathered);
    pack_columns_transposed(head, columns, s.gathered, s.values_t);
    s.p.reserve(kRowBlock * columns.padded());
    s.ds.reserve(kRowBlock * columns.padded());
    const std::int64_t width = head.panels() * kPanel;
    s.dkeys.reserve(columns.padded() * width);
    s.dvalues.reserve(columns.padded() * width);
    fill_zero(s.dkeys.data(), columns.padded() * width);
    fill_zero(s.dvalues.data(), columns.padded() * width);
    for (std::int64_t offset = 0; offset < columns.own_count; offset += kRowBlock) {
      backward_queries(span, columns, queries_of(span, columns, offset), s);
    }
  }

  void backward_queries(const AttentionSpan& span, const Columns& columns, const Queries& q,
                        Scratch<T>& s) const {
    const T* rows = head.queries + q.begin * head.ld;
    const T* drows = dout + q.begin * sizes.hidden();
    multiply_columns(rows, head.ld, head, q, s.keys_t, s.scores);
    multiply_columns(drows, sizes.hidden(), head, q, s.values_t, s.dp);
    for (std::int64_t i = 0; i < q.count; ++i) {
      const std::int64_t at = i * q.seen_padded();
      const float delta = row_delta(out + (q.begin + i) * sizes.hidden(),
                                    drows + i * sizes.hidden(), head.size, s.row);
      typed_kernels<T>().softmax_backward_row(
          s.scores.data() + at, s.dp.data() + at, lse[q.begin + i], delta,
          row_of(span, columns, q, i, sizes, head_index), key, s.p.data() + at, s.ds.data() + at);
    }
    multiply_back(s.ds, head, columns, q, s.keys, s.product);
    for (std::int64_t i = 0; i < q.count; ++i) {
      typed_kernels<T>().from_float(s.product.data() + i * head.panels() * kPanel,
                                    dqkv + (q.begin + i) * head.ld + head_index * head.size,
                                    head.size);
    }
    add_column_gradient(s.p, drows, sizes.hidden(), head, q, s, s.dvalues, true);
    add_column_gradient(s.ds, rows, head.ld, head, q, s, s.dkeys, true);
  }

  // The rows of a group have one place each in its sums, in the order of its spans.
  void run(const AttentionPlan& plan, const std::vector<std::int32_t>& group, Scratch<T>& s) const {
    const std::int64_t width = head.panels() * kPanel;
    std::vector<std::int64_t> first;
    std::int64_t count = 0;
    for (const std::int32_t i : group) {
      first.push_back(count);
      count += plan.spans[static_cast<std::size_t>(i)].end -
               plan.spans[static_cast<std::size_t>(i)].begin;
    }
    s.group_dk.reserve(count * width);
    s.group_dv.reserve(count * width);
    fill_zero(s.group_dk.data(), count * width);
    fill_zero(s.group_dv.data(), count * width);
    const auto place = [&](std::int64_t row) {
      std::size_t g = 0;
      while (plan.spans[static_cast<std::size_t>(group[g])].end <= row) ++g;
      return first[g] + row - plan.spans[static_cast<std::size_t>(group[g])].begin;
    };
    for (std::size_t g = 0; g < group.size(); ++g) {
      const AttentionSpan& span = plan.spans[static_cast<std::size_t>(group[g])];
      backward_span(span, s);
      const Columns columns = columns_of(span);
      const auto add = [&](std::int64_t to, std::int64_t from, std::int64_t rows) {
        kernels().add(s.dkeys.data() + from * width, s.group_dk.data() + to * width, rows * width);
        kernels().add(s.dvalues.data() + from * width, s.group_dv.data() + to * width,
                      rows * width);
      };
      if (columns.context_count > 0) add(place(columns.context_begin), 0, columns.context_count);
      add(first[g], columns.context_count, columns.own_count);
    }
    for (std::size_t g = 0; g < group.size(); ++g) {
      const AttentionSpan& span = plan.spans[static_cast<std::size_t>(group[g])];
      for (std::int64_t row = span.begin; row < span.end; ++row) {
        const std::int64_t from = (first[g] + row - span.begin) * width;
        T* to = dqkv + row * head.ld + sizes.hidden() + head_index * head.size;
        typed_kernels<T>().from_float(s.group_dk.data() + from, to, head.size);
        typed_kernels<T>().from_float(s.group_dv.data() + from, to + sizes.hidden(), head.size);
      }
    }
  }
};

}  // namespace

template <class T>
void attention_forward(const AttentionPlan& plan, const AttentionSizes& sizes,
                       const DropoutKey& key, const T* qkv, T* out, float* lse) {
  const auto spans = static_cast<std::int64_t>(plan.spans.size());
  // Head by head: spans may be sorted by length, heads all cost the same.
  at::parallel_for(0, spans * sizes.heads, 1, [&](std::int64_t begin, std::int64_t end) {
    Scratch<T> scratch;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / spans;
      forward_span(plan.spans[static_cast<std::size_t>(i % spans)], sizes, head, key, qkv, out,
                   lse + head * plan.rows, scratch);
    }
    finish_multiply<T>();
  });
}

template <class T>
void attention_backward(const AttentionPlan& plan, const AttentionSizes& sizes,
                        const DropoutKey& key, const T* qkv, const T* out, const float* lse,
                        const T* dout, T* dqkv) {
  const auto groups = static_cast<std::int64_t>(plan.groups.size());
  at::parallel_for(0, groups * sizes.heads, 1, [&](std::int64_t begin, std::int64_t end) {
    Scratch<T> scratch;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / groups;
      const BackwardTask<T> task{sizes,
                                 key,
                                 head,
                                 head_of(sizes, qkv, head),
                                 out + head * sizes.head_size,
                                 dout + head * sizes.head_size,
                                 lse + head * plan.rows,
                                 dqkv};
      task.run(plan, plan.groups[static_cast<std::size_t>(i % groups)], scratch);
    }
    finish_multiply<T>();
  });
}

template void attention_forward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                const float*, float*, float*);
template void attention_forward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                const Bf16*, Bf16*, float*);
template void attention_backward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                 const float*, const float*, const float*, const float*, float*);
template void attention_backward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                 const Bf16*, const Bf16*, const float*, const Bf16*, Bf16*);
template void attention_forward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                const Fp16*, Fp16*, float*);
template void attention_backward(const AttentionPlan&, const AttentionSizes&, const DropoutKey&,
                                 const Fp16*, const Fp16*, const float*, const Fp16*, Fp16*);

}  // namespace unimo::trainer
