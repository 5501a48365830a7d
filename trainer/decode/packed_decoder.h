// Next-token probabilities for many hypotheses at once, on the processor, with nothing computed
// twice: keys and values of the sources are packed once and shared by all hypotheses of a source;
// those of generated tokens stay where they were written, and a hypothesis knows the places of its
// own. Products run in the model's precision (fp16 in fp32), the rest in fp32.
//
//   PackedDecoder decoder(model);
//   decoder.start(sources, {.rows = 10, .steps = 30});  // one bidirectional span for each source
//   auto next = decoder.step({{.source = 0, .token = cls}, {.source = 1, .token = cls}});
//   next = decoder.step(...);  // any number of continuations of the rows of the step before
//
// The result is what encoding each whole sequence anew would give, and does not depend on the
// number of threads. Memory is taken in `start` and kept for the next one; a step takes none. Calls
// must not overlap; the model must not change between start and the last step. For a model on a GPU
// the plain form answers (tensor_decoder.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "trainer/decode/incremental.h"
#include "trainer/decode/next_tokens.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

struct DecodeLimits {
  std::int64_t rows = 0;   // of a step, at most
  std::int64_t steps = 0;  // at most
};

class PackedDecoder {
 public:
  explicit PackedDecoder(Unimo& model);
  ~PackedDecoder();
  PackedDecoder(const PackedDecoder&) = delete;
  PackedDecoder& operator=(const PackedDecoder&) = delete;

  void start(const PackedBatch& sources, const DecodeLimits& limits);

  // One answer for each row, valid until the next call. Rows of one source stand together. Token n
  // of a hypothesis has position 2 + n, as training shows it.
  std::span<const NextTokens> step(std::span<const DecodeRow> rows);

  // What stands behind it: in one precision, or on a GPU.
  class Engine {
   public:
    virtual ~Engine() = default;
    virtual void start(const PackedBatch& sources, const DecodeLimits& limits) = 0;
    virtual std::span<const NextTokens> step(std::span<const DecodeRow> rows) = 0;
  };

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace unimo::trainer
