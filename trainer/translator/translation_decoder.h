// Next-token probabilities of many translations at once, on the processor, with nothing computed
// twice: keys and values of the sources are packed once for each layer and shared by all
// hypotheses of a source; those of translated tokens stay where they were written, and a hypothesis
// knows the places of its own. fp32; the answers are those of Translator::decode, whatever else is
// in the batch and however many threads there are.
//
//   TranslationDecoder decoder(model, never);
//   decoder.start(sources, {.rows = 4, .steps = 100});
//   auto next = decoder.step({{.source = 0, .token = start}});
//   next = decoder.step(...);   // any number of continuations of the rows of the step before
//
// Memory is taken in `start` and kept for the next one. Calls must not overlap; the model must
// outlive it and must not change between start and the last step.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/decode/incremental.h"
#include "trainer/decode/next_tokens.h"
#include "trainer/decode/packed_decoder.h"
#include "trainer/translator/translator.h"

namespace unimo::trainer {

class TranslationDecoder {
 public:
  // Tokens in `never` have no probability: the others' are those of a model without them.
  TranslationDecoder(Translator& model, std::vector<std::int32_t> never);
  ~TranslationDecoder();
  TranslationDecoder(const TranslationDecoder&) = delete;
  TranslationDecoder& operator=(const TranslationDecoder&) = delete;

  // Throws std::invalid_argument for texts that do not fit the model.
  void start(const PackedTexts& sources, const DecodeLimits& limits);
  // One answer for each row, valid until the next call. Rows of one source stand together.
  std::span<const NextTokens> step(std::span<const DecodeRow> rows);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace unimo::trainer
