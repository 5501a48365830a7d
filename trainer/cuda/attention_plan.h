// How the spans of a batch become work for attention on a device: tiles for the own kernels, packed
// calls for FlashAttention. Plain vectors: no tensors here.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/cuda/attention_kernels.h"
#include "trainer/cuda/segments.h"
#include "trainer/data/batch.h"

namespace unimo::trainer {

struct TilePlan {
  std::vector<SpanColumns> spans;
  std::vector<QueryTile> query_tiles;
  std::vector<KeyTile> key_tiles;
  std::vector<std::int32_t> viewers;
};
TilePlan plan_tiles(const std::vector<AttentionSpan>& spans);

// Spans that go into one variable-length call: queries of one behind those of the other, and the
// columns that they see likewise. Causal masks end at the lower right corner, so that each query
// sees the whole context.
struct FlashCall {
  bool causal = false;
  std::vector<std::int32_t> query_rows, key_rows;      // rows of the batch
  std::vector<std::int32_t> query_begins, key_begins;  // of each span in those, and the end
  std::int32_t longest_query = 0;
  std::int32_t longest_key = 0;
};

struct FlashPlan {
  std::vector<FlashCall> calls;        // one, or two: without and with a causal mask
  bool whole = false;                  // one call whose rows are those of the batch, in order
  std::vector<std::int32_t> place_of;  // [rows], where the calls' queries, end to end, hold a row
  SegmentPlan keys;                    // adds the calls' keys, end to end, up by row
};
FlashPlan plan_flash(const std::vector<AttentionSpan>& spans, std::int32_t rows);

}  // namespace unimo::trainer
