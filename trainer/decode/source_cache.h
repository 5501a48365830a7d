// Keys and values of sources, packed once for products with the queries of any number of rows, and
// the attention of such rows over them. T is float or Bf16; scores, softmax and sums are float.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/model/gemm.h"

namespace unimo::trainer {

struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t head_size = 0;
  std::int64_t hidden() const { return heads * head_size; }
  // Floats of a row of a product with the values of one head.
  std::int64_t width() const { return round_up(head_size, kPanel); }
};

// Where sources lie: rows of their batch, and columns of the caches, whole panels for each.
class SourceSpans {
 public:
  SourceSpans() = default;
  // One span for each source, bidirectional and without context.
  explicit SourceSpans(const std::vector<AttentionSpan>& spans);

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()) - 1; }
  std::int64_t row(std::int64_t source) const { return rows_[static_cast<std::size_t>(source)]; }
  std::int64_t length(std::int64_t source) const { return row(source + 1) - row(source); }
  std::int64_t column(std::int64_t source) const {
    return columns_[static_cast<std::size_t>(source)];
  }
  std::int64_t padded(std::int64_t source) const { return column(source + 1) - column(source); }
  // Sources [begin, end) in order, of together at most `rows` rows unless it is a single one.
  std::vector<std::pair<std::int64_t, std::int64_t>> chunks(std::int64_t rows) const;

 private:
  std::vector<std::int64_t> rows_{0}, columns_{0};
};

// What one head of one source offers.
template <class T>
struct SourceHead {
  const T* keys;    // panels of [head size, 64 columns]
  const T* values;  // panels of [padded columns, 64 places of the head]
  std::int64_t length, padded;
  AttentionShape shape;
};

template <class T>
class SourceCache {
 public:
  void reserve(const SourceSpans& spans, const AttentionShape& shape);
  // Sources [begin, end), from qkv [rows of these sources, 3 * hidden]. Parallel.
  void fill(const SourceSpans& spans, const AttentionShape& shape, std::int64_t begin,
            std::int64_t end, const T* qkv);
  SourceHead<T> head(const SourceSpans& spans, const AttentionShape& shape, std::int64_t source,
                     std::int64_t head) const;

 private:
  Buffer<T> keys_, values_;
};

// Rows of one source and head that ask together.
template <class T>
struct QueryRows {
  const T* queries;  // [count, head size], `ld` apart
  std::int64_t ld, count;
  T* out;  // [count, head size], `ld_out` apart
  std::int64_t ld_out;
};

// What each of these rows sees besides the source: the tokens at its places.
struct OwnTokens {
  const float* queries = nullptr;  // [rows, head size], `stride` apart
  const float* keys = nullptr;     // [places, head size], `stride` apart
  const float* values = nullptr;
  std::int64_t stride = 0;
  const std::int32_t* places = nullptr;  // of each row, `places_stride` apart
  std::int64_t places_stride = 0;
  std::int64_t count = 0;  // tokens of each row; 0: none
};

// Memory of one thread.
template <class T>
struct AttentionSpace {
  Buffer<float> scores, product;
  Buffer<T> shares, gathered;
};
template <class T>
AttentionSpace<T>& attention_space();

// out = softmax(q . keys / sqrt(head size)) values, over source and own tokens together.
template <class T>
void attend_head(const SourceHead<T>& head, const QueryRows<T>& rows, const OwnTokens& own,
                 AttentionSpace<T>& space);

// The rows of sources [begin, end) over themselves: qkv as above -> out [rows, hidden]. Parallel.
template <class T>
void attend_sources(const SourceSpans& spans, const AttentionShape& shape, std::int64_t begin,
                    std::int64_t end, const SourceCache<T>& cache, const T* qkv, T* out);

}  // namespace unimo::trainer
