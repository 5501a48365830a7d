#include "trainer/objectives/masked_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "trainer/objectives/contrastive_batch.h"

namespace unimo::trainer {
namespace {

constexpr MaskingOptions kOptions{.feature_size = 2,
                                  .vocabulary = {.mask = 99, .first_piece = 4, .size = 100},
                                  .special = {.cls = 0, .sep = 2, .mask = 99}};

Random random_of(std::uint64_t sample) { return Random({.seed = 3, .sample = sample}); }

ShownImage image_of(int regions) {
  ShownImage image;
  image.regions.count = static_cast<std::uint32_t>(regions);
  image.regions.feature_size = 2;
  image.regions.top_k = 1;
  for (int i = 0; i < regions; ++i) {
    const auto at = static_cast<float>(i);
    image.regions.boxes.insert(image.regions.boxes.end(), {at, 0, at + 1, 1});
    image.regions.features.insert(image.regions.features.end(), {at, -at});
    image.regions.classes.push_back(static_cast<std::uint16_t>(i));
    image.regions.probabilities.push_back(1.0f);
  }
  return image;
}

std::vector<std::int32_t> ids_of(int size) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(size));
  std::iota(ids.begin(), ids.end(), 10);
  return ids;
}

UnitText text_of(std::span<const std::int32_t> ids) { return {ids, UnitStarts(ids.size(), true)}; }

// Tokens of the batch by row; -1 where there is a region.
std::vector<std::int32_t> tokens_by_row(const PackedBatch& batch) {
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(batch.rows), -1);
  for (std::size_t i = 0; i < batch.text_rows.size(); ++i) {
    tokens[static_cast<std::size_t>(batch.text_rows[i])] = batch.token_ids[i];
  }
  return tokens;
}

std::vector<std::int32_t> positions_by_row(const PackedBatch& batch) {
  std::vector<std::int32_t> positions(static_cast<std::size_t>(batch.rows), -1);
  for (std::size_t i = 0; i < batch.text_rows.size(); ++i) {
    positions[static_cast<std::size_t>(batch.text_rows[i])] = batch.position_ids[i];
  }
  return positions;
}

TEST(MaskedBatch, PredictsTheRowsOfTheMaskedTokens) {
  const auto ids = ids_of(30);
  MaskedBatchBuilder builder(kOptions);
  Random random = random_of(1);
  const auto image = image_of(3);
  builder.add_masked_text(text_of(ids), &image, random);
  const MaskedBatch masked = builder.take();
  ASSERT_EQ(masked.batch.rows, 4 + 32);
  ASSERT_EQ(masked.masked.rows.size(), 5u);  // ceil(0.15 * 32)
  for (std::size_t i = 0; i < masked.masked.rows.size(); ++i) {
    EXPECT_EQ(masked.masked.labels[i], 10 + masked.masked.rows[i] - 5);
  }
  ASSERT_EQ(masked.batch.spans.size(), 1u);
  EXPECT_EQ(masked.batch.spans[0], (AttentionSpan{0, 36, 0, 0, false}));
}

TEST(MaskedBatch, KeepsThePositionsOfSlices) {
  const auto ids = ids_of(60);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    MaskedBatchBuilder builder(kOptions);
    Random random = random_of(sample);
    builder.add_seq2seq(text_of(ids), nullptr, random);
    const MaskedBatch masked = builder.take();
    const auto tokens = tokens_by_row(masked.batch), positions = positions_by_row(masked.batch);
    for (std::size_t row = 0; row < tokens.size(); ++row) {
      if (tokens[row] >= 10) {
        EXPECT_EQ(positions[row], 3 + tokens[row] - 10);
      }
    }
    ASSERT_EQ(masked.batch.spans.size(), 2u);
    EXPECT_TRUE(masked.batch.spans[1].causal);
    EXPECT_EQ(masked.batch.spans[1].context_end, masked.batch.spans[0].end);
  }
}

TEST(MaskedBatch, PredictsNextTokensOfEverySlice) {
  const auto ids = ids_of(60);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    MaskedBatchBuilder builder(kOptions);
    Random random = random_of(sample);
    builder.add_seq2seq(text_of(ids), nullptr, random);
    const MaskedBatch masked = builder.take();
    const auto tokens = tokens_by_row(masked.batch), positions = positions_by_row(masked.batch);
    const TokenTargets& targets = masked.generated;
    const std::int32_t begin = masked.batch.spans[1].begin;
    EXPECT_EQ(static_cast<std::int32_t>(targets.rows.size()), masked.batch.rows - begin);
    for (std::size_t i = 0; i < targets.rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(targets.rows[i]);
      // The token at the next position of the text, or the end of the slice.
      const std::int32_t next = positions[row] - 2 + 10;
      EXPECT_TRUE(targets.labels[i] == next || targets.labels[i] == 2)
          << targets.labels[i] << " after " << tokens[row];
    }
    // Every token is either seen in the source or asked for.
    std::vector<std::int32_t> all(targets.labels);
    std::erase(all, 2);
    for (std::int32_t row = 0; row < begin; ++row) {
      if (tokens[static_cast<std::size_t>(row)] >= 10)
        all.push_back(tokens[static_cast<std::size_t>(row)]);
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, ids);
  }
}

TEST(MaskedBatch, DoesNotTellTheLengthOfAWhollyGeneratedText) {
  const auto ids = ids_of(4);
  MaskedBatchBuilder builder(kOptions);
  Random random = random_of(1);
  builder.add_seq2seq(text_of(ids), nullptr, random);
  const MaskedBatch masked = builder.take();
  EXPECT_EQ(masked.batch.token_ids, (std::vector<std::int32_t>{0, 2, 0, 10, 11, 12, 13}));
  EXPECT_EQ(masked.batch.position_ids, (std::vector<std::int32_t>{2, 3, 2, 3, 4, 5, 6}));
  EXPECT_EQ(masked.generated.labels, (std::vector<std::int32_t>{10, 11, 12, 13, 2}));
}

TEST(MaskedBatch, AsksForFeaturesAndClassesOfHiddenRegions) {
  MaskedBatchBuilder builder(kOptions);
  Random random = random_of(2);
  auto image = image_of(20);
  image.shown = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
  builder.add_masked_regions(image, {}, random);
  const MaskedBatch masked = builder.take();
  ASSERT_EQ(masked.regions.rows.size(), 2u);
  float shown = 0, count = 0;
  for (std::size_t place = 0; place < image.shown.size(); ++place) {
    const auto row = static_cast<std::int32_t>(place) + 1;
    const auto found = std::find(masked.regions.rows.begin(), masked.regions.rows.end(), row);
    const float feature = masked.batch.features[static_cast<std::size_t>(row) * 2];
    const auto truth = static_cast<float>(image.shown[place]);
    if (found == masked.regions.rows.end()) {
      EXPECT_EQ(feature, truth);
      shown += truth, ++count;
      continue;
    }
    const auto target = static_cast<std::size_t>(found - masked.regions.rows.begin());
    EXPECT_EQ(feature, 0.0f);
    EXPECT_EQ(masked.regions.features[target * 2], truth);
    EXPECT_EQ(masked.regions.classes.classes[target], image.shown[place]);
  }
  EXPECT_FLOAT_EQ(masked.batch.features[0], shown / count);  // [IMG]
}

TEST(CandidateBatch, MarksPlacesWithoutCandidate) {
  CandidateBatchBuilder builder(2, kOptions.special, 3);
  const auto image = image_of(2);
  builder.begin_group();
  builder.add_pair(image, ids_of(3), true);
  builder.begin_group();
  builder.add_pair(image, ids_of(3), true);
  builder.add_pair(image, ids_of(2), false);
  builder.add_pair(image, ids_of(1), false);
  const CandidateBatch joint = builder.take();
  EXPECT_EQ(joint.valid, (std::vector<std::uint8_t>{1, 0, 0, 1, 1, 1}));
  EXPECT_EQ(joint.positive, (std::vector<std::uint8_t>{1, 0, 0, 1, 0, 0}));
  EXPECT_EQ(joint.groups, 2);
  EXPECT_EQ(joint.cls_rows[3], joint.img_rows[3] + 3);
}

// One text alone for all related images, one image alone for all related texts.
TEST(CandidateBatch, EncodesRelatedItemsAlone) {
  CandidateBatchBuilder builder(2, kOptions.special, 5);
  const auto image = image_of(2);
  builder.begin_group();
  builder.add_pair(image, ids_of(3), true);
  builder.add_related_images(std::vector{image_of(1), image_of(3)}, ids_of(3));
  builder.add_related_texts(image, std::vector{ids_of(1), ids_of(2)});
  const CandidateBatch batch = builder.take();
  // Rows: pair 0-7; text 8-12; images 13-14, 15-18; image 19-21; texts 22-24, 25-28.
  EXPECT_EQ(batch.img_rows, (std::vector<std::int32_t>{0, 13, 15, 19, 19}));
  EXPECT_EQ(batch.cls_rows, (std::vector<std::int32_t>{3, 8, 8, 22, 25}));
  EXPECT_EQ(batch.positive, (std::vector<std::uint8_t>(5, 1)));
  EXPECT_EQ(batch.batch.spans.size(), 7U);
  for (const AttentionSpan& span : batch.batch.spans)
    EXPECT_EQ(span.context_begin, span.context_end);  // nobody sees anybody else
}

}  // namespace
}  // namespace unimo::trainer
