// Texts from sources by beam search: many sources side by side, those of like length together, with
// bounded memory.
//
//   const auto found = UNIMO_TRY(generate(model, {.rules = rules}, lengths, make_batch));
//   found[i].tokens   // of source i
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/decode/beam_search.h"
#include "trainer/model/unimo.h"
#include "trainer/text/tokenizer.h"

namespace unimo::trainer {

struct GeneratorOptions {
  BeamRules rules;
  int batch = 64;                  // sources decoded at once, at most
  std::int64_t batch_rows = 8192;  // their positions together, at most, unless one alone has more
  std::function<bool()> stop;      // asked between batches; true: kCancelled
  std::function<void(std::int64_t, std::int64_t)> progress;  // sources done, total
};

// A batch of these sources, in this order: one bidirectional span for each.
using MakeSources = std::function<Result<PackedBatch>(std::span<const std::uint32_t> sources)>;

// The best hypothesis for each of `lengths` (positions of each source), in their order. The result
// does not depend on batches and threads but for rounding. kInvalid, naming the source, when the
// model's answers are not finite or max_length does not fit its positions.
Result<std::vector<Hypothesis>> generate(Unimo& model, const GeneratorOptions& options,
                                         std::span<const std::int64_t> lengths,
                                         const MakeSources& make_sources);

// The source of a seq2seq task: [CLS] ids [SEP] at positions 2, 3, …; ids beyond `most` positions
// are cut so that [SEP] stays. [SEP] may stand among the ids.
struct TextSource {
  std::vector<std::int32_t> ids;
};
TextSource text_source(std::span<const TokenId> ids, std::size_t most);

// The rules of seq2seq tasks: generated text ends with [MASK].
BeamRules seq2seq_rules(const BeamConfig& config, const Tokenizer& tokenizer);
// The rules of captions, which end with [SEP].
BeamRules caption_rules(const BeamConfig& config, const Tokenizer& tokenizer);

// What a hypothesis says: cut at the end token, without [CLS], [PAD], [UNK] and [MASK], runs of
// white space made one blank. A [SEP] that is not the end stays as the word "[SEP]", as in
// published outputs.
std::string text_of(const Hypothesis& hypothesis, std::int32_t end, const Tokenizer& tokenizer);

struct GeneratedText {
  std::string text;
  double score = 0;
};

// One text for each source, in their order.
Result<std::vector<GeneratedText>> generate_texts(Unimo& model, const GeneratorOptions& options,
                                                  std::span<const TextSource> sources,
                                                  const Tokenizer& tokenizer);

}  // namespace unimo::trainer
