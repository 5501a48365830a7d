#include "evaluators/retrieval.h"

#include <algorithm>
#include <numeric>

namespace unimo::eval {

namespace {

// What an ordering needs to know of the candidates that are not worse than the right one.
struct Standing {
  std::size_t better = 0;
  std::size_t equal = 0;         // besides the right one
  std::size_t equal_before = 0;  // of them, those with a smaller index than the first right one
};

std::size_t rank_of(const Standing& standing, TieRule rule) {
  switch (rule) {
    case TieRule::kOptimistic: return standing.better;
    case TieRule::kPessimistic: return standing.better + standing.equal;
    case TieRule::kIndexOrder: return standing.better + standing.equal_before;
  }
  return standing.better;
}

// Counts candidates against the best right one. `score(i)` and `is_right(i)` describe candidate i.
template <class Score, class IsRight>
Standing standing_among(std::size_t candidates, Score score, IsRight is_right) {
  bool found = false;
  float best = 0;
  for (std::size_t i = 0; i < candidates; ++i) {
    if (is_right(i) && (!found || score(i) > best)) {
      best = score(i);
      found = true;
    }
  }
  UNIMO_CHECK(found, "a query without a right answer reached retrieval");
  Standing standing;
  bool first_right_seen = false;
  for (std::size_t i = 0; i < candidates; ++i) {
    if (score(i) > best) {
      ++standing.better;
    } else if (score(i) == best) {
      first_right_seen = first_right_seen || is_right(i);
      ++standing.equal;
      if (!first_right_seen) ++standing.equal_before;
    }
  }
  --standing.equal;  // the right one itself
  return standing;
}

double share_within(const std::vector<std::size_t>& ranks, std::size_t k) {
  const auto hits = std::count_if(ranks.begin(), ranks.end(), [&](std::size_t r) { return r < k; });
  return 100.0 * static_cast<double>(hits) / static_cast<double>(ranks.size());
}

double median(std::vector<std::size_t> ranks) {
  std::sort(ranks.begin(), ranks.end());
  const std::size_t middle = ranks.size() / 2;
  if (ranks.size() % 2 == 1) return static_cast<double>(ranks[middle]);
  return (static_cast<double>(ranks[middle - 1]) + static_cast<double>(ranks[middle])) / 2;
}

void summarise(DirectionScores& scores) {
  scores.recall = {share_within(scores.ranks, 1), share_within(scores.ranks, 5),
                   share_within(scores.ranks, 10)};
  scores.median_rank = median(scores.ranks) + 1;
  const auto sum = std::accumulate(scores.ranks.begin(), scores.ranks.end(), std::size_t{0});
  scores.mean_rank = static_cast<double>(sum) / static_cast<double>(scores.ranks.size()) + 1;
}

// Probability that one of `right` answers is among the first `k` of `candidates` in random order.
double chance_within(std::size_t right, std::size_t candidates, std::size_t k) {
  double none = 1;
  for (std::size_t i = 0; i < std::min(k, candidates); ++i) {
    const double wrong = static_cast<double>(candidates) - static_cast<double>(right + i);
    none *= std::max(0.0, wrong) / static_cast<double>(candidates - i);
  }
  return 1 - none;
}

// Mean chance in percent over queries with these numbers of right answers.
Recalls chance(const std::vector<std::size_t>& right_answers, std::size_t candidates) {
  const auto mean = [&](std::size_t k) {
    double sum = 0;
    for (const std::size_t right : right_answers) sum += chance_within(right, candidates, k);
    return 100 * sum / static_cast<double>(right_answers.size());
  };
  return {mean(1), mean(5), mean(10)};
}

double sum_of(const Recalls& recalls) { return recalls.r1 + recalls.r5 + recalls.r10; }

}  // namespace

Result<TieRule> parse_tie_rule(std::string_view name) {
  for (const TieRule rule : {TieRule::kOptimistic, TieRule::kPessimistic, TieRule::kIndexOrder}) {
    if (name == to_string(rule)) return rule;
  }
  return fail(ErrorCode::kInvalid,
              "\"{}\" is no tie rule; take optimistic, pessimistic or index_order", name);
}

std::string_view to_string(TieRule rule) {
  switch (rule) {
    case TieRule::kOptimistic: return "optimistic";
    case TieRule::kPessimistic: return "pessimistic";
    case TieRule::kIndexOrder: return "index_order";
  }
  return "pessimistic";
}

Retrieval retrieval(const SimilarityView& similarity, TieRule rule) {
  UNIMO_CHECK(similarity.images > 0 && similarity.captions > 0, "nothing to retrieve");
  UNIMO_CHECK(similarity.values.size() == similarity.images * similarity.captions &&
                  similarity.image_of_caption.size() == similarity.captions,
              "a matrix of {} values for {} images and {} captions", similarity.values.size(),
              similarity.images, similarity.captions);
  Retrieval result;
  std::vector<std::size_t> captions_of_image(similarity.images, 0);
  for (const std::size_t image : similarity.image_of_caption) ++captions_of_image[image];

  for (std::size_t image = 0; image < similarity.images; ++image) {
    const Standing standing = standing_among(
        similarity.captions, [&](std::size_t caption) { return similarity.at(image, caption); },
        [&](std::size_t caption) { return similarity.image_of_caption[caption] == image; });
    result.image_to_text.ranks.push_back(rank_of(standing, rule));
  }
  for (std::size_t caption = 0; caption < similarity.captions; ++caption) {
    const Standing standing = standing_among(
        similarity.images, [&](std::size_t image) { return similarity.at(image, caption); },
        [&](std::size_t image) { return similarity.image_of_caption[caption] == image; });
    result.text_to_image.ranks.push_back(rank_of(standing, rule));
  }
  summarise(result.image_to_text);
  summarise(result.text_to_image);
  result.image_to_text.chance = chance(captions_of_image, similarity.captions);
  result.text_to_image.chance = chance(std::vector<std::size_t>(1, 1), similarity.images);
  result.mean_recall =
      (sum_of(result.image_to_text.recall) + sum_of(result.text_to_image.recall)) / 6;
  return result;
}

}  // namespace unimo::eval
