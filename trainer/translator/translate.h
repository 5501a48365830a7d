// Translates texts: by beam search, or drawn at random.
//
//   const auto found = UNIMO_TRY(translate(translator, requests, {.search = {.beam = 4}}));
//   found[i][0].text
//
// A text's translations depend on the text, the settings and, when drawn, on (seed, key, number) by
// Philox: not on the batch it is in, nor on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "trainer/config/translator.h"
#include "trainer/translator/checkpoint.h"

namespace unimo::trainer {

struct TranslationRequest {
  std::string text;
  std::string key;  // names the text's random numbers; of no use to beam search
};

struct TranslateOptions {
  TranslationSearchConfig search;
  int results = 1;                 // of each text; beam search: the best of its `beam`
  int batch = 32;                  // texts together
  std::int64_t batch_rows = 4096;  // of source tokens together
  std::uint64_t seed = 0;
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  std::function<bool()> stop;  // asked between batches; true: kCancelled
};

struct Translation {
  std::vector<std::int32_t> tokens;  // without the end token
  std::string text;
  double score = 0;       // beam: the search's; drawn: sum of log probabilities
  bool finished = false;  // false: cut at max_length
};

struct TranslateCounts {
  std::int64_t shortened_sources = 0;  // longer than the model's positions, cut
};

// Of each request its translations, the best or first drawn one first. Texts longer than the model
// reads are cut and counted.
Result<std::vector<std::vector<Translation>>> translate(
    LoadedTranslator& translator, std::span<const TranslationRequest> requests,
    const TranslateOptions& options, TranslateCounts* counts = nullptr);

// The same of ids that end with the end token.
Result<std::vector<std::vector<Translation>>> translate_ids(
    Translator& model, const TranslationTokens& tokens,
    std::span<const std::vector<std::int32_t>> sources, std::span<const std::string> keys,
    const TranslateOptions& options);

}  // namespace unimo::trainer
