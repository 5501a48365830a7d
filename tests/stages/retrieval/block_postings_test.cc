#include "stages/retrieval/block_postings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

SparseVectors vectors_of(const std::vector<std::vector<SparseWeight>>& items) {
  SparseVectors vectors;
  for (const auto& item : items) {
    vectors.weights.insert(vectors.weights.end(), item.begin(), item.end());
    vectors.close(1);
  }
  return vectors;
}

// By term: the places, each with its weight.
std::map<std::uint32_t, std::vector<std::pair<int, float>>> read(const BlockPostings& postings) {
  std::map<std::uint32_t, std::vector<std::pair<int, float>>> all;
  for (std::size_t i = 0; i < postings.terms().size(); ++i) {
    for (const BlockPosting& posting : postings.of(i))
      all[postings.terms()[i]].emplace_back(posting.slot, posting.weight);
  }
  return all;
}

TEST(BlockPostings, PutTheItemsOfABlockTogetherByTerm) {
  const SparseVectors vectors = vectors_of({{{1, 0.5F}}, {{1, 2}, {4, 3}}, {{4, 1}}, {{0, 9}}});
  BlockPostings postings(5);
  postings.read(vectors, std::vector<std::uint32_t>{2, 1, 0});
  EXPECT_THAT(read(postings), ElementsAre(Pair(1, ElementsAre(Pair(1, 2.0F), Pair(2, 0.5F))),
                                          Pair(4, ElementsAre(Pair(0, 1.0F), Pair(1, 3.0F)))));
}

TEST(BlockPostings, ForgetTheBlockBefore) {
  const SparseVectors vectors = vectors_of({{{1, 0.5F}, {2, 1}}, {{1, 2}}, {}});
  BlockPostings postings(3);
  postings.read(vectors, std::vector<std::uint32_t>{0});
  postings.read(vectors, std::vector<std::uint32_t>{1});
  EXPECT_THAT(read(postings), ElementsAre(Pair(1, ElementsAre(Pair(0, 2.0F)))));
  postings.read(vectors, std::vector<std::uint32_t>{2});
  EXPECT_THAT(read(postings), IsEmpty());
}

TEST(UsualWeight, PartsWordsThatStandTwiceFromThoseThatStandOnce) {
  const std::vector<BlockPosting> postings = {{0, 0.31F}, {1, 0.62F}, {2, 0.3F}, {3, 0.3F}};
  EXPECT_EQ(usual_weight(postings), 0.31F);
}

TEST(UsualWeight, IsTheLargestWhereWeightsHardlyDiffer) {
  EXPECT_EQ(usual_weight(std::vector<BlockPosting>{{0, 0.5F}, {1, 0.505F}}), 0.505F);
  EXPECT_EQ(usual_weight(std::vector<BlockPosting>{{0, 0.5F}}), 0.5F);
}

// Three small and one large: one is too many to raise the three for.
TEST(UsualWeight, SparesTheMost) {
  const std::vector<BlockPosting> postings = {{0, 1}, {1, 1}, {2, 1}, {3, 2}, {4, 10}};
  EXPECT_EQ(usual_weight(postings), 2.0F);
}

}  // namespace
}  // namespace unimo::stages
