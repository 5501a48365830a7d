#include "stages/translate/back_translation.h"

#include <set>
#include <utility>

#include "evaluators/unicode.h"
#include "orchestrator/stage/stage.h"

namespace unimo::stages {

std::string normalised_sentence(std::string_view text) {
  std::u32string kept;
  for (const char32_t c : eval::to_lower(eval::decode_utf8(text))) {
    const bool blank = eval::is_python_space(c) || eval::is_separator(c);
    if (!blank && (eval::is_punctuation(c) || eval::is_other(c))) continue;
    if (!blank)
      kept += c;
    else if (!kept.empty() && kept.back() != U' ')
      kept += U' ';
  }
  if (!kept.empty() && kept.back() == U' ') kept.pop_back();
  return eval::encode_utf8(kept);
}

Json BackTranslationCounts::to_json() const {
  return {{"captions", captions},
          {"translations", translations},
          {"kept", kept},
          {"dropped.same", same},
          {"dropped.repeated", repeated},
          {"dropped.empty", empty},
          {"dropped.surplus", surplus},
          {"captions.without_positive", without},
          {"translations.unfinished", unfinished},
          {"captions.shortened", shortened_captions}};
}

trainer::TranslateOptions BackTranslator::options(const trainer::TranslationSearchConfig& search,
                                                  std::int64_t results, int salt) const {
  return {.search = search,
          .results = static_cast<int>(results),
          .batch = static_cast<int>(params_.batch),
          .seed = seed_ + static_cast<std::uint64_t>(salt),
          .stop = &StageContext::stop_requested};
}

// There and back by one pair of translators.
Status BackTranslator::through(int number, std::span<const SourceCaption> captions,
                               std::vector<BackTranslated>& found) {
  Pivot& pivot = pivots_[static_cast<std::size_t>(number)];
  std::vector<trainer::TranslationRequest> there;
  for (const SourceCaption& caption : captions) there.push_back({caption.text, caption.id});
  trainer::TranslateCounts cut;
  const auto pivots = UNIMO_TRY(trainer::translate(
      pivot.forward, there, options(params_.forward, params_.pivot_texts, 2 * number), &cut));
  counts_.shortened_captions += cut.shortened_sources;
  std::vector<trainer::TranslationRequest> back;
  std::vector<std::pair<std::size_t, std::size_t>> origins;  // caption, pivot text
  for (std::size_t i = 0; i < pivots.size(); ++i) {
    for (std::size_t k = 0; k < pivots[i].size(); ++k) {
      counts_.unfinished += pivots[i][k].finished ? 0 : 1;
      if (normalised_sentence(pivots[i][k].text).empty()) {
        ++counts_.translations;
        found[i].all.push_back({.pivot = number,
                                .pivot_text = pivots[i][k].text,
                                .text = {},
                                .pivot_score = pivots[i][k].score,
                                .fate = {}});
        continue;
      }
      back.push_back({pivots[i][k].text, fmt::format("{}#{}", captions[i].id, k)});
      origins.emplace_back(i, k);
    }
  }
  const auto texts = UNIMO_TRY(trainer::translate(
      pivot.backward, back, options(params_.backward, params_.back_texts, 2 * number + 1)));
  for (std::size_t n = 0; n < texts.size(); ++n) {
    const auto& [i, k] = origins[n];
    for (const trainer::Translation& text : texts[n]) {
      ++counts_.translations;
      counts_.unfinished += text.finished ? 0 : 1;
      found[i].all.push_back({.pivot = number,
                              .pivot_text = pivots[i][k].text,
                              .text = text.text,
                              .pivot_score = pivots[i][k].score,
                              .score = text.score,
                              .fate = {}});
    }
  }
  return ok();
}

void BackTranslator::choose(const SourceCaption& caption, BackTranslated& found) {
  std::set<std::string> seen;
  const std::string source = normalised_sentence(caption.text);
  for (BackTranslation& one : found.all) {
    const std::string sentence = normalised_sentence(one.text);
    const auto end = [&one](std::string_view fate, std::int64_t& count) {
      one.fate = fate;
      ++count;
    };
    if (sentence.empty()) {
      end("empty", counts_.empty);
    } else if (sentence == source) {
      end("same", counts_.same);
    } else if (seen.contains(sentence)) {
      end("repeated", counts_.repeated);
    } else if (found.positives.size() >= static_cast<std::size_t>(params_.positives)) {
      end("surplus", counts_.surplus);
    } else {
      end("kept", counts_.kept);
      seen.insert(sentence);
      found.positives.push_back(one.text);
    }
  }
  ++counts_.captions;
  if (found.positives.empty()) ++counts_.without;
}

Result<std::vector<BackTranslated>> BackTranslator::translate(
    std::span<const SourceCaption> captions) {
  std::vector<BackTranslated> found(captions.size());
  for (std::size_t number = 0; number < pivots_.size(); ++number)
    UNIMO_TRY(through(static_cast<int>(number), captions, found));
  for (std::size_t i = 0; i < captions.size(); ++i) choose(captions[i], found[i]);
  return found;
}

}  // namespace unimo::stages
