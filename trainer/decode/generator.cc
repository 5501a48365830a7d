#include "trainer/decode/generator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "trainer/decode/packed_decoder.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

// Sources of like length next to each other, cut into batches.
std::vector<std::vector<std::uint32_t>> batches_of(std::span<const std::int64_t> lengths,
                                                   const GeneratorOptions& options) {
  std::vector<std::uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return lengths[a] > lengths[b];  // the largest first: memory is short at once or never
  });
  std::vector<std::vector<std::uint32_t>> batches;
  std::int64_t rows = 0;
  for (const std::uint32_t source : order) {
    const bool full = batches.empty() ||
                      batches.back().size() >= static_cast<std::size_t>(options.batch) ||
                      rows + lengths[source] > options.batch_rows;
    if (full) {
      batches.emplace_back();
      rows = 0;
    }
    batches.back().push_back(source);
    rows += lengths[source];
  }
  return batches;
}

// The searches of one batch, side by side: each step asks the model once for the hypotheses of all.
class Searches {
 public:
  Searches(const BeamRules& rules, std::size_t count) : searches_(count, BeamSearch(rules)) {
    first_row_.resize(count);
    rows_.reserve(count * static_cast<std::size_t>(rules.config.beam));
  }

  Status run(PackedDecoder& decoder, std::span<const std::uint32_t> sources) {
    for (collect_rows(); !rows_.empty(); collect_rows()) {
      const auto next = decoder.step(rows_);
      for (std::size_t row = 0; row < next.size(); ++row) {
        if (std::isfinite(next[row].log_sum)) continue;
        return fail(ErrorCode::kInvalid,
                    "source {}: the model's answer is not finite; its weights are damaged or too "
                    "large for its precision (try fp32)",
                    sources[static_cast<std::size_t>(rows_[row].source)]);
      }
      for (std::size_t i = 0; i < searches_.size(); ++i) {
        const std::size_t live = searches_[i].live().size();
        if (live > 0)
          searches_[i].advance(next.subspan(static_cast<std::size_t>(first_row_[i]), live),
                               picker_);
      }
    }
    return ok();
  }

  const Hypothesis& best(std::size_t i) const { return searches_[i].best(); }

 private:
  void collect_rows() {
    rows_.clear();
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      const int before = std::exchange(first_row_[i], static_cast<int>(rows_.size()));
      for (const Hypothesis& hypothesis : searches_[i].live()) {
        rows_.push_back({.source = static_cast<int>(i),
                         .parent = before + hypothesis.parent,
                         .token = hypothesis.tokens.empty() ? kClsId : hypothesis.tokens.back()});
      }
    }
  }

  std::vector<BeamSearch> searches_;
  // Row of the first live hypothesis of each search in the step at hand: parents are counted from
  // that of the step before.
  std::vector<int> first_row_;
  std::vector<DecodeRow> rows_;
  TokenPicker picker_;
};

BeamRules rules_of(const BeamConfig& config, const Tokenizer& tokenizer, TokenId end) {
  BeamRules rules{
      .config = config, .vocabulary = static_cast<int>(tokenizer.vocabulary_size()), .end = end};
  if (config.forbid_special) {
    for (const TokenId id : {kClsId, kPadId, kUnkId, kSepId, tokenizer.mask_id()}) {
      if (id != end) rules.never.push_back(id);
    }
  }
  if (!config.trigram_blocking) return rules;
  for (std::size_t id = 0; id < tokenizer.vocabulary_size(); ++id)
    rules.word_start.push_back(tokenizer.is_word_start(static_cast<TokenId>(id)));
  return rules;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

Result<std::vector<Hypothesis>> generate(Unimo& model, const GeneratorOptions& options,
                                         std::span<const std::int64_t> lengths,
                                         const MakeSources& make_sources) {
  const BeamConfig& beam = options.rules.config;
  // The start token has position 2; each token but the last is read again.
  if (2 + beam.max_length > model.config().positions) {
    return fail(ErrorCode::kInvalid, "max_length {} does not fit the {} positions of the model",
                beam.max_length, model.config().positions);
  }
  std::vector<Hypothesis> found(lengths.size());
  PackedDecoder decoder(model);
  std::int64_t done = 0;
  for (const auto& batch : batches_of(lengths, options)) {
    const PackedBatch sources = UNIMO_TRY(make_sources(batch));
    decoder.start(sources, {.rows = static_cast<std::int64_t>(batch.size()) * beam.beam,
                            .steps = beam.max_length});
    Searches searches(options.rules, batch.size());
    UNIMO_TRY(searches.run(decoder, batch));
    for (std::size_t i = 0; i < batch.size(); ++i) found[batch[i]] = searches.best(i);
    done += static_cast<std::int64_t>(batch.size());
    if (options.progress) options.progress(done, static_cast<std::int64_t>(lengths.size()));
    if (options.stop && options.stop()) return fail(ErrorCode::kCancelled, "stopped on request");
  }
  return found;
}

TextSource text_source(std::span<const TokenId> ids, std::size_t most) {
  UNIMO_CHECK(most >= 2, "a source of {} positions", most);
  TextSource source{.ids = {kClsId}};
  const auto kept = ids.first(std::min(ids.size(), most - 2));
  source.ids.insert(source.ids.end(), kept.begin(), kept.end());
  source.ids.push_back(kSepId);
  return source;
}

BeamRules seq2seq_rules(const BeamConfig& config, const Tokenizer& tokenizer) {
  return rules_of(config, tokenizer, tokenizer.mask_id());
}

BeamRules caption_rules(const BeamConfig& config, const Tokenizer& tokenizer) {
  return rules_of(config, tokenizer, kSepId);
}

std::string text_of(const Hypothesis& hypothesis, std::int32_t end, const Tokenizer& tokenizer) {
  std::string text;
  std::vector<TokenId> piece;
  const auto flush = [&] {
    text += tokenizer.decode(piece);
    piece.clear();
  };
  for (const std::int32_t token : hypothesis.tokens) {
    if (token == end) break;
    if (token == kSepId) {
      flush();
      text += " [SEP] ";
    } else if (token >= kFirstPieceId && token != tokenizer.mask_id()) {
      piece.push_back(token);
    }
  }
  flush();
  return squeezed(text);
}

Result<std::vector<GeneratedText>> generate_texts(Unimo& model, const GeneratorOptions& options,
                                                  std::span<const TextSource> sources,
                                                  const Tokenizer& tokenizer) {
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    lengths.push_back(static_cast<std::int64_t>(sources[i].ids.size()));
    if (sources[i].ids.empty() || lengths.back() + 2 > model.config().positions) {
      return fail(ErrorCode::kInvalid, "source {} has {} ids: between 1 and {} fit the model", i,
                  lengths.back(), model.config().positions - 2);
    }
  }
  const auto make = [&](std::span<const std::uint32_t> numbers) -> Result<PackedBatch> {
    BatchBuilder builder(model.config().feature_size);
    for (const std::uint32_t number : numbers) {
      const auto& ids = sources[number].ids;
      std::vector<std::int32_t> positions(ids.size());
      std::iota(positions.begin(), positions.end(), 2);
      builder.join(builder.add_tokens(ids, positions).begin);
    }
    return builder.take();
  };
  const auto found = UNIMO_TRY(generate(model, options, lengths, make));
  std::vector<GeneratedText> texts;
  for (const Hypothesis& hypothesis : found)
    texts.push_back({text_of(hypothesis, options.rules.end, tokenizer), hypothesis.score});
  return texts;
}

}  // namespace unimo::trainer
