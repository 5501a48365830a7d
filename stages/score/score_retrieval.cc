#include "stages/score/score_retrieval.h"

#include "evaluators/evaluator.h"

namespace unimo::stages {

namespace {

constexpr double kPercent = 100;

// Recalls and ranks of one direction; `queries`: the ids that were asked with.
void add_direction(const eval::DirectionScores& scores, const std::string& name,
                   const std::vector<std::string>& queries, Scored& scored) {
  const auto add = [&](const char* k, double recall, std::size_t below) {
    const std::string metric = fmt::format("{}_r{}", name, k);
    scored.metrics[metric] = recall;
    scored.headline.push_back(metric);
    std::vector<double> hits;
    for (const std::size_t rank : scores.ranks) hits.push_back(rank < below ? kPercent : 0);
    scored.measures.push_back({metric, "mean", 1, std::move(hits), queries});
  };
  add("1", scores.recall.r1, 1);
  add("5", scores.recall.r5, 5);
  add("10", scores.recall.r10, 10);
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

Scored score_similarity(const eval::Similarity& similarity, eval::TieRule tie_rule) {
  const eval::Retrieval scores = eval::retrieval(similarity.view(), tie_rule);
  Scored scored;
  add_direction(scores.image_to_text, "image_to_text", similarity.images, scored);
  add_direction(scores.text_to_image, "text_to_image", similarity.captions, scored);
  scored.metrics["mean_recall"] = scores.mean_recall;
  scored.headline.push_back("mean_recall");
  add_chance(scores, scored);
  add_items(similarity, scores, scored);
  scored.signatures = {{"retrieval", eval::retrieval_signature(similarity.view(), tie_rule)}};
  scored.counts = {{"images", static_cast<std::int64_t>(similarity.images.size())},
                   {"captions", static_cast<std::int64_t>(similarity.captions.size())}};
  return scored;
}

}  // namespace unimo::stages
