#include "trainer/decode/retriever.h"

#include <gtest/gtest.h>

#include <array>

namespace unimo::trainer {
namespace {

using Place = Retriever::Place;

TEST(BestPlaces, AreThoseOfImagesJoinedWithThoseOfCaptions) {
  const ScoreMatrix matrix{
      .images = 2, .captions = 3, .scores = {0.9f, 0.8f, 0.1f, 0.2f, 0.3f, 0.0f}};
  // Image 0 likes caption 0, image 1 caption 1; every caption likes image 0.
  EXPECT_EQ(Retriever::best_places(matrix, 1),
            (std::vector<Place>{{0, 0}, {0, 1}, {0, 2}, {1, 1}}));
  EXPECT_EQ(Retriever::best_places(matrix, 9).size(), 6u);
}

TEST(LiftPlaces, BringsWhatWasLookedAtAgainBeforeTheRest) {
  ScoreMatrix matrix{.images = 1, .captions = 4, .scores = {1.0f, 0.9f, 0.8f, 5.0f}};
  const std::array<Place, 2> places{{{0, 0}, {0, 1}}};
  const std::array<float, 2> second{0.0f, 0.5f};
  lift_places(matrix, places, second, 1.0);
  EXPECT_GT(matrix.at(0, 1), matrix.at(0, 0));
  EXPECT_GT(matrix.at(0, 0), matrix.at(0, 3));
  EXPECT_EQ(matrix.at(0, 2), 0.8f);
}

TEST(CenterByCaption, LeavesWhatTheImageAdds) {
  const std::array<Place, 3> places{{{0, 0}, {1, 0}, {1, 7}}};
  std::array<float, 3> likelihoods{-10.0f, -14.0f, -3.0f};
  center_by_caption(places, likelihoods);
  EXPECT_EQ(likelihoods, (std::array<float, 3>{2.0f, -2.0f, 0.0f}));
}

}  // namespace
}  // namespace unimo::trainer
