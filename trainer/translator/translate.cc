#include "trainer/translator/translate.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/data/random.h"
#include "trainer/decode/beam_search.h"
#include "trainer/translator/translation_decoder.h"

namespace unimo::trainer {

namespace {

using Batch = std::vector<std::uint32_t>;

// Sources of like length next to each other, the longest first.
std::vector<Batch> batches_by_length(std::span<const std::vector<std::int32_t>> sources,
                                     const TranslateOptions& options) {
  Batch order(sources.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return sources[a].size() > sources[b].size();
  });
  std::vector<Batch> batches;
  std::int64_t rows = 0;
  for (const std::uint32_t source : order) {
    const auto more = static_cast<std::int64_t>(sources[source].size());
    const bool full = batches.empty() ||
                      batches.back().size() >= static_cast<std::size_t>(options.batch) ||
                      rows + more > options.batch_rows;
    if (full) {
      batches.emplace_back();
      rows = 0;
    }
    batches.back().push_back(source);
    rows += more;
  }
  return batches;
}

// What is in the making for one source, with the rows that it asks for next.
class Hypotheses {
 public:
  virtual ~Hypotheses() = default;
  // Rows of this source; parents are counted from its own first row of the step before.
  virtual void add_rows(std::vector<DecodeRow>& rows) const = 0;
  virtual void advance(std::span<const NextTokens> next, TokenPicker& picker) = 0;
  virtual std::vector<Translation> results() const = 0;
};

class BeamHypotheses : public Hypotheses {
 public:
  BeamHypotheses(const BeamRules& rules, std::int32_t start, int results)
      : search_(rules), start_(start), results_(results) {}

  void add_rows(std::vector<DecodeRow>& rows) const override {
    for (const Hypothesis& hypothesis : search_.live()) {
      rows.push_back({.parent = hypothesis.parent,
                      .token = hypothesis.tokens.empty() ? start_ : hypothesis.tokens.back()});
    }
  }
  void advance(std::span<const NextTokens> next, TokenPicker& picker) override {
    search_.advance(next, picker);
  }
  std::vector<Translation> results() const override {
    std::vector<Translation> found;
    for (const Hypothesis& hypothesis : search_.finished()) {
      if (found.size() == static_cast<std::size_t>(results_)) break;
      Translation one{.tokens = hypothesis.tokens,
                      .text = {},
                      .score = hypothesis.score,
                      .finished = hypothesis.finished};
      if (one.finished) one.tokens.pop_back();
      found.push_back(std::move(one));
    }
    return found;
  }

 private:
  BeamSearch search_;
  std::int32_t start_;
  int results_;
};

struct SamplingRules {
  TranslationSearchConfig search;
  TranslationTokens tokens;
  int results = 1;
};

class SampledHypotheses : public Hypotheses {
 public:
  SampledHypotheses(const SamplingRules& rules, std::uint64_t seed, std::string_view key)
      : rules_(rules), drawn_(static_cast<std::size_t>(rules.results)) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(rules.results); ++i) {
      randoms_.emplace_back(RandomKey{
          .seed = seed, .stream = stream_of("translation"), .sample = stream_of(key), .epoch = i});
      live_.push_back(i);
    }
    parents_ = std::vector<int>(drawn_.size(), 0);
  }

  void add_rows(std::vector<DecodeRow>& rows) const override {
    if (live_.empty()) return;
    // In the first step all continue the start.
    const std::size_t count = steps_ == 0 ? 1 : live_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& tokens = drawn_[live_[i]].tokens;
      rows.push_back(
          {.parent = parents_[i], .token = steps_ == 0 ? rules_.tokens.start : tokens.back()});
    }
  }

  void advance(std::span<const NextTokens> next, TokenPicker& picker) override {
    const bool last = steps_ + 1 >= rules_.search.max_length;
    std::vector<std::uint32_t> still;
    std::vector<int> parents;
    for (std::size_t i = 0; i < live_.size(); ++i) {
      Translation& one = drawn_[live_[i]];
      const std::size_t row = steps_ == 0 ? 0 : i;
      const std::int32_t token = last && rules_.tokens.forced_end
                                     ? rules_.tokens.end
                                     : draw(next[row], randoms_[live_[i]], picker);
      if (!(last && rules_.tokens.forced_end)) one.score += next[row].log_probability(token);
      one.finished = token == rules_.tokens.end;
      if (!one.finished) one.tokens.push_back(token);
      if (one.finished || last) continue;
      still.push_back(live_[i]);
      parents.push_back(static_cast<int>(row));
    }
    live_ = std::move(still);
    parents_ = std::move(parents);
    ++steps_;
  }

  std::vector<Translation> results() const override { return drawn_; }

 private:
  bool is_allowed(std::int32_t token) const {
    const auto& never = rules_.tokens.never;
    return std::find(never.begin(), never.end(), token) == never.end();
  }

  std::int32_t draw(const NextTokens& next, Random& random, TokenPicker& picker) const {
    const std::size_t most =
        rules_.search.top_k == 0
            ? next.logits.size()
            : static_cast<std::size_t>(rules_.search.top_k) + rules_.tokens.never.size();
    std::vector<std::int32_t> allowed;
    for (const std::int32_t token : picker.best(next, most)) {
      if (is_allowed(token)) allowed.push_back(token);
      if (rules_.search.top_k > 0 &&
          allowed.size() == static_cast<std::size_t>(rules_.search.top_k))
        break;
    }
    const auto logit = [&](std::int32_t token) {
      return static_cast<double>(next.logits[static_cast<std::size_t>(token)]);
    };
    const double top = logit(allowed.front());
    std::vector<double> shares;
    double sum = 0;
    for (const std::int32_t token : allowed) {
      sum += std::exp((logit(token) - top) / rules_.search.temperature);
      shares.push_back(sum);
    }
    const auto found = std::upper_bound(shares.begin(), shares.end(), random.uniform() * sum);
    const auto place = static_cast<std::size_t>(found - shares.begin());
    return allowed[std::min(place, allowed.size() - 1)];
  }

  const SamplingRules& rules_;
  std::vector<Translation> drawn_;
  std::vector<Random> randoms_;
  std::vector<std::uint32_t> live_;  // numbers in drawn_
  std::vector<int> parents_;         // of each live one, row of the step before
  int steps_ = 0;
};

// The hypotheses of one batch, side by side: each step asks the model once for all of them.
class TranslationBatch {
 public:
  void add(std::unique_ptr<Hypotheses> hypotheses) {
    sources_.push_back(std::move(hypotheses));
    first_row_.push_back(0);
  }

  Status run(TranslationDecoder& decoder, std::span<const std::uint32_t> numbers) {
    for (collect_rows(); !rows_.empty(); collect_rows()) {
      const auto next = decoder.step(rows_);
      for (std::size_t row = 0; row < next.size(); ++row) {
        if (std::isfinite(next[row].log_sum)) continue;
        return fail(ErrorCode::kInvalid,
                    "text {}: the translator's answer is not finite; its weights are damaged",
                    numbers[static_cast<std::size_t>(rows_[row].source)]);
      }
      for (std::size_t i = 0; i < sources_.size(); ++i) {
        const auto count = static_cast<std::size_t>(counts_[i]);
        if (count > 0)
          sources_[i]->advance(next.subspan(static_cast<std::size_t>(first_row_[i]), count),
                               picker_);
      }
    }
    return ok();
  }

  std::vector<Translation> results(std::size_t i) const { return sources_[i]->results(); }

 private:
  void collect_rows() {
    rows_.clear();
    counts_.assign(sources_.size(), 0);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const auto begin = rows_.size();
      const int before = std::exchange(first_row_[i], static_cast<int>(begin));
      sources_[i]->add_rows(rows_);
      for (std::size_t row = begin; row < rows_.size(); ++row) {
        rows_[row].source = static_cast<int>(i);
        rows_[row].parent += before;
      }
      counts_[i] = static_cast<int>(rows_.size() - begin);
    }
  }

  std::vector<std::unique_ptr<Hypotheses>> sources_;
  std::vector<int> first_row_, counts_;
  std::vector<DecodeRow> rows_;
  TokenPicker picker_;
};

Status check_options(const TranslateOptions& options, const TranslationTokens& tokens,
                     const TranslatorConfig& config) {
  const TranslationSearchConfig& search = options.search;
  if (search.max_length > config.positions)
    return fail(ErrorCode::kInvalid,
                "max_length {} does not fit the {} positions of the translator; lower it",
                search.max_length, config.positions);
  if (search.method == "beam" && options.results > search.beam)
    return fail(ErrorCode::kInvalid, "{} translations of each text from a beam of {}; raise beam",
                options.results, search.beam);
  if (tokens.start >= config.target_vocabulary || tokens.end >= config.target_vocabulary)
    return fail(ErrorCode::kInvalid, "start token {} and end token {} of {} tokens", tokens.start,
                tokens.end, config.target_vocabulary);
  return ok();
}

}  // namespace

Result<std::vector<std::vector<Translation>>> translate_ids(
    Translator& model, const TranslationTokens& tokens,
    std::span<const std::vector<std::int32_t>> sources, std::span<const std::string> keys,
    const TranslateOptions& options) {
  UNIMO_CHECK(sources.size() == keys.size(), "{} keys for {} texts", keys.size(), sources.size());
  UNIMO_TRY(check_options(options, tokens, model.config()));
  const TranslationSearchConfig& search = options.search;
  const bool beam = search.method == "beam";
  const BeamRules rules{.config = {.beam = search.beam,
                                   .alpha = search.length_penalty,
                                   .min_length = 0,
                                   .max_length = search.max_length},
                        .vocabulary = model.config().target_vocabulary,
                        .end = tokens.end,
                        .never = tokens.never,
                        .word_start = {},
                        .style = BeamStyle::kApart,
                        .forced_end = tokens.forced_end};
  const SamplingRules sampling{.search = search, .tokens = tokens, .results = options.results};
  std::vector<std::vector<Translation>> found(sources.size());
  TranslationDecoder decoder(model,
                             tokens.renormalize ? tokens.never : std::vector<std::int32_t>{});
  std::int64_t done = 0;
  for (const Batch& batch : batches_by_length(sources, options)) {
    PackedTexts packed;
    TranslationBatch together;
    for (const std::uint32_t number : batch) {
      packed.add(sources[number]);
      if (beam)
        together.add(std::make_unique<BeamHypotheses>(rules, tokens.start, options.results));
      else
        together.add(std::make_unique<SampledHypotheses>(sampling, options.seed, keys[number]));
    }
    const int width = beam ? search.beam : options.results;
    decoder.start(packed, {.rows = static_cast<std::int64_t>(batch.size()) * width,
                           .steps = search.max_length});
    UNIMO_TRY(together.run(decoder, batch));
    for (std::size_t i = 0; i < batch.size(); ++i) found[batch[i]] = together.results(i);
    done += static_cast<std::int64_t>(batch.size());
    if (options.progress) options.progress(done, static_cast<std::int64_t>(sources.size()));
    if (options.stop && options.stop()) return fail(ErrorCode::kCancelled, "stopped on request");
  }
  return found;
}

Result<std::vector<std::vector<Translation>>> translate(
    LoadedTranslator& translator, std::span<const TranslationRequest> requests,
    const TranslateOptions& options, TranslateCounts* counts) {
  std::vector<std::vector<std::int32_t>> sources;
  std::vector<std::string> keys;
  const auto most = static_cast<std::size_t>(translator.model->config().positions);
  for (const TranslationRequest& request : requests) {
    std::vector<std::int32_t> ids = translator.vocabulary.encode_source(request.text);
    if (ids.size() > most) {
      ids.resize(most);
      ids.back() = translator.tokens.end;
      if (counts != nullptr) ++counts->shortened_sources;
    }
    sources.push_back(std::move(ids));
    keys.push_back(request.key);
  }
  auto found =
      UNIMO_TRY(translate_ids(*translator.model, translator.tokens, sources, keys, options));
  for (std::vector<Translation>& translations : found) {
    for (Translation& one : translations)
      one.text = translator.vocabulary.decode_target(one.tokens);
  }
  return found;
}

}  // namespace unimo::trainer
