#include "stages/retrieval/item_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

constexpr std::uint32_t kScenes = 4;
constexpr std::uint32_t kTermsOfScene = 10;

// Items of four scenes in turns, each of some terms of its scene and of one that all scenes have.
SparseVectors scenes(std::size_t count) {
  SparseVectors vectors;
  for (std::size_t i = 0; i < count; ++i) {
    trainer::Random random({.seed = 3, .sample = i});
    float size = 0;
    const auto add = [&](std::uint32_t term) {
      vectors.weights.push_back({term, 0.5F + static_cast<float>(random.uniform())});
      size += vectors.weights.back().weight;
    };
    const auto scene = static_cast<std::uint32_t>(i % kScenes);
    for (std::uint32_t t = 0; t < kTermsOfScene; ++t)
      if (random.uniform() < 0.6) add(scene * kTermsOfScene + t);
    add(kScenes * kTermsOfScene);
    vectors.close(size);
  }
  return vectors;
}

TEST(ItemClusters, HoldItemsOfOneKind) {
  const SparseVectors vectors = scenes(20'000);
  const auto clusters = cluster_items(vectors, kScenes * kTermsOfScene + 1);
  std::map<std::uint16_t, std::map<std::size_t, std::size_t>> items;  // by cluster and scene
  for (std::size_t i = 0; i < clusters.size(); ++i) ++items[clusters[i]][i % kScenes];
  EXPECT_GE(items.size(), kScenes);
  std::size_t of_the_main_scene = 0;
  for (const auto& [cluster, scenes_of_it] : items) {
    std::size_t most = 0;
    for (const auto& [scene, count] : scenes_of_it) most = std::max(most, count);
    of_the_main_scene += most;
  }
  EXPECT_GT(of_the_main_scene, 19'500U);
}

TEST(ItemClusters, AreOneWhereThereAreFewItems) {
  const SparseVectors vectors = scenes(2000);
  const auto clusters = cluster_items(vectors, kScenes * kTermsOfScene + 1);
  EXPECT_THAT(std::set(clusters.begin(), clusters.end()), testing::ElementsAre(0));
}

TEST(ItemClusters, TakeItemsWithoutTerms) {
  SparseVectors vectors;
  for (int i = 0; i < 5000; ++i) vectors.close(0);
  EXPECT_THAT(cluster_items(vectors, 7), testing::SizeIs(5000));
}

TEST(ItemClusters, AreTheSameEachTime) {
  const SparseVectors vectors = scenes(5000);
  EXPECT_EQ(cluster_items(vectors, kScenes * kTermsOfScene + 1),
            cluster_items(vectors, kScenes * kTermsOfScene + 1));
}

}  // namespace
}  // namespace unimo::stages
