// The plain form of decoding, by LibTorch's operations alone; packed_decoder.h is the fast one on a
// processor and is compared with it.
//
// Next-token probabilities for many hypotheses at once, without computing anything twice: keys and
// values of the sources are kept once and shared by all hypotheses of a source, those of generated
// tokens are kept per hypothesis.
//
//   IncrementalDecoder decoder(model);
//   decoder.start(sources);                       // one bidirectional span for each source
//   at::Tensor p = decoder.step({{.source = 0, .token = cls}, {.source = 1, .token = cls}});
//   p = decoder.step(...);                        // any number of continuations of the rows of the
//   step before
//
// The result is what encoding each whole sequence anew would give. Calls must not overlap; the
// model must not change between start and the last step.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/model/unimo.h"

namespace unimo::trainer {

// One hypothesis of a step: the row of the previous step that it continues (ignored in the first),
// and its newest token.
struct DecodeRow {
  int source = 0;
  int parent = 0;
  std::int32_t token = 0;
};

class IncrementalDecoder {
 public:
  explicit IncrementalDecoder(Unimo& model);

  void start(const PackedBatch& sources);

  // Log-probabilities of the next token, fp32 [rows, vocabulary] on the host. Rows of one source
  // stand together. A source without rows is dropped for good.
  at::Tensor step(std::span<const DecodeRow> rows);

 private:
  struct Layer {
    at::Tensor source_keys, source_values;  // [sources, heads, longest, head size]
    at::Tensor text_keys, text_values;      // [rows, heads, steps, head size]
  };
  // Where the rows of a step stand in a grid [sources kept, most rows of a source].
  struct Grid {
    std::int64_t sources = 0, width = 0;
    at::Tensor slot;  // [rows], number in the flat grid
  };
  at::Tensor embed(std::span<const DecodeRow> rows);
  Grid arrange(std::span<const DecodeRow> rows);
  void keep_sources(const std::vector<std::int64_t>& kept);
  at::Tensor attend(Layer& layer, const Grid& grid, const at::Tensor& queries);
  at::Tensor run_layer(int number, const Grid& grid, const at::Tensor& parents,
                       const at::Tensor& x);
  at::Tensor heads_of(const at::Tensor& x) const;  // [rows, hidden] -> [rows, heads, head size]

  Unimo& model_;
  std::vector<Layer> layers_;
  std::vector<int> kept_;   // number of the source at each place of the caches
  at::Tensor source_bias_;  // [sources, 1, 1, longest]: 0 for its rows, -inf behind them
  std::int64_t steps_ = 0;
};

}  // namespace unimo::trainer
