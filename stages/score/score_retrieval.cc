#include "stages/score/score_retrieval.h"

#include <algorithm>
#include <unordered_map>

#include "evaluators/evaluator.h"

namespace unimo::stages {

namespace {

struct Pairs {
  std::vector<std::string> images;
  std::vector<std::string> captions;
  std::unordered_map<std::string, std::string> image_of_caption;
};

Result<Pairs> pairs_of(const Records& records, const std::string& split) {
  Pairs pairs;
  const auto captions = records.captions_of_images();
  for (std::size_t i = 0; i < records.images.size(); ++i) {
    if (records.images[i].split != split || captions[i].empty()) continue;
    pairs.images.push_back(records.images[i].id);
    for (const std::size_t caption : captions[i]) {
      pairs.captions.push_back(records.captions[caption].id);
      pairs.image_of_caption[records.captions[caption].id] = records.images[i].id;
    }
  }
  if (pairs.images.empty()) {
    return fail(ErrorCode::kInvalid, "references: no image with captions has the split \"{}\"",
                split);
  }
  return pairs;
}

// The matrix must pair captions and images as the records do.
Status check_pairs(const eval::Similarity& similarity, const Pairs& pairs,
                   const std::string& origin) {
  UNIMO_TRY(eval::check_ids(origin, "image", pairs.images, similarity.images));
  UNIMO_TRY(eval::check_ids(origin, "caption", pairs.captions, similarity.captions));
  for (std::size_t c = 0; c < similarity.captions.size(); ++c) {
    const std::string& said = similarity.images[similarity.image_of_caption[c]];
    const std::string& known = pairs.image_of_caption.at(similarity.captions[c]);
    if (said != known) {
      return fail(ErrorCode::kInvalid,
                  "{}: gives caption {} to image {}, but the references to image {}", origin,
                  similarity.captions[c], said, known);
    }
  }
  return ok();
}

void add_direction(const eval::DirectionScores& scores, const std::string& name, Scored& scored) {
  scored.metrics[name + "_r1"] = scores.recall.r1;
  scored.metrics[name + "_r5"] = scores.recall.r5;
  scored.metrics[name + "_r10"] = scores.recall.r10;
  scored.metrics[name + "_median_rank"] = scores.median_rank;
  scored.metrics[name + "_mean_rank"] = scores.mean_rank;
}

void add_chance(const eval::Retrieval& scores, Scored& scored) {
  const auto add = [&](const char* k, double eval::Recalls::*recall) {
    const double chance =
        (scores.image_to_text.chance.*recall + scores.text_to_image.chance.*recall) / 2;
    const double reached =
        (scores.image_to_text.recall.*recall + scores.text_to_image.recall.*recall) / 2;
    scored.metrics[fmt::format("chance_{}", k)] = chance;
    scored.metrics[fmt::format("over_chance_{}", k)] = reached / chance;
  };
  add("r1", &eval::Recalls::r1);
  add("r5", &eval::Recalls::r5);
  add("r10", &eval::Recalls::r10);
}

// The best caption of each image and its own best one's rank; the same for captions.
void add_items(const eval::Similarity& similarity, const eval::Retrieval& scores, Scored& scored) {
  const eval::SimilarityView view = similarity.view();
  for (std::size_t image = 0; image < view.images; ++image) {
    std::size_t first = 0;
    for (std::size_t c = 1; c < view.captions; ++c) {
      if (view.at(image, c) > view.at(image, first)) first = c;
    }
    scored.items.push_back({{"image", similarity.images[image]},
                            {"rank", scores.image_to_text.ranks[image] + 1},
                            {"first", similarity.captions[first]}});
  }
  for (std::size_t c = 0; c < view.captions; ++c) {
    std::size_t first = 0;
    for (std::size_t image = 1; image < view.images; ++image) {
      if (view.at(image, c) > view.at(first, c)) first = image;
    }
    scored.items.push_back({{"caption", similarity.captions[c]},
                            {"rank", scores.text_to_image.ranks[c] + 1},
                            {"first", similarity.images[first]}});
  }
}

}  // namespace

Result<Scored> score_retrieval(const std::filesystem::path& predictions, const Records& records,
                               const std::string& split, eval::TieRule tie_rule) {
  const Pairs pairs = UNIMO_TRY(pairs_of(records, split));
  const auto similarity = UNIMO_TRY(eval::read_similarity(predictions));
  UNIMO_TRY(check_pairs(similarity, pairs, (predictions / "index.json").string()));
  const eval::Retrieval scores = eval::retrieval(similarity.view(), tie_rule);

  Scored scored;
  add_direction(scores.image_to_text, "image_to_text", scored);
  add_direction(scores.text_to_image, "text_to_image", scored);
  scored.metrics["mean_recall"] = scores.mean_recall;
  add_chance(scores, scored);
  add_items(similarity, scores, scored);
  scored.signatures = {{"retrieval", eval::retrieval_signature(similarity.view(), tie_rule)}};
  scored.counts = {{"images", static_cast<std::int64_t>(pairs.images.size())},
                   {"captions", static_cast<std::int64_t>(pairs.captions.size())}};
  return scored;
}

}  // namespace unimo::stages
