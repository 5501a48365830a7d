#include "trainer/objectives/contrast_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "orchestrator/base/file.h"
#include "tests/support/tiny_pack.h"

namespace unimo::trainer {
namespace {

using Counts = std::array<int, 3>;

TEST(ShareNegatives, FollowsTheShares) {
  EXPECT_EQ(share_negatives(12, {1, 1, 1}, {99, 99, 99}), (Counts{4, 4, 4}));
  EXPECT_EQ(share_negatives(8, {2, 1, 1}, {99, 99, 99}), (Counts{4, 2, 2}));
  EXPECT_EQ(share_negatives(5, {0, 1, 0}, {99, 99, 99}), (Counts{0, 5, 0}));
}
TEST(ShareNegatives, GivesOddOnesByTheLargestRemainder) {
  EXPECT_EQ(share_negatives(4, {1, 1, 1}, {99, 99, 99}), (Counts{2, 1, 1}));
  EXPECT_EQ(share_negatives(3, {1, 1, 2}, {99, 99, 99}), (Counts{1, 1, 1}));
}
TEST(ShareNegatives, LetsOtherLevelsGiveWhatOneLacks) {
  EXPECT_EQ(share_negatives(12, {1, 1, 1}, {32, 0, 0}), (Counts{12, 0, 0}));
  EXPECT_EQ(share_negatives(12, {1, 1, 1}, {5, 2, 9}), (Counts{5, 2, 5}));
  EXPECT_EQ(share_negatives(12, {1, 1, 1}, {1, 1, 1}), (Counts{1, 1, 1}));
}
TEST(ShareNegatives, TakesNothingFromALevelWithoutShare) {
  EXPECT_EQ(share_negatives(6, {1, 0, 0}, {2, 9, 9}), (Counts{2, 0, 0}));
  EXPECT_EQ(share_negatives(6, {0, 0, 0}, {9, 9, 9}), (Counts{0, 0, 0}));
}

class Contrast : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<TempDir>(TempDir::make("contrast").value());
    ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_->path(), {.train_images = 20}));
    pack_ = std::make_unique<PackReader>(PackReader::open(folder_->path()).value());
    samples_ = std::make_unique<Samples>(Samples::open(*pack_, {.seed = 3}).value());
  }
  ContrastedPair draw(const ContrastiveConfig& config, std::uint64_t n) const {
    auto pair = draw_contrast(*samples_, config, "joint", n);
    EXPECT_TRUE(pair) << pair.error().message;
    return *pair;
  }
  // The caption whose text the pair has.
  PackedCaption caption_of(const ContrastedPair& pair) const {
    for (const std::uint32_t caption : pack_->captions_of_image(pair.number)) {
      if (pack_->caption(caption)->ids == pair.text) return *pack_->caption(caption);
    }
    ADD_FAILURE() << "no caption of image " << pair.number;
    return {};
  }
  bool is_of(const std::vector<std::int32_t>& ids,
             const std::vector<std::uint32_t>& sentences) const {
    return std::any_of(sentences.begin(), sentences.end(),
                       [&](std::uint32_t sentence) { return *pack_->sentence(sentence) == ids; });
  }

  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<PackReader> pack_;
  std::unique_ptr<Samples> samples_;
};

TEST_F(Contrast, DrawsEverySetFromItsPool) {
  const ContrastiveConfig config{.positives = 2, .negatives = 6};
  for (std::uint64_t n = 0; n < 10; ++n) {
    const ContrastedPair pair = draw(config, n);
    const PackedCaption caption = caption_of(pair);
    ASSERT_EQ(pair.positives.size(), 2U);
    for (const auto& ids : pair.positives) EXPECT_TRUE(is_of(ids, caption.positives));
    ASSERT_EQ(pair.negatives.size(), 6U);
    for (std::size_t i = 2; i < 4; ++i)
      EXPECT_TRUE(is_of(pair.negatives[i], caption.phrase_negatives));
    for (std::size_t i = 4; i < 6; ++i)
      EXPECT_TRUE(is_of(pair.negatives[i], caption.word_negatives));
    ASSERT_EQ(pair.related_images.size(), 2U);
    for (const ShownImage& image : pair.related_images) {
      const auto number = pack_->find_image(image.regions.id);
      ASSERT_TRUE(number);
      EXPECT_NE(std::ranges::find(caption.related_images, *number), caption.related_images.end());
    }
    ASSERT_EQ(pair.related_texts.size(), 1U);  // the pack has no more
    EXPECT_TRUE(is_of(pair.related_texts[0], caption.related_texts));
  }
}

TEST_F(Contrast, TakesOtherCaptionsOfTheImageWhereRewritesRunOut) {
  const ContrastedPair pair = draw({.positives = 4}, 0);
  EXPECT_EQ(pair.positives.size(), 4U);  // two rewrites, two other captions
  EXPECT_EQ(draw({.positives = 9}, 0).positives.size(), 4U);
}

TEST_F(Contrast, LeavesSetsOut) {
  const ContrastedPair pair =
      draw({.positives = 0, .negatives = 0, .related_images = 0, .related_texts = 0}, 0);
  EXPECT_TRUE(pair.positives.empty());
  EXPECT_TRUE(pair.negatives.empty());
  EXPECT_TRUE(pair.related_images.empty());
  EXPECT_TRUE(pair.related_texts.empty());
}

TEST_F(Contrast, DrawsTheSameForTheSameVisit) {
  EXPECT_EQ(draw({}, 7).negatives, draw({}, 7).negatives);
}

TEST_F(Contrast, DrawsAnewInEveryEpoch) {
  const ContrastiveConfig config{.negatives = 2, .sentence_share = 0, .word_share = 0};
  std::set<std::vector<std::vector<std::int32_t>>> seen;
  std::uint32_t image = draw(config, 0).number;
  for (std::uint64_t n = 0; n < 20 * 12; ++n) {
    const ContrastedPair pair = draw(config, n);
    if (pair.number == image) seen.insert({pair.text, pair.negatives[0], pair.negatives[1]});
  }
  EXPECT_GT(seen.size(), 3U);  // three captions, each with its two negatives in either order
}

}  // namespace
}  // namespace unimo::trainer
