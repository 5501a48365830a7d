#include "stages/score/score_captions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "evaluators/bleu.h"
#include "evaluators/cider.h"
#include "evaluators/evaluator.h"
#include "evaluators/ptb_tokenizer.h"
#include "evaluators/rouge_l.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;  // papers print BLEU 0.35 as 35

// What decoding should have taken away: special tokens, and the marks of word pieces (WordPiece,
// byte-level BPE, SentencePiece).
constexpr std::array<std::string_view, 11> kModelMarks{
    "[SEP]", "[CLS]", "[PAD]", "[UNK]", "<s>", "</s>", "<pad>", "<unk>", "##", "\u0120", "\u2581"};

bool has_model_marks(std::string_view caption) {
  return std::any_of(kModelMarks.begin(), kModelMarks.end(), [&](std::string_view mark) {
    return caption.find(mark) != std::string_view::npos;
  });
}

bool has_outer_blanks(std::string_view caption) {
  constexpr std::string_view kBlanks = " \t\r\n";
  return !caption.empty() && (kBlanks.find(caption.front()) != std::string_view::npos ||
                              kBlanks.find(caption.back()) != std::string_view::npos);
}

// The images of a split with the captions people wrote for them, in the order of the records.
struct References {
  std::vector<std::string> images;
  std::vector<std::string> texts;           // of all images, one after the other
  std::vector<std::size_t> first_of_image;  // index into texts; one more entry than images
};

Result<References> references_of(const Records& records, const std::string& split) {
  References references;
  std::vector<std::string> bare;
  const auto captions = records.captions_of_images();
  for (std::size_t i = 0; i < records.images.size(); ++i) {
    if (records.images[i].split != split) continue;
    if (captions[i].empty()) bare.push_back(records.images[i].id);
    references.images.push_back(records.images[i].id);
    references.first_of_image.push_back(references.texts.size());
    for (const std::size_t caption : captions[i]) {
      references.texts.push_back(records.captions[caption].text);
    }
  }
  references.first_of_image.push_back(references.texts.size());
  if (references.images.empty()) {
    return fail(ErrorCode::kInvalid, "references: no image has the split \"{}\"", split);
  }
  if (!bare.empty()) {
    return fail(ErrorCode::kInvalid,
                "references: {} images of split {} have no caption to compare with: {}",
                bare.size(), split, eval::first_names(bare));
  }
  return references;
}

// The predicted captions in the order of the references.
Result<std::vector<std::string>> candidates_for(const References& references,
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

std::vector<eval::CaptionItem> tokenised(const References& references,
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

}  // namespace

Result<Scored> score_captions(const std::filesystem::path& predictions, const Records& records,
                              const std::string& split, bool shuffled_control) {
  const References references = UNIMO_TRY(references_of(records, split));
  const auto candidates = UNIMO_TRY(candidates_for(references, predictions / "captions.json"));
  const auto items = tokenised(references, candidates);
  const eval::CountedItems counted = eval::count_ngrams(items);
  const eval::Bleu bleu = eval::bleu(counted);
  const eval::RougeL rouge_l = eval::rouge_l(items);
  const eval::Cider cider = eval::cider(counted);

  Scored scored;
  for (std::size_t n = 0; n < bleu.corpus.size(); ++n) {
    scored.metrics[fmt::format("bleu{}", n + 1)] = kAsPrinted * bleu.corpus[n];
  }
  scored.metrics["rouge_l"] = kAsPrinted * rouge_l.corpus;
  scored.metrics["cider"] = kAsPrinted * cider.corpus;
  if (shuffled_control && items.size() > 1) add_shuffled_control(items, scored);
  scored.signatures = {{"bleu", eval::bleu_signature(items)},
                       {"rouge_l", eval::rouge_l_signature(items)},
                       {"cider", eval::cider_signature(items)}};
  std::int64_t empty = 0, marked = 0, padded = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].candidate.empty()) ++empty;
    if (has_model_marks(candidates[i])) ++marked;
    if (has_outer_blanks(candidates[i])) ++padded;
    scored.items.push_back({{"image", references.images[i]},
                            {"caption", candidates[i]},
                            {"tokens", items[i].candidate},
                            {"bleu4", kAsPrinted * bleu.images[i][3]},
                            {"rouge_l", kAsPrinted * rouge_l.images[i]},
                            {"cider", kAsPrinted * cider.images[i]}});
  }
  scored.counts = {{"images", static_cast<std::int64_t>(items.size())},
                   {"captions", static_cast<std::int64_t>(references.texts.size())},
                   {"captions.empty", empty},
                   {"captions.model_marks", marked},
                   {"captions.outer_blanks", padded}};
  return scored;
}

}  // namespace unimo::stages
