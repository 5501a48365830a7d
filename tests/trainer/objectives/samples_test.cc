#include "trainer/objectives/samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "orchestrator/base/file.h"
#include "tests/support/tiny_pack.h"

namespace unimo::trainer {
namespace {

class SamplesOfATinyPack : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        unimo::testing::write_tiny_pack(folder_.path(), {.train_images = 20, .val_images = 5}));
    pack_ = std::make_unique<PackReader>(PackReader::open(folder_.path()).value());
  }
  Samples open(const ViewConfig& view, std::uint64_t seed = 4) const {
    return Samples::open(*pack_, {.seed = seed, .view = view}).value();
  }
  TempDir folder_ = TempDir::make("samples").value();
  std::unique_ptr<PackReader> pack_;
};

TEST_F(SamplesOfATinyPack, ShowEveryTrainingImageOnceAnEpoch) {
  const Samples samples = open({});
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    std::set<std::uint32_t> seen;
    for (std::uint64_t i = 0; i < 20; ++i) {
      const auto visit = samples.image_visit("pair", epoch * 20 + i);
      EXPECT_EQ(visit.epoch, epoch);
      seen.insert(visit.sample);
    }
    EXPECT_EQ(seen.size(), 20u);
    EXPECT_LT(*seen.rbegin(), 20u);  // the validation images come behind them
  }
}

TEST_F(SamplesOfATinyPack, TellWhichImagesHaveNoRegionsAndAreLeftOut) {
  const TempDir folder = TempDir::make("bare").value();
  ASSERT_TRUE(
      unimo::testing::write_tiny_pack(folder.path(), {.train_images = 20, .bare_images = 2}));
  const PackReader pack = PackReader::open(folder.path()).value();
  const Samples samples = Samples::open(pack, {}).value();
  EXPECT_EQ(samples.images(), 18U);
  EXPECT_EQ(samples.pictures(), 18U);
  EXPECT_EQ(std::vector<std::uint32_t>(samples.bare_images().begin(), samples.bare_images().end()),
            (std::vector<std::uint32_t>{0, 1}));
}

TEST_F(SamplesOfATinyPack, ShowOtherRegionsEachEpoch) {
  const Samples samples = open({.regions = 2});
  std::set<std::vector<std::int32_t>> views;
  std::set<std::uint32_t> mirrored;
  for (std::uint32_t epoch = 0; epoch < 40; ++epoch) {
    const auto image = samples.show("pair", {.sample = 3, .epoch = epoch}).value();
    ASSERT_EQ(image.shown.size(), 2u);
    EXPECT_LT(image.shown[0], image.shown[1]);
    views.insert(image.shown);
    mirrored.insert(image.regions.view);
  }
  EXPECT_EQ(views.size(), 10u);  // all pairs of five regions
  EXPECT_EQ(mirrored, (std::set<std::uint32_t>{0, 1}));
}

TEST_F(SamplesOfATinyPack, ShowTheSameOnTheSameVisit) {
  const Samples samples = open({.regions = 2}), again = open({.regions = 2});
  const Samples::Visit visit{.sample = 3, .epoch = 7};
  EXPECT_EQ(samples.show("pair", visit).value().shown, again.show("pair", visit).value().shown);
  EXPECT_EQ(samples.draw_caption("pair", visit), again.draw_caption("pair", visit));
}

TEST_F(SamplesOfATinyPack, NeverTakeTheImageItselfForAnother) {
  const Samples samples = open({});
  Random random({.seed = 1});
  std::set<std::uint32_t> others;
  for (int i = 0; i < 500; ++i) others.insert(samples.other_image({.sample = 6}, random).sample);
  EXPECT_EQ(others.size(), 19u);
  EXPECT_FALSE(others.contains(6));
}

TEST_F(SamplesOfATinyPack, HideWholeWords) {
  const Samples samples = open({.word_dropout = 0.5});
  const auto ids = pack_->tokenizer().encode("there is a yellow horse near a green house");
  Random random({.seed = 1});
  auto hidden = ids;
  samples.drop_words(hidden, random);
  EXPECT_NE(hidden, ids);
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (pack_->tokenizer().is_word_start(ids[i])) continue;
    EXPECT_EQ(hidden[i] == samples.special().mask, hidden[i - 1] == samples.special().mask) << i;
  }
}

TEST_F(SamplesOfATinyPack, TakeTheUnitsOfThePackBeforeTheWordsOfTheTokenizer) {
  const Samples samples = open({});
  PackedCaption caption = pack_->caption(0).value();
  const UnitText words = samples.units(caption);
  ASSERT_GT(caption.ids.size(), 4u);
  EXPECT_TRUE(words.starts[1]);  // each of the short words is one piece
  caption.unit_starts = {0, 3};
  const UnitText units = samples.units(caption);
  EXPECT_TRUE(units.starts[0] && units.starts[3]);
  EXPECT_EQ(std::count(units.starts.begin(), units.starts.end(), true), 2);
}

}  // namespace
}  // namespace unimo::trainer
