#include "trainer/decode/captioner.h"

#include <algorithm>
#include <utility>

#include "trainer/decode/beam_search.h"
#include "trainer/decode/incremental.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {
namespace {

BeamTokens beam_tokens(const Tokenizer& tokenizer, bool word_starts) {
  BeamTokens tokens{.end = kSepId, .never = {kClsId, kPadId, kUnkId, tokenizer.mask_id()}};
  if (!word_starts) return tokens;
  for (std::size_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    tokens.word_start.push_back(tokenizer.is_word_start(static_cast<TokenId>(id)));
  }
  return tokens;
}

// Each image, with the names of its objects where the model was trained with them.
Result<PackedBatch> sources_of(const PackReader& pack, std::span<const std::uint32_t> images,
                               int feature_size, const ObjectTagsConfig& config) {
  BatchBuilder builder(feature_size);
  const SpecialTokens special = special_tokens(pack.tokenizer());
  for (const std::uint32_t image : images) {
    const RegionRecord regions = UNIMO_TRY(pack.regions(image, 0)).decode();
    const Rows rows = builder.add_image(regions, {});
    const auto tags = UNIMO_TRY(object_tags(pack, regions, config));
    if (!tags.empty()) builder.add_text(tags, special);
    builder.join(rows.begin);
  }
  return builder.take();
}

// Runs the searches side by side: each step asks the model once for the hypotheses of all of them.
void search_together(IncrementalDecoder& decoder, std::vector<BeamSearch>& searches,
                     std::int64_t vocabulary) {
  // Row of the first live hypothesis of each search in the step before: parents are counted from
  // it.
  std::vector<int> first_row(searches.size(), 0);
  while (true) {
    std::vector<DecodeRow> rows;
    std::vector<int> next_first(searches.size(), 0);
    for (std::size_t i = 0; i < searches.size(); ++i) {
      next_first[i] = static_cast<int>(rows.size());
      for (const Hypothesis& hypothesis : searches[i].live()) {
        rows.push_back({.source = static_cast<int>(i),
                        .parent = first_row[i] + hypothesis.parent,
                        .token = hypothesis.tokens.empty() ? kClsId : hypothesis.tokens.back()});
      }
    }
    if (rows.empty()) return;
    const at::Tensor log_p = decoder.step(rows);
    const float* numbers = log_p.data_ptr<float>();
    for (std::size_t i = 0; i < searches.size(); ++i) {
      if (searches[i].done()) continue;
      const std::int64_t begin = next_first[i] * vocabulary;
      const auto count = searches[i].live().size() * static_cast<std::size_t>(vocabulary);
      searches[i].advance(std::span(numbers + begin, count));
    }
    first_row = std::move(next_first);
  }
}

}  // namespace

Result<std::vector<GeneratedCaption>> generate_captions(Unimo& model, const PackReader& pack,
                                                        std::span<const std::uint32_t> images,
                                                        const CaptionerOptions& options) {
  const BeamTokens tokens = beam_tokens(pack.tokenizer(), options.beam.trigram_blocking);
  const int vocabulary = model.config().vocabulary;
  IncrementalDecoder decoder(model);
  std::vector<GeneratedCaption> captions;
  for (std::size_t begin = 0; begin < images.size();) {
    const auto some = images.subspan(
        begin, std::min(images.size() - begin, static_cast<std::size_t>(options.batch)));
    decoder.start(UNIMO_TRY(sources_of(pack, some, model.config().feature_size, options.tags)));
    std::vector<BeamSearch> searches(some.size(), BeamSearch(options.beam, vocabulary, tokens));
    search_together(decoder, searches, vocabulary);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Hypothesis& best = searches[i].best();
      captions.push_back(
          {.image = some[i], .text = pack.tokenizer().decode(best.tokens), .score = best.score});
    }
    begin += some.size();
    const auto done = static_cast<std::int64_t>(begin),
               total = static_cast<std::int64_t>(images.size());
    if (options.progress) options.progress(done, total);
    if (options.stop && options.stop()) return fail(ErrorCode::kCancelled, "stopped on request");
  }
  return captions;
}

}  // namespace unimo::trainer
