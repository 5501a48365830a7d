// What the scorers read, and the line that says how a score was made.
//
//   const auto captions = UNIMO_TRY(read_captions(folder / "captions.json"));
//   const auto similarity = UNIMO_TRY(read_similarity(folder));
//
// Formats: docs/formats.md, Predictions. Mistakes are kInvalid and name the file, the entry and the
// id; all of one kind are reported together, the first five by name. A score without its signature
// should not be compared with anything.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/cider_frequencies.h"
#include "evaluators/ngrams.h"
#include "evaluators/retrieval.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

// predictions.json: what the other files are predictions of.
struct PredictionsHeader {
  std::string task;
  std::string split;
};
Result<PredictionsHeader> read_predictions_header(const std::filesystem::path& folder);

struct PredictedCaption {
  std::string image;  // numbers become decimal text
  std::string caption;
};

// A COCO results list: [{"image_id": …, "caption": …}]. More fields are ignored; an empty caption
// is one. The same image twice is an error.
Result<std::vector<PredictedCaption>> read_captions(const std::filesystem::path& file);

// similarity.f32 and index.json of one folder.
struct Similarity {
  std::vector<float> values;  // row-major [images, captions], finite
  std::vector<std::string> images;
  std::vector<std::string> captions;
  std::vector<std::size_t> image_of_caption;
  SimilarityView view() const { return {values, images.size(), captions.size(), image_of_caption}; }
};
Result<Similarity> read_similarity(const std::filesystem::path& folder);

// ok() when `seen` holds exactly the ids of `wanted`, in any order. `what` names them ("image"),
// `origin` the file. Otherwise one message with what is missing, double and unknown.
Status check_ids(std::string_view origin, std::string_view what,
                 std::span<const std::string> wanted, std::span<const std::string> seen);

// "a, b, c, d, e and 12 more": the first five.
std::string first_names(std::span<const std::string> names);

// "5", or "4-6" when items have differently many references: for signatures.
std::string reference_counts(std::span<const CaptionItem> items);

// "bleu|n:1-4|refs:5|case:lc|tok:ptb-3.4|…": one line per score.
std::string bleu_signature(std::span<const CaptionItem> items);
std::string rouge_l_signature(std::span<const CaptionItem> items);
std::string cider_signature(std::span<const CaptionItem> items);
// With given document frequencies, named by the first digits of their file's SHA-256.
std::string cider_signature(std::span<const CaptionItem> items,
                            const CiderFrequencies& frequencies);
std::string retrieval_signature(const SimilarityView& similarity, TieRule rule);

}  // namespace unimo::eval
