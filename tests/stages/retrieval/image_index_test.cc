#include "stages/retrieval/image_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Bag = std::vector<ClassWeight>;

ImageIndex index_of(const std::vector<Bag>& bags, std::uint32_t classes) {
  ImageIndexBuilder builder(classes);
  for (const Bag& bag : bags) builder.add(bag);
  return std::move(builder).build();
}

std::vector<std::uint32_t> items(std::span<const ScoredItem> found) {
  std::vector<std::uint32_t> numbers;
  for (const ScoredItem& item : found) numbers.push_back(item.item);
  return numbers;
}

std::vector<Bag> random_bags(std::size_t count, std::uint32_t classes) {
  std::vector<Bag> bags(count);
  for (std::size_t i = 0; i < count; ++i) {
    trainer::Random random({.seed = 3, .sample = i});
    const auto objects = random.between(0, 15);
    for (std::int64_t object = 0; object < objects; ++object) {
      const auto cls = static_cast<std::uint32_t>(std::pow(double(classes), random.uniform())) - 1;
      add_to_bag(bags[i], {cls, 0.1F + 0.9F * static_cast<float>(random.uniform())},
                 BagWeight::kLargest);
    }
  }
  return bags;
}

// The formula of the header over all classes.
class SlowOverlap {
 public:
  SlowOverlap(const std::vector<Bag>& bags, std::uint32_t classes) {
    std::vector<double> with(classes, 0);
    for (const Bag& bag : bags)
      for (const ClassWeight& entry : bag) ++with[entry.cls];
    for (const Bag& bag : bags) {
      auto& weights = weights_.emplace_back(classes, 0.0);
      for (const ClassWeight& entry : bag)
        weights[entry.cls] =
            entry.weight * std::log(1 + static_cast<double>(bags.size()) / with[entry.cls]);
    }
  }
  double score(std::size_t a, std::size_t b) const {
    double least = 0, most = 0;
    for (std::size_t c = 0; c < weights_[a].size(); ++c) {
      least += std::min(weights_[a][c], weights_[b][c]);
      most += std::max(weights_[a][c], weights_[b][c]);
    }
    return most == 0 ? 0 : least / most;
  }

 private:
  std::vector<std::vector<double>> weights_;
};

TEST(Bags, KeepTheSurestOfAClassOrAddThemUp) {
  Bag largest, sum;
  for (const float probability : {0.5F, 0.75F, 0.25F}) {
    add_to_bag(largest, {4, probability}, BagWeight::kLargest);
    add_to_bag(sum, {4, probability}, BagWeight::kSum);
  }
  ASSERT_EQ(largest.size(), 1U);
  EXPECT_FLOAT_EQ(largest[0].weight, 0.75F);
  EXPECT_FLOAT_EQ(sum[0].weight, 1.5F);
}

TEST(ImageSearch, FindsWhatItsFormulaSays) {
  constexpr std::uint32_t kClasses = 200;
  const auto bags = random_bags(9000, kClasses);
  const ImageIndex index = index_of(bags, kClasses);
  const SlowOverlap slow(bags, kClasses);
  ImageSearch search(index);
  for (std::uint32_t image = 0; image < 20; ++image) {
    std::vector<double> scores;
    for (std::size_t other = 0; other < bags.size(); ++other)
      if (other != image) scores.push_back(slow.score(image, other));
    std::ranges::sort(scores, std::greater());
    const auto found = search.nearest(image, {.count = 50});
    for (std::size_t i = 0; i < 50; ++i) {
      if (scores[i] == 0) {
        ASSERT_LE(found.size(), i);
        break;
      }
      ASSERT_NEAR(found[i].score, scores[i], 1e-5);
      ASSERT_NEAR(slow.score(image, found[i].item), scores[i], 1e-5);
      ASSERT_NE(found[i].item, image);
    }
  }
}

TEST(ImageSearch, PrefersWhatFewPicturesShow) {
  // 0: everywhere; 1: rare.
  const ImageIndex index = index_of(
      {{{0, 1}, {1, 1}}, {{0, 1}, {2, 1}}, {{1, 1}, {2, 1}}, {{0, 1}}, {{0, 1}}, {{0, 1}}}, 3);
  ImageSearch search(index);
  EXPECT_EQ(items(search.nearest(0, {.count = 1})), std::vector<std::uint32_t>{2});
}

TEST(ImageSearch, LeavesOutThePictureItselfAndTheSamePictureElsewhere) {
  const ImageIndex index =
      index_of({{{0, 1}, {1, 1}}, {{0, 1}, {1, 1}}, {{0, 1}}, {{1, 0.5F}}, {}}, 2);
  ImageSearch search(index);
  EXPECT_THAT(items(search.nearest(0, {.count = 9})), ElementsAre(1, 2, 3));
  EXPECT_THAT(items(search.nearest(0, {.count = 9, .duplicate = 0.95})), ElementsAre(2, 3));
  EXPECT_THAT(
      items(search.nearest(0, {.count = 9, .accepts = [](auto image) { return image > 2; }})),
      ElementsAre(3));
  EXPECT_THAT(search.nearest(4, {.count = 9}), IsEmpty());
}

}  // namespace
}  // namespace unimo::stages
