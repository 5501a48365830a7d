#include "trainer/decode/source_cache.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <cstring>

#include "orchestrator/base/result.h"
#include "trainer/decode/decode_kernels.h"

namespace unimo::trainer {

SourceSpans::SourceSpans(const std::vector<AttentionSpan>& spans) {
  for (const AttentionSpan& span : spans) {
    UNIMO_CHECK(!span.causal && span.context_begin == span.context_end,
                "the source at row {} is not one bidirectional span", span.begin);
    rows_.push_back(span.end);
    columns_.push_back(columns_.back() + round_up(span.end - span.begin, kPanel));
  }
}

std::vector<std::pair<std::int64_t, std::int64_t>> SourceSpans::chunks(std::int64_t rows) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for (std::int64_t i = 0; i < count(); ++i) {
    if (found.empty() || row(i + 1) - row(found.back().first) > rows) found.push_back({i, i});
    found.back().second = i + 1;
  }
  return found;
}

template <class T>
void SourceCache<T>::reserve(const SourceSpans& spans, const AttentionShape& shape) {
  const std::int64_t columns = spans.column(spans.count());
  keys_.reserve(columns * shape.hidden());
  values_.reserve(columns * shape.heads * shape.width());
}

template <class T>
SourceHead<T> SourceCache<T>::head(const SourceSpans& spans, const AttentionShape& shape,
                                   std::int64_t source, std::int64_t head) const {
  const std::int64_t padded = spans.padded(source);
  return {.keys = keys_.data() + spans.column(source) * shape.hidden() +
                  head * padded * shape.head_size,
          .values =
              values_.data() + (spans.column(source) * shape.heads + head * padded) * shape.width(),
          .length = spans.length(source),
          .padded = padded,
          .shape = shape};
}

namespace {

// Rows of one head next to each other, zeros up to whole panels.
template <class T>
const T* gather_head(const T* from, std::int64_t ld, const SourceHead<T>& head, Buffer<T>& space) {
  const std::int64_t size = head.shape.head_size;
  space.reserve(head.padded * size);
  for (std::int64_t r = 0; r < head.length; ++r) {
    std::memcpy(static_cast<void*>(space.data() + r * size), from + r * ld,
                static_cast<std::size_t>(size) * sizeof(T));
  }
  std::memset(static_cast<void*>(space.data() + head.length * size), 0,
              static_cast<std::size_t>((head.padded - head.length) * size) * sizeof(T));
  return space.data();
}

template <class T>
void pack_head(const T* keys, const T* values, std::int64_t ld, const SourceHead<T>& head,
               AttentionSpace<T>& space) {
  const std::int64_t size = head.shape.head_size;
  T* to_keys = const_cast<T*>(head.keys);
  T* to_values = const_cast<T*>(head.values);
  const T* rows = gather_head(keys, ld, head, space.gathered);
  for (std::int64_t c = 0; c < head.padded; c += kPanel)
    typed_kernels<T>().pack_transposed(rows + c * size, size, size, kPanel, to_keys + c * size);
  rows = gather_head(values, ld, head, space.gathered);
  for (std::int64_t p = 0; p < head.shape.width(); p += kPanel) {
    typed_kernels<T>().pack_rows(rows + p, size, head.padded, std::min(kPanel, size - p),
                                 to_values + p * head.padded);
  }
}

}  // namespace

template <class T>
void SourceCache<T>::fill(const SourceSpans& spans, const AttentionShape& shape, std::int64_t begin,
                          std::int64_t end, const T* qkv) {
  const std::int64_t h = shape.hidden();
  at::parallel_for(0, (end - begin) * shape.heads, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t source = begin + i / shape.heads, number = i % shape.heads;
      const T* rows = qkv + (spans.row(source) - spans.row(begin)) * 3 * h;
      const std::int64_t column = number * shape.head_size;
      pack_head(rows + h + column, rows + 2 * h + column, 3 * h, head(spans, shape, source, number),
                attention_space<T>());
    }
  });
}

template <class T>
AttentionSpace<T>& attention_space() {
  thread_local AttentionSpace<T> space;
  return space;
}

template <class T>
void attend_head(const SourceHead<T>& head, const QueryRows<T>& rows, const OwnTokens& own,
                 AttentionSpace<T>& space) {
  const std::int64_t size = head.shape.head_size, width = head.shape.width();
  const ScoreColumns columns{.source = head.length, .padded = head.padded, .tokens = own.count};
  const std::int64_t ld = columns.count();
  space.scores.reserve(rows.count * ld);
  space.product.reserve(rows.count * width);
  for (std::int64_t c = 0; c < head.padded; c += kPanel) {
    multiply(rows.queries, rows.ld, head.keys + c * size, space.scores.data() + c, ld, rows.count,
             size, false);
  }
  const auto tokens_of = [&](const float* table, std::int64_t r) {
    return RowTable{.rows = table,
                    .stride = own.stride,
                    .numbers = own.places + r * own.places_stride,
                    .count = own.count,
                    .size = size};
  };
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (std::int64_t r = 0; r < rows.count; ++r) {
    float* scores = space.scores.data() + r * ld;
    if (own.count > 0) {
      decode_kernels().dots(own.queries + r * own.stride, tokens_of(own.keys, r),
                            scores + head.padded);
    }
    decode_kernels().softmax(scores, columns, scale);
  }
  const T* shares = nullptr;
  if constexpr (std::is_same_v<T, float>) {
    shares = space.scores.data();
  } else {
    space.shares.reserve(rows.count * ld);
    typed_kernels<T>().from_float(space.scores.data(), space.shares.data(), rows.count * ld);
    shares = space.shares.data();
  }
  for (std::int64_t p = 0; p < width; p += kPanel) {
    multiply(shares, ld, head.values + p * head.padded, space.product.data() + p, width, rows.count,
             head.padded, false);
  }
  for (std::int64_t r = 0; r < rows.count; ++r) {
    float* product = space.product.data() + r * width;
    if (own.count > 0) {
      decode_kernels().weighted_sum(space.scores.data() + r * ld + head.padded,
                                    tokens_of(own.values, r), product);
    }
    typed_kernels<T>().from_float(product, rows.out + r * rows.ld_out, size);
  }
}

template <class T>
void attend_sources(const SourceSpans& spans, const AttentionShape& shape, std::int64_t begin,
                    std::int64_t end, const SourceCache<T>& cache, const T* qkv, T* out) {
  const std::int64_t h = shape.hidden();
  at::parallel_for(0, (end - begin) * shape.heads, 1, [&](std::int64_t from, std::int64_t to) {
    AttentionSpace<T>& space = attention_space<T>();
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t source = begin + i / shape.heads, number = i % shape.heads;
      const std::int64_t first = spans.row(source) - spans.row(begin);
      const SourceHead<T> head = cache.head(spans, shape, source, number);
      for (std::int64_t r = 0; r < head.length; r += kRowBlock) {
        const std::int64_t row = first + r, column = number * shape.head_size;
        attend_head(head,
                    QueryRows<T>{.queries = qkv + row * 3 * h + column,
                                 .ld = 3 * h,
                                 .count = std::min(kRowBlock, head.length - r),
                                 .out = out + row * h + column,
                                 .ld_out = h},
                    OwnTokens{}, space);
      }
    }
    finish_multiply<T>();
  });
}

template class SourceCache<float>;
template class SourceCache<Bf16>;
template AttentionSpace<float>& attention_space();
template AttentionSpace<Bf16>& attention_space();
template void attend_head(const SourceHead<float>&, const QueryRows<float>&, const OwnTokens&,
                          AttentionSpace<float>&);
template void attend_head(const SourceHead<Bf16>&, const QueryRows<Bf16>&, const OwnTokens&,
                          AttentionSpace<Bf16>&);
template void attend_sources(const SourceSpans&, const AttentionShape&, std::int64_t, std::int64_t,
                             const SourceCache<float>&, const float*, float*);
template void attend_sources(const SourceSpans&, const AttentionShape&, std::int64_t, std::int64_t,
                             const SourceCache<Bf16>&, const Bf16*, Bf16*);

}  // namespace unimo::trainer
