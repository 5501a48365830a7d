// Own attention kernels for any structure of spans: each row sees its span's context and its span.
//
// Softmax on the fly over tiles of 64 columns, in fp32 on CUDA cores; scores never lie in memory.
// Dropout drops the elements that the processor's attention drops. The backward pass uses no
// atomics: queries' gradients are summed per tile of queries, those of keys and values per tile of
// keys over the spans that see it, in order. Head sizes are even, up to kMostHeadSize. All pointers
// are device memory; calls return before the work is done.
#pragma once

#include <cstdint>

#include "trainer/cuda/device_math.h"
#include "trainer/cuda/device_types.h"

namespace unimo::trainer {

inline constexpr int kMostHeadSize = 128;
inline constexpr int kAttentionTile = 64;

// Up to 64 queries of one span.
struct QueryTile {
  std::int32_t span, begin, end;  // rows of the batch
};
// Up to 64 rows of one span as keys, and the spans that see any of them, ascending.
struct KeyTile {
  std::int32_t begin, end;                  // rows of the batch
  std::int32_t viewers_begin, viewers_end;  // in `viewers`
};

struct AttentionTables {
  const SpanColumns* spans = nullptr;
  const QueryTile* query_tiles = nullptr;
  const KeyTile* key_tiles = nullptr;
  const std::int32_t* viewers = nullptr;  // numbers of spans
  std::int64_t query_tile_count = 0;
  std::int64_t key_tile_count = 0;
  std::int64_t rows = 0;
};

template <class T>
struct AttentionWork {
  AttentionTables tables;
  std::int64_t heads = 0;
  std::int64_t head_size = 0;
  DropoutKey key;
  const T* qkv = nullptr;  // [rows, 3, heads, head_size]
  T* out = nullptr;        // [rows, heads, head_size]
  float* lse = nullptr;    // [heads, rows]
  // Of the backward pass alone.
  const T* dout = nullptr;
  float* delta = nullptr;  // [heads, rows], overwritten
  T* dqkv = nullptr;       // like qkv, overwritten
};

template <class T>
void device_attention_forward(const AttentionWork<T>& work, DeviceStream stream);
template <class T>
void device_attention_backward(const AttentionWork<T>& work, DeviceStream stream);

}  // namespace unimo::trainer
