#include "stages/retrieval/sparse_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Vector = std::map<std::uint32_t, float>;

constexpr std::uint32_t kTerms = 300;

// Terms as in language, the most frequent last; few weights, so that many scores are equal.
std::vector<Vector> random_vectors(std::size_t count, std::uint64_t seed) {
  std::vector<Vector> vectors(count);
  for (std::size_t i = 0; i < count; ++i) {
    trainer::Random random({.seed = seed, .sample = i});
    const auto terms = random.between(0, 9);
    for (std::int64_t t = 0; t < terms; ++t) {
      const auto rank = static_cast<std::uint32_t>(std::pow(double{kTerms}, random.uniform())) - 1;
      vectors[i][kTerms - 1 - rank] = 0.25F * static_cast<float>(random.between(1, 6));
    }
  }
  return vectors;
}

float sum_of(const Vector& vector) {
  float sum = 0;
  for (const auto& [term, weight] : vector) sum += weight;
  return sum;
}

std::vector<SparseWeight> weights_of(const Vector& vector) {
  std::vector<SparseWeight> weights;
  for (const auto& [term, weight] : vector) weights.push_back({term, weight});
  return weights;
}

SparseIndex index_of(const std::vector<Vector>& vectors, SparseSimilarity similarity) {
  SparseVectors all;
  for (const Vector& vector : vectors) {
    for (const SparseWeight& w : weights_of(vector)) all.weights.push_back(w);
    all.close(sum_of(vector));
  }
  return {std::move(all), kTerms, similarity};
}

double slow_score(const Vector& a, const Vector& b, SparseSimilarity similarity) {
  double products = 0, both = 0;
  for (const auto& [term, weight] : a) {
    const auto found = b.find(term);
    if (found == b.end()) continue;
    products += static_cast<double>(weight) * found->second;
    both += std::min(weight, found->second);
  }
  if (similarity == SparseSimilarity::kDotProduct) return products;
  return both == 0 ? 0 : both / (static_cast<double>(sum_of(a)) + sum_of(b) - both);
}

// The definition, without any index.
std::vector<ScoredItem> slow_nearest(const std::vector<Vector>& vectors, const Vector& query,
                                     std::size_t count, SparseSimilarity similarity,
                                     const SparseSearch::Accepts& accepts) {
  std::vector<ScoredItem> all;
  for (std::uint32_t i = 0; i < vectors.size(); ++i) {
    const ScoredItem item{slow_score(query, vectors[i], similarity), i};
    if (item.score > 0 && accepts(item)) all.push_back(item);
  }
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.score > b.score; });
  all.resize(std::min(count, all.size()));
  return all;
}

bool everything(const ScoredItem&) { return true; }

class BothSimilarities : public testing::TestWithParam<SparseSimilarity> {};
INSTANTIATE_TEST_SUITE_P(SparseSearch, BothSimilarities,
                         testing::Values(SparseSimilarity::kDotProduct,
                                         SparseSimilarity::kWeightedJaccard));

// Weights are multiples of a quarter, so that sums are exact and ties are real ones.
TEST_P(BothSimilarities, FindWhatALookAtEveryItemFinds) {
  const auto vectors = random_vectors(20'000, 1);
  const SparseIndex index = index_of(vectors, GetParam());
  ASSERT_GT(index.blocks().size(), 2U);
  SparseSearch search(index);
  const auto queries = random_vectors(60, 2);
  for (const std::size_t count : {1, 10, 100, 5000}) {
    for (const Vector& query : queries) {
      const auto weights = weights_of(query);
      const auto found =
          search.nearest({.weights = weights, .size = sum_of(query)}, count, everything);
      const auto wanted = slow_nearest(vectors, query, count, GetParam(), everything);
      ASSERT_EQ(std::vector(found.begin(), found.end()), wanted);
    }
  }
}

TEST_P(BothSimilarities, LeaveOutWhatIsNotAcceptedAndFindOthersForIt) {
  const auto vectors = random_vectors(20'000, 1);
  const SparseIndex index = index_of(vectors, GetParam());
  SparseSearch search(index);
  const auto even = [](const ScoredItem& item) { return item.item % 2 == 0 && item.score < 0.9; };
  for (const Vector& query : random_vectors(40, 3)) {
    const auto weights = weights_of(query);
    const auto found = search.nearest({.weights = weights, .size = sum_of(query)}, 50, even);
    ASSERT_EQ(std::vector(found.begin(), found.end()),
              slow_nearest(vectors, query, 50, GetParam(), even));
  }
}

TEST_P(BothSimilarities, GiveEqualItemsInTheOrderOfTheirNumbers) {
  const std::vector<Vector> vectors(9000, Vector{{7, 0.5F}, {9, 1.0F}});
  const SparseIndex index = index_of(vectors, GetParam());
  SparseSearch search(index);
  const std::vector<SparseWeight> query = {{7, 0.5F}, {9, 1.0F}};
  const auto found = search.nearest({.weights = query, .size = 1.5}, 3, everything);
  ASSERT_THAT(found, SizeIs(3));
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(found[i].item, i);
}

TEST_P(BothSimilarities, FindNothingInAnEmptyIndex) {
  const SparseIndex index = index_of({}, GetParam());
  SparseSearch search(index);
  const std::vector<SparseWeight> query = {{7, 0.5F}};
  EXPECT_THAT(search.nearest({.weights = query, .size = 0.5}, 3, everything), IsEmpty());
}

TEST_P(BothSimilarities, FindNothingForAnEmptyQueryOrForUnknownTermsAlone) {
  const SparseIndex index = index_of({{{7, 0.5F}}, {}}, GetParam());
  SparseSearch search(index);
  EXPECT_THAT(search.nearest({}, 3, everything), IsEmpty());
  const std::vector<SparseWeight> unknown = {{8, 1.0F}, {kTerms + 5, 1.0F}};
  EXPECT_THAT(search.nearest({.weights = unknown, .size = 2}, 3, everything), IsEmpty());
}

TEST_P(BothSimilarities, FindAllWithACommonTermWhenMoreAreAskedForThanThereAre) {
  const SparseIndex index = index_of({{{7, 0.5F}}, {{8, 1.0F}}, {{7, 0.25F}}}, GetParam());
  SparseSearch search(index);
  const std::vector<SparseWeight> query = {{7, 0.5F}};
  const auto found = search.nearest({.weights = query, .size = 0.5}, 1000, everything);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].item, 0U);
  EXPECT_EQ(found[1].item, 2U);
}

TEST_P(BothSimilarities, SearchOneQueryLikeAnotherAfterwards) {
  const auto vectors = random_vectors(9000, 4);
  const SparseIndex index = index_of(vectors, GetParam());
  SparseSearch used(index);
  for (const Vector& query : random_vectors(20, 5)) {
    const auto weights = weights_of(query);
    SparseSearch fresh(index);
    const SparseQuery asked{.weights = weights, .size = sum_of(query)};
    const auto a = used.nearest(asked, 20, everything), b = fresh.nearest(asked, 20, everything);
    ASSERT_TRUE(std::ranges::equal(a, b));
  }
}

TEST(SparseSearch, KnowsThatJaccardOfEqualVectorsIsOne) {
  const SparseIndex index = index_of({{{1, 0.3F}, {2, 0.7F}}}, SparseSimilarity::kWeightedJaccard);
  SparseSearch search(index);
  const std::vector<SparseWeight> query = {{1, 0.3F}, {2, 0.7F}};
  const auto found = search.nearest({.weights = query, .size = 1.0}, 1, everything);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_NEAR(found[0].score, 1, 1e-6);
}

}  // namespace
}  // namespace unimo::stages
