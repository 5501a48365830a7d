#include "trainer/objectives/sequence.h"

#include <gtest/gtest.h>

#include <array>

namespace unimo::trainer {
namespace {

constexpr SpecialTokens kSpecial{.cls = 0, .sep = 2, .mask = 99};

RegionRecord two_regions() {
  RegionRecord image;
  image.id = "dog.jpg";
  image.count = 2;
  image.feature_size = 2;
  image.boxes = {0, 0, 0.5f, 1, 0.5f, 0, 1, 0.5f};
  image.features = {1, 2, 3, 6};
  return image;
}

TEST(BatchBuilder, PutsTheMeanBeforeTheRegions) {
  BatchBuilder builder(2);
  builder.add_image(two_regions(), {});
  builder.join(0);
  const PackedBatch batch = builder.take();
  EXPECT_EQ(batch.rows, 3);
  EXPECT_EQ(batch.features, (std::vector<float>{2, 4, 1, 2, 3, 6}));
  EXPECT_EQ(batch.boxes,
            (std::vector<float>{0, 0, 1, 1, 1, 0, 0, 0.5f, 1, 0.5f, 0.5f, 0, 1, 0.5f, 0.25f}));
}

TEST(BatchBuilder, KeepsWhatIsHiddenOutOfTheMean) {
  BatchBuilder builder(2);
  const std::array<std::int32_t, 1> hidden{0};
  builder.add_image(two_regions(), {.hidden = hidden});
  builder.join(0);
  EXPECT_EQ(builder.take().features, (std::vector<float>{3, 6, 0, 0, 3, 6}));
}

TEST(BatchBuilder, ShowsTheChosenRegionsInTheGivenOrder) {
  BatchBuilder builder(2);
  const std::array<std::int32_t, 1> shown{1};
  builder.add_image(two_regions(), {.shown = shown});
  builder.join(0);
  EXPECT_EQ(builder.take().features, (std::vector<float>{2, 4, 3, 6}));
}

TEST(BatchBuilder, LetsCaptionsShareTheirImage) {
  BatchBuilder builder(2);
  const Rows image = builder.add_image(two_regions(), {});
  builder.join(image.begin);
  for (int i = 0; i < 2; ++i) {
    const Rows text = builder.add_text(std::array<std::int32_t, 2>{7, 8}, kSpecial);
    builder.cause(text.begin, image);
  }
  const PackedBatch batch = builder.take();
  ASSERT_EQ(batch.spans.size(), 3u);
  EXPECT_EQ(batch.spans[2], (AttentionSpan{7, 11, 0, 3, true}));
  EXPECT_EQ(batch.token_ids, (std::vector<std::int32_t>{0, 7, 8, 2, 0, 7, 8, 2}));
  EXPECT_EQ(batch.position_ids, (std::vector<std::int32_t>{2, 3, 4, 5, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace unimo::trainer
