// The forward pass of the own attention; see attention_kernels.h. A block works on 64 queries of
// one head.
#include <cmath>

#include "trainer/cuda/attention_tile.cuh"

namespace unimo::trainer {

namespace {

// The maximum or sum over the 16 threads that share a row of scores.
template <class Join>
__device__ __forceinline__ float over_row(float value, const Join& join) {
  for (int distance = kSide / 2; distance > 0; distance /= 2)
    value = join(value, __shfl_xor_sync(kAllLanes, value, distance, kSide));
  return value;
}

// What a thread knows of its four rows.
struct RowState {
  float maximum[kShare], sum[kShare];
  float out[kShare][kMostDims];
};

// Scores of one tile of columns become dropped shares in `shares`; sums so far are rescaled.
__device__ __forceinline__ void take_scores(float (&scores)[kShare][kShare], int first,
                                            const SpanColumns& span, const QueryTile& tile,
                                            float scale, const DropoutKey& key, std::int64_t heads,
                                            int head, RowState& state, float* shares) {
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    const int row = tile.begin + tile_y() + kSide * i;
    const int seen = row < tile.end ? span.seen(row) : 0;
    float top = state.maximum[i];
#pragma unroll
    for (int j = 0; j < kShare; ++j) {
      const bool visible = first + tile_x() + kSide * j < seen;
      scores[i][j] = visible ? scores[i][j] * scale : kUnseen;
      top = fmaxf(top, scores[i][j]);
    }
    top = over_row(top, [](float a, float b) { return fmaxf(a, b); });
    float keep[kShare];
    dropout_of_columns(key, dropout_row_of(row, heads, head), first, keep);
    float sum = 0;
#pragma unroll
    for (int j = 0; j < kShare; ++j) {
      const float share = scores[i][j] > 0.1F * kUnseen ? expf(scores[i][j] - top) : 0.0F;
      sum += share;
      shares[(tile_y() + kSide * i) * kScoreLd + tile_x() + kSide * j] = share * keep[j];
    }
    sum = over_row(sum, [](float a, float b) { return a + b; });
    const float shrink = expf(state.maximum[i] - top);
    state.maximum[i] = top;
    state.sum[i] = state.sum[i] * shrink + sum;
#pragma unroll
    for (int j = 0; j < kMostDims; ++j) state.out[i][j] *= shrink;
  }
}

template <class T>
__global__ void __launch_bounds__(kAttentionThreads) attention_forward(AttentionWork<T> w) {
  extern __shared__ float space[];
  const int head_size = static_cast<int>(w.head_size);
  const int head = static_cast<int>(blockIdx.y);
  const QueryTile tile = w.tables.query_tiles[blockIdx.x];
  const SpanColumns span = w.tables.spans[tile.span];
  const std::int64_t hidden = w.heads * w.head_size;
  const T* queries = w.qkv + head * w.head_size;
  HeadTile q(space, head_size), k(q.behind(), head_size), v(k.behind(), head_size);
  float* shares = v.behind();

  RowState state;
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    state.maximum[i] = kUnseen;
    state.sum[i] = 0;
#pragma unroll
    for (int j = 0; j < kMostDims; ++j) state.out[i][j] = 0;
  }
  const float scale = rsqrtf(static_cast<float>(head_size));
  const int count = tile.end - tile.begin;
  q.fill(queries, 3 * hidden, count, [&](int i) { return tile.begin + i; });
  const int columns = span.seen(tile.end - 1);
  for (int first = 0; first < columns; first += kAttentionTile) {
    const int some = min(kAttentionTile, columns - first);
    const auto row_of = [&](int c) { return span.row_of(first + c); };
    __syncthreads();
    k.fill(queries + hidden, 3 * hidden, some, row_of);
    v.fill(queries + 2 * hidden, 3 * hidden, some, row_of);
    __syncthreads();
    float scores[kShare][kShare];
    multiply_rows(q, k, scores);
    take_scores(scores, first, span, tile, scale, w.key, w.heads, head, state, shares);
    __syncthreads();
    add_product([&](int row, int c) { return shares[row * kScoreLd + c]; }, v, state.out);
  }
  store_head(w.out + tile.begin * hidden + head * w.head_size, hidden, count, head_size,
             [&](int i, int j) { return state.out[i][j] / state.sum[i]; });
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    const int row = tile.begin + tile_y() + kSide * i;
    if (tile_x() == 0 && row < tile.end)
      w.lse[head * w.tables.rows + row] = state.maximum[i] + logf(state.sum[i]);
  }
}

}  // namespace

template <class T>
void device_attention_forward(const AttentionWork<T>& work, DeviceStream stream) {
  const std::size_t shared = 3 * head_tile_bytes(work.head_size) + kScores * sizeof(float);
  allow_shared_memory(attention_forward<T>, shared, "attention_forward");
  const dim3 grid(static_cast<unsigned>(work.tables.query_tile_count),
                  static_cast<unsigned>(work.heads));
  attention_forward<T><<<grid, kAttentionThreads, shared, stream>>>(work);
  check_launch("attention_forward");
}

template void device_attention_forward(const AttentionWork<float>&, DeviceStream);
template void device_attention_forward(const AttentionWork<Bf16>&, DeviceStream);
template void device_attention_forward(const AttentionWork<Fp16>&, DeviceStream);

}  // namespace unimo::trainer
