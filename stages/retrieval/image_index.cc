#include "stages/retrieval/image_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::stages {

void add_to_bag(std::vector<ClassWeight>& bag, ClassWeight guess, BagWeight weight) {
  const auto found = std::ranges::find(bag, guess.cls, &ClassWeight::cls);
  if (found == bag.end()) {
    bag.push_back(guess);
  } else if (weight == BagWeight::kSum) {
    found->weight += guess.weight;
  } else {
    found->weight = std::max(found->weight, guess.weight);
  }
}

void ImageIndexBuilder::add(std::span<const ClassWeight> bag) {
  for (const ClassWeight& entry : bag) {
    UNIMO_CHECK(entry.cls < pictures_with_.size() && entry.weight > 0, "class {} of {} weighs {}",
                entry.cls, pictures_with_.size(), entry.weight);
    ++pictures_with_[entry.cls];
    bags_.weights.push_back({entry.cls, entry.weight});
  }
  bags_.close(0);
}

ImageIndex ImageIndexBuilder::build() && {
  const std::size_t classes = pictures_with_.size();
  std::vector<std::uint32_t> by_rarity(classes), term_of_class(classes);
  std::iota(by_rarity.begin(), by_rarity.end(), 0U);
  std::ranges::stable_sort(by_rarity, {}, [this](std::uint32_t c) { return pictures_with_[c]; });
  for (std::uint32_t term = 0; term < classes; ++term) term_of_class[by_rarity[term]] = term;

  const auto pictures = static_cast<double>(bags_.count());
  for (std::size_t picture = 0; picture < bags_.count(); ++picture) {
    const auto bag =
        std::span(bags_.weights)
            .subspan(bags_.begins[picture], bags_.begins[picture + 1] - bags_.begins[picture]);
    for (SparseWeight& entry : bag) {
      const double idf = std::log1p(pictures / pictures_with_[entry.term]);
      entry = {term_of_class[entry.term], static_cast<float>(entry.weight * idf)};
    }
    std::ranges::sort(bag, {}, &SparseWeight::term);
    double sum = 0;
    for (const SparseWeight& entry : bag) sum += entry.weight;
    bags_.sizes[picture] = static_cast<float>(sum);
  }
  return ImageIndex(SparseIndex(std::move(bags_), static_cast<std::uint32_t>(classes),
                                SparseSimilarity::kWeightedJaccard));
}

std::span<const ScoredItem> ImageSearch::nearest(std::uint32_t image, const ImageQuery& wanted) {
  const SparseQuery query{.weights = index_.vectors()[image],
                          .size = index_.vectors().sizes[image]};
  return search_.nearest(query, wanted.count, [&](const ScoredItem& item) {
    if (item.item == image || item.score > wanted.duplicate) return false;
    return !wanted.accepts || wanted.accepts(item.item);
  });
}

}  // namespace unimo::stages
