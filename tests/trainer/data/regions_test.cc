#include "trainer/data/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "orchestrator/base/file.h"
#include "trainer/data/half.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RegionRecord two_regions() {
  return {.id = "42",
          .split = "train",
          .view = 1,
          .width = 640,
          .height = 480,
          .count = 2,
          .feature_size = 3,
          .top_k = 1,
          .boxes = {0, 0, 1, 1, 0.25F, 0.5F, 0.75F, 1},
          .features = {1, 2, 3, -0.5F, 1e-3F, 65504},
          .classes = {7, 65535},
          .probabilities = {1, 0.25F}};
}

std::string encode_error(const RegionRecord& record) {
  const auto bytes = encode_regions(record);
  return bytes ? "" : bytes.error().message;
}

TEST(Regions, ComeBackFromTheirBytes) {
  const auto bytes = encode_regions(two_regions());
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const auto view = RegionView::parse(*bytes, "here");
  ASSERT_TRUE(view.has_value()) << view.error().message;
  const RegionRecord back = view->decode();
  EXPECT_EQ(back.id, "42");
  EXPECT_EQ(back.split, "train");
  EXPECT_EQ(back.view, 1U);
  EXPECT_EQ(back.width, 640U);
  EXPECT_EQ(back.height, 480U);
  EXPECT_EQ(back.boxes, two_regions().boxes);
  EXPECT_EQ(back.classes, two_regions().classes);
  EXPECT_EQ(back.probabilities, two_regions().probabilities);
  EXPECT_THAT(back.features, ElementsAre(1, 2, 3, -0.5F, testing::FloatNear(1e-3F, 1e-6F), 65504));
}

RegionRecord with_attributes() {
  RegionRecord record = two_regions();
  record.top_attributes = 2;
  record.attributes = {3, 1, 0, 2};
  record.attribute_probabilities = {0.5F, 0.25F, 1, 0};
  return record;
}

TEST(Regions, WithAttributesComeBackFromTheirBytes) {
  const auto bytes = encode_regions(with_attributes());
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const auto view = RegionView::parse(*bytes, "here");
  ASSERT_TRUE(view.has_value()) << view.error().message;
  const RegionRecord back = view->decode();
  EXPECT_EQ(back.top_attributes, 2U);
  EXPECT_EQ(back.attributes, with_attributes().attributes);
  EXPECT_EQ(back.attribute_probabilities, with_attributes().attribute_probabilities);
  EXPECT_EQ(back.probabilities, two_regions().probabilities);
}

TEST(Regions, WithoutAttributesHaveTheBytesOfTheFirstVersion) {
  const auto without = *encode_regions(two_regions()), with = *encode_regions(with_attributes());
  EXPECT_EQ(with.size(), without.size() + 4 + 4 * 2 + 4 * 2);
  EXPECT_TRUE(std::equal(without.begin(), without.end(), with.begin()));
}

TEST(Regions, RefuseEveryTruncatedListOfAttributes) {
  const auto bytes = *encode_regions(with_attributes());
  const std::size_t first_version = encode_regions(two_regions())->size();
  for (std::size_t size = first_version + 1; size < bytes.size(); ++size)
    EXPECT_FALSE(RegionView::parse(std::span(bytes).first(size), "here").has_value()) << size;
}

TEST(Regions, TellTheNamesOfTheirAttributes) {
  const RegionsInfo info{.extractor = "detector.caffe",
                         .feature_size = 8,
                         .classes = {"dog"},
                         .attributes = {"red", "old"},
                         .images = 3};
  const TempDir folder = *TempDir::make("regions-");
  const auto path = folder.path() / "regions.json";
  ASSERT_TRUE(write_json(path, to_json(info)));
  EXPECT_EQ(to_json(info)["version"], 2);
  EXPECT_THAT(read_regions_info(path)->attributes, ElementsAre("red", "old"));
}

TEST(Regions, GiveTheFirstFewAlone) {
  const auto bytes = encode_regions(two_regions());
  std::vector<float> features(3);
  RegionView::parse(*bytes, "here")->first_features(1, features);
  EXPECT_THAT(features, ElementsAre(1, 2, 3));
}

TEST(Regions, RefuseEveryTruncatedRecord) {
  const auto bytes = encode_regions(two_regions());
  for (std::size_t size = 0; size < bytes->size(); ++size) {
    const auto view = RegionView::parse(std::span(*bytes).first(size), "a.shard: record 3");
    ASSERT_FALSE(view.has_value()) << size;
    EXPECT_THAT(view.error().message, HasSubstr("a.shard: record 3"));
  }
}

TEST(Regions, RefuseCountsThatWouldOverflow) {
  auto bytes = *encode_regions(two_regions());
  const std::size_t count_at = 4 + 2 + 4 + 5 + 3 * 4;
  for (std::size_t i = 0; i < 8; ++i) bytes[count_at + i] = std::byte{0xFF};
  EXPECT_FALSE(RegionView::parse(bytes, "here").has_value());
}

TEST(Regions, RefuseWhatDoesNotFitTogether) {
  RegionRecord record = two_regions();
  record.features.pop_back();
  EXPECT_THAT(encode_error(record),
              HasSubstr("image 42: 5 numbers of features where 2 regions need 6"));
}

TEST(Regions, RefuseABoxOutsideThePicture) {
  RegionRecord record = two_regions();
  record.boxes[6] = 1.5F;
  EXPECT_THAT(encode_error(record), HasSubstr("box 1 is [0.25, 0.5, 1.5, 1]"));
}

TEST(Regions, RefuseNumbersThatHalfPrecisionCannotStore) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 65520.0F, -INFINITY}) {
    RegionRecord record = two_regions();
    record.features[4] = bad;
    EXPECT_THAT(encode_error(record), HasSubstr("half precision cannot store"));
  }
}

TEST(Regions, TellAboutTheirArtifact) {
  const TempDir folder = *TempDir::make("regions");
  const RegionsInfo info{.extractor = "windows",
                         .feature_size = 3,
                         .classes = {"cat"},
                         .views = 2,
                         .images = 5,
                         .fitted_on = "train"};
  ASSERT_TRUE(write_json(folder.path() / "regions.json", to_json(info)).has_value());
  const auto back = read_regions_info(folder.path() / "regions.json");
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(to_json(*back), to_json(info));
}

TEST(Half, AgreesWithTheProcessorOnEveryHalf) {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> floats(halves.size());
  halves_to_floats(halves, floats);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(floats[i]),
              std::bit_cast<std::uint32_t>(half_to_float(halves[i])))
        << i;
  }
  std::vector<std::uint16_t> back(halves.size());
  floats_to_halves(floats, back);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    ASSERT_EQ(back[i], float_to_half(floats[i])) << i;
    if (!std::isnan(floats[i])) {
      ASSERT_EQ(back[i], halves[i]);
    }
  }
}

TEST(Half, RoundsLikeTheProcessor) {
  // Every bit pattern at a stride that is coprime to the sizes involved.
  std::vector<float> floats;
  for (std::uint64_t bits = 0; bits < (1ULL << 32); bits += 4093) {
    floats.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  std::vector<std::uint16_t> halves(floats.size());
  floats_to_halves(floats, halves);
  for (std::size_t i = 0; i < floats.size(); ++i)
    ASSERT_EQ(halves[i], float_to_half(floats[i])) << floats[i];
}

TEST(Half, RoundsTiesToEven) {
  EXPECT_EQ(float_to_half(1.0F + 0x1p-11F), float_to_half(1.0F));
  EXPECT_EQ(float_to_half(1.0F + 3 * 0x1p-11F), float_to_half(1.0F + 0x1p-9F));
  EXPECT_EQ(float_to_half(65519.0F), float_to_half(65504.0F));
  EXPECT_EQ(float_to_half(65520.0F), 0x7C00);
  EXPECT_EQ(float_to_half(0x1p-25F), 0);
  EXPECT_EQ(float_to_half(0x1.8p-25F), 1);
}

}  // namespace
}  // namespace unimo::trainer
