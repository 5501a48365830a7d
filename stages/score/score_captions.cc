#include "stages/score/score_captions.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "evaluators/bleu.h"
#include "evaluators/cider.h"
#include "evaluators/evaluator.h"
#include "evaluators/ptb_tokenizer.h"
#include "evaluators/rouge_l.h"
#include "evaluators/scene_graph/wordnet.h"
#include "evaluators/spice.h"
#include "orchestrator/base/file.h"
#include "stages/score/measures.h"
#include "stages/score/score_meteor.h"
#include "stages/score/text_lines.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;  // papers print BLEU 0.35 as 35

bool has_outer_blanks(std::string_view caption) {
  constexpr std::string_view kBlanks = " \t\r\n";
  return !caption.empty() && (kBlanks.find(caption.front()) != std::string_view::npos ||
                              kBlanks.find(caption.back()) != std::string_view::npos);
}

std::vector<eval::CaptionItem> tokenised(const CaptionSet& references,
                                         const std::vector<std::string>& candidates) {
  // References and candidates go through the tokenizer apart, as in the official scorer.
  const auto candidate_texts = eval::scorer_text(candidates);
  const auto reference_texts = eval::scorer_text(references.texts);
  std::vector<eval::CaptionItem> items(references.images.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].candidate = candidate_texts[i];
    for (std::size_t j = references.first_of_image[i]; j < references.first_of_image[i + 1]; ++j) {
      items[i].references.push_back(reference_texts[j]);
    }
  }
  return items;
}

// Every caption moves half the set on: no image keeps its own, and nothing is drawn.
std::vector<eval::CaptionItem> shuffled(const std::vector<eval::CaptionItem>& items) {
  std::vector<eval::CaptionItem> moved = items;
  const std::size_t shift = std::max<std::size_t>(1, items.size() / 2);
  for (std::size_t i = 0; i < items.size(); ++i) {
    moved[(i + shift) % items.size()].candidate = items[i].candidate;
  }
  return moved;
}

void add_shuffled_control(const std::vector<eval::CaptionItem>& items, Scored& scored) {
  const eval::CountedItems counted = eval::count_ngrams(shuffled(items));
  scored.metrics["bleu4_shuffled"] = kAsPrinted * eval::bleu(counted).corpus[3];
  scored.metrics["cider_shuffled"] = kAsPrinted * eval::cider(counted).corpus;
}

// BLEU, ROUGE-L and CIDEr-D of the same tokens.
Status add_overlap(const std::vector<eval::CaptionItem>& items,
                   const std::filesystem::path& frequencies, Scored& scored) {
  const eval::CountedItems counted = eval::count_ngrams(items);
  const eval::Bleu bleu = eval::bleu(counted);
  const eval::RougeL rouge_l = eval::rouge_l(items);
  eval::Cider cider;
  if (frequencies.empty()) {
    cider = eval::cider(counted);
    scored.signatures["cider"] = eval::cider_signature(items);
  } else {
    const auto table = UNIMO_TRY(eval::read_cider_frequencies(frequencies));
    cider = eval::cider(items, table);
    scored.signatures["cider"] = eval::cider_signature(items, table);
  }
  for (std::size_t n = 0; n < bleu.corpus.size(); ++n)
    scored.metrics[fmt::format("bleu{}", n + 1)] = kAsPrinted * bleu.corpus[n];
  scored.metrics["rouge_l"] = kAsPrinted * rouge_l.corpus;
  scored.metrics["cider"] = kAsPrinted * cider.corpus;
  scored.headline = {"bleu4", "cider", "rouge_l"};
  scored.signatures["bleu"] = eval::bleu_signature(items);
  scored.signatures["rouge_l"] = eval::rouge_l_signature(items);
  std::vector<double> rouge_values, cider_values;
  for (std::size_t i = 0; i < items.size(); ++i) {
    rouge_values.push_back(kAsPrinted * rouge_l.images[i]);
    cider_values.push_back(kAsPrinted * cider.images[i]);
    scored.items[i]["bleu4"] = kAsPrinted * bleu.images[i][3];
    scored.items[i]["rouge_l"] = rouge_values.back();
    scored.items[i]["cider"] = cider_values.back();
  }
  add_bleu(scored, counted);
  add_mean(scored, "rouge_l", std::move(rouge_values));
  add_mean(scored, "cider", std::move(cider_values));
  return ok();
}

// On the captions as they were written: the parser wants their commas and full stops.
Status add_spice(const CaptionSet& references, const std::vector<std::string>& candidates,
                 const CaptionScoring& options, Scored& scored) {
  std::optional<eval::WordNet> wordnet;
  if (!options.resources.wordnet.empty())
    wordnet = UNIMO_TRY(eval::WordNet::load(options.resources.wordnet));
  std::vector<eval::CaptionItem> items;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto texts = references.captions_of(i);
    items.push_back({candidates[i], {texts.begin(), texts.end()}});
  }
  const eval::WordNet* synonyms = wordnet ? &*wordnet : nullptr;
  const eval::Spice spice = eval::spice(items, synonyms, options.threads);
  scored.headline.emplace_back("spice_rules");
  scored.metrics["spice_rules"] = kAsPrinted * spice.corpus;
  scored.signatures["spice_rules"] = eval::spice_signature(items, synonyms);
  constexpr auto kAll = static_cast<std::size_t>(eval::SpiceCategory::kAll);
  std::vector<double> values;
  for (std::size_t i = 0; i < items.size(); ++i) {
    values.push_back(kAsPrinted * spice.images[i][kAll].f);
    scored.items[i]["spice_rules"] = values.back();
  }
  add_mean(scored, "spice_rules", std::move(values));
  return ok();
}

// Captions that score as they are, though they look like mistakes.
void count_oddities(const std::vector<eval::CaptionItem>& items,
                    const std::vector<std::string>& candidates, Scored& scored) {
  std::int64_t empty = 0, marked = 0, padded = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].candidate.empty()) ++empty;
    if (has_model_marks(candidates[i])) ++marked;
    if (has_outer_blanks(candidates[i])) ++padded;
  }
  scored.counts["captions.empty"] = empty;
  scored.counts["captions.model_marks"] = marked;
  scored.counts["captions.outer_blanks"] = padded;
  const auto warn = [&](std::int64_t count, std::string_view what) {
    if (count > 0) scored.warnings.push_back(fmt::format("{} predicted captions {}", count, what));
  };
  warn(empty, "have no word; they score 0");
  warn(marked,
       "hold special tokens or marks of word pieces, which count as words; decode them first");
}

}  // namespace

Result<std::vector<std::string>> candidates_for(const CaptionSet& references,
                                                const std::filesystem::path& file) {
  const auto predicted = UNIMO_TRY(eval::read_captions(file));
  std::unordered_map<std::string, const std::string*> caption_of;
  std::vector<std::string> ids;
  for (const auto& prediction : predicted) {
    ids.push_back(prediction.image);
    caption_of[prediction.image] = &prediction.caption;
  }
  UNIMO_TRY(eval::check_ids(file.string(), "image", references.images, ids));
  std::vector<std::string> candidates;
  for (const std::string& image : references.images) candidates.push_back(*caption_of.at(image));
  return candidates;
}

Result<Scored> score_captions(const CaptionSet& references,
                              const std::vector<std::string>& candidates,
                              const CaptionScoring& options) {
  const auto items = tokenised(references, candidates);
  if (!options.write_frequencies.empty()) {
    const auto counted = eval::count_cider_frequencies(items);
    UNIMO_TRY(write_file_atomic(options.write_frequencies, eval::cider_frequencies_text(counted)));
  }
  Scored scored;
  scored.item_ids = references.images;
  for (std::size_t i = 0; i < items.size(); ++i) {
    scored.items.push_back({{"image", references.images[i]},
                            {"caption", candidates[i]},
                            {"tokens", items[i].candidate}});
  }
  UNIMO_TRY(add_overlap(items, options.frequencies, scored));
  UNIMO_TRY(add_meteor(items, options.resources, options.threads, scored));
  UNIMO_TRY(add_spice(references, candidates, options, scored));
  if (options.shuffled_control && items.size() > 1) add_shuffled_control(items, scored);
  count_oddities(items, candidates, scored);
  scored.counts["images"] = static_cast<std::int64_t>(items.size());
  scored.counts["captions"] = static_cast<std::int64_t>(references.texts.size());
  return scored;
}

}  // namespace unimo::stages
