// The backward pass of the own attention; see attention_kernels.h. Scores are made again from
// queries and keys: one kernel sums for 64 queries, one for 64 keys over all spans that see them.
#include <cmath>

#include "trainer/cuda/attention_tile.cuh"

namespace unimo::trainer {

namespace {

// delta[head, row] = dout . out of that head: what the softmax takes off its gradient.
template <class T>
__global__ void attention_delta(AttentionWork<T> w) {
  const std::int64_t i =
      static_cast<std::int64_t>(blockIdx.x) * (blockDim.x / kWarp) + threadIdx.x / kWarp;
  if (i >= w.tables.rows * w.heads) return;
  const T* out = w.out + i * w.head_size;  // i counts heads inside rows
  const T* dout = w.dout + i * w.head_size;
  float sum = 0;
  for (std::int64_t d = threadIdx.x % kWarp; d < w.head_size; d += kWarp)
    sum += load(out + d) * load(dout + d);
  sum = warp_sum(sum);
  if (threadIdx.x % kWarp == 0) w.delta[i % w.heads * w.tables.rows + i / w.heads] = sum;
}

struct ScoreGradient {
  float share;  // softmax
  float slope;  // gradient of the unscaled score, scale included
};

__device__ __forceinline__ ScoreGradient score_gradient(float score, float dp, float scale,
                                                        float lse, float delta, float keep,
                                                        bool visible) {
  if (!visible) return {0, 0};
  const float share = expf(score * scale - lse);
  return {share, share * (dp * keep - delta) * scale};
}

template <class T>
__global__ void __launch_bounds__(kAttentionThreads) query_gradients(AttentionWork<T> w) {
  extern __shared__ float space[];
  const int head_size = static_cast<int>(w.head_size);
  const int head = static_cast<int>(blockIdx.y);
  const QueryTile tile = w.tables.query_tiles[blockIdx.x];
  const SpanColumns span = w.tables.spans[tile.span];
  const std::int64_t hidden = w.heads * w.head_size;
  const T* queries = w.qkv + head * w.head_size;
  HeadTile q(space, head_size), dout(q.behind(), head_size), k(dout.behind(), head_size),
      v(k.behind(), head_size);
  float* slopes = v.behind();

  float sums[kShare][kMostDims] = {};
  float lse[kShare], delta[kShare];
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    const std::int64_t row = min(tile.begin + tile_y() + kSide * i, tile.end - 1);
    lse[i] = w.lse[head * w.tables.rows + row];
    delta[i] = w.delta[head * w.tables.rows + row];
  }
  const float scale = rsqrtf(static_cast<float>(head_size));
  const int count = tile.end - tile.begin;
  const auto own_row = [&](int i) { return tile.begin + i; };
  q.fill(queries, 3 * hidden, count, own_row);
  dout.fill(w.dout + head * w.head_size, hidden, count, own_row);
  const int columns = span.seen(tile.end - 1);
  for (int first = 0; first < columns; first += kAttentionTile) {
    const int some = min(kAttentionTile, columns - first);
    const auto row_of = [&](int c) { return span.row_of(first + c); };
    __syncthreads();
    k.fill(queries + hidden, 3 * hidden, some, row_of);
    v.fill(queries + 2 * hidden, 3 * hidden, some, row_of);
    __syncthreads();
    float scores[kShare][kShare], dp[kShare][kShare];
    multiply_rows(q, k, scores);
    multiply_rows(dout, v, dp);
#pragma unroll
    for (int i = 0; i < kShare; ++i) {
      const int row = tile.begin + tile_y() + kSide * i;
      const int seen = row < tile.end ? span.seen(row) : 0;
      float keep[kShare];
      dropout_of_columns(w.key, dropout_row_of(row, w.heads, head), first, keep);
#pragma unroll
      for (int j = 0; j < kShare; ++j) {
        slopes[(tile_y() + kSide * i) * kScoreLd + tile_x() + kSide * j] =
            score_gradient(scores[i][j], dp[i][j], scale, lse[i], delta[i], keep[j],
                           first + tile_x() + kSide * j < seen)
                .slope;
      }
    }
    __syncthreads();
    add_product([&](int row, int c) { return slopes[row * kScoreLd + c]; }, k, sums);
  }
  store_head(w.dqkv + tile.begin * 3 * hidden + head * w.head_size, 3 * hidden, count, head_size,
             [&](int i, int j) { return sums[i][j]; });
}

// Adds what 64 queries [begin, end) of one span give to the tile's keys and values.
template <class T>
__device__ __forceinline__ void add_queries(const AttentionWork<T>& w, int head,
                                            const KeyTile& tile, const SpanColumns& span, int begin,
                                            int end, HeadTile& q, HeadTile& dout, const HeadTile& k,
                                            const HeadTile& v, float* shares, float* slopes) {
  const std::int64_t hidden = w.heads * w.head_size;
  const auto query_row = [&](int i) { return begin + i; };
  __syncthreads();
  q.fill(w.qkv + head * w.head_size, 3 * hidden, end - begin, query_row);
  dout.fill(w.dout + head * w.head_size, hidden, end - begin, query_row);
  __syncthreads();
  float scores[kShare][kShare], dp[kShare][kShare];
  multiply_rows(q, k, scores);
  multiply_rows(dout, v, dp);
  const float scale = rsqrtf(static_cast<float>(w.head_size));
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    const int row = min(begin + tile_y() + kSide * i, end - 1);
    const int seen = begin + tile_y() + kSide * i < end ? span.seen(row) : 0;
    const float lse = w.lse[head * w.tables.rows + row];
    const float delta = w.delta[head * w.tables.rows + row];
#pragma unroll
    for (int j = 0; j < kShare; ++j) {
      const int key_row = tile.begin + tile_x() + kSide * j;
      const int column = key_row < tile.end ? span.column_of(key_row) : -1;
      const bool visible = column >= 0 && column < seen;
      const float keep = visible ? dropout_multiplier(w.key, dropout_row_of(row, w.heads, head),
                                                      static_cast<std::uint32_t>(column))
                                 : 0.0F;
      const ScoreGradient g =
          score_gradient(scores[i][j], dp[i][j], scale, lse, delta, keep, visible);
      const int at = (tile_y() + kSide * i) * kScoreLd + tile_x() + kSide * j;
      shares[at] = g.share * keep;
      slopes[at] = g.slope;
    }
  }
  __syncthreads();
}

template <class T>
__global__ void __launch_bounds__(kAttentionThreads) key_gradients(AttentionWork<T> w) {
  extern __shared__ float space[];
  const int head_size = static_cast<int>(w.head_size);
  const int head = static_cast<int>(blockIdx.y);
  const KeyTile tile = w.tables.key_tiles[blockIdx.x];
  const std::int64_t hidden = w.heads * w.head_size;
  const T* queries = w.qkv + head * w.head_size;
  HeadTile k(space, head_size), v(k.behind(), head_size), q(v.behind(), head_size),
      dout(q.behind(), head_size);
  float* shares = dout.behind();
  float* slopes = shares + kScores;

  float dk[kShare][kMostDims] = {};
  float dv[kShare][kMostDims] = {};
  const int count = tile.end - tile.begin;
  const auto key_row = [&](int i) { return tile.begin + i; };
  k.fill(queries + hidden, 3 * hidden, count, key_row);
  v.fill(queries + 2 * hidden, 3 * hidden, count, key_row);
  for (int viewer = tile.viewers_begin; viewer < tile.viewers_end; ++viewer) {
    const SpanColumns span = w.tables.spans[w.tables.viewers[viewer]];
    const bool own = span.begin <= tile.begin && tile.begin < span.end;
    // Earlier queries of a causal span see none of its later keys.
    const int skipped =
        own && span.causal != 0 ? (tile.begin - span.begin) / kAttentionTile * kAttentionTile : 0;
    for (int begin = span.begin + skipped; begin < span.end; begin += kAttentionTile) {
      add_queries(w, head, tile, span, begin, min(begin + kAttentionTile, span.end), q, dout, k, v,
                  shares, slopes);
      add_product([&](int key, int c) { return shares[c * kScoreLd + key]; }, dout, dv);
      add_product([&](int key, int c) { return slopes[c * kScoreLd + key]; }, q, dk);
    }
  }
  T* out = w.dqkv + tile.begin * 3 * hidden + head * w.head_size;
  store_head(out + hidden, 3 * hidden, count, head_size, [&](int i, int j) { return dk[i][j]; });
  store_head(out + 2 * hidden, 3 * hidden, count, head_size,
             [&](int i, int j) { return dv[i][j]; });
}

}  // namespace

template <class T>
void device_attention_backward(const AttentionWork<T>& work, DeviceStream stream) {
  constexpr unsigned kDeltaThreads = 256;
  attention_delta<T><<<blocks_for(work.tables.rows * work.heads, kDeltaThreads / kWarp),
                       kDeltaThreads, 0, stream>>>(work);
  check_launch("attention_delta");
  const auto heads = static_cast<unsigned>(work.heads);
  const std::size_t tiles = 4 * head_tile_bytes(work.head_size);
  const std::size_t of_queries = tiles + kScores * sizeof(float);
  allow_shared_memory(query_gradients<T>, of_queries, "query_gradients");
  query_gradients<T><<<dim3(static_cast<unsigned>(work.tables.query_tile_count), heads),
                       kAttentionThreads, of_queries, stream>>>(work);
  check_launch("query_gradients");
  const std::size_t of_keys = tiles + 2 * kScores * sizeof(float);
  allow_shared_memory(key_gradients<T>, of_keys, "key_gradients");
  key_gradients<T><<<dim3(static_cast<unsigned>(work.tables.key_tile_count), heads),
                     kAttentionThreads, of_keys, stream>>>(work);
  check_launch("key_gradients");
}

template void device_attention_backward(const AttentionWork<float>&, DeviceStream);
template void device_attention_backward(const AttentionWork<Bf16>&, DeviceStream);
template void device_attention_backward(const AttentionWork<Fp16>&, DeviceStream);

}  // namespace unimo::trainer
