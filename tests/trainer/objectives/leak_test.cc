// Nothing that is to be predicted can be read from what is shown: changing it changes no output
// that must not depend on it. Each check is shown to find a batch that does leak.
#include <cstring>

#include "tests/trainer/objectives/slow_check.h"
#include "trainer/objectives/masked_regions.h"

namespace unimo::trainer {
namespace {

using namespace unimo::testing;

MaskingOptions masking() {
  return {.feature_size = 12, .vocabulary = kVocabulary, .special = kSpecial};
}

// Whether the first `rows` states of both batches are the same bits; rows < 0: all.
bool same_states(const PackedBatch& a, const PackedBatch& b, std::int64_t rows = -1) {
  static const auto model = random_model(tiny_test_model());
  const at::Tensor x = model->encode(a, {}), y = model->encode(b, {});
  if (rows < 0) rows = x.size(0);
  return x.size(0) == y.size(0) &&
         std::memcmp(x.const_data_ptr<float>(), y.const_data_ptr<float>(),
                     static_cast<std::size_t>(rows * x.size(1)) * sizeof(float)) == 0;
}

// --- masked regions ---

using ImageBuilder =
    std::function<PackedBatch(const ShownImage&, const std::vector<std::int32_t>&)>;

// Whether any output tells the feature of a hidden region.
bool regions_leak(const ImageBuilder& build) {
  const ShownImage image = random_image(1, 8);
  const std::vector<std::int32_t> hidden{2, 5};
  for (const std::int32_t region : hidden) {
    ShownImage other = image;
    for (std::size_t c = 0; c < 12; ++c)
      other.regions.features[static_cast<std::size_t>(region) * 12 + c] += 1.0F;
    if (!same_states(build(image, hidden), build(other, hidden))) return true;
  }
  return false;
}

TEST(Leak, MaskedRegionsChangeNoOutput) {
  EXPECT_FALSE(regions_leak([](const ShownImage& image, const std::vector<std::int32_t>& hidden) {
    BatchBuilder builder(12);
    const Rows rows = builder.add_image(image.regions, {.hidden = hidden});
    builder.add_text(random_ids(1, 4), kSpecial);
    builder.join(rows.begin);
    return builder.take();
  }));
}

TEST(Leak, TheCheckFindsAMeanOverMaskedRegions) {
  EXPECT_TRUE(regions_leak([](const ShownImage& image, const std::vector<std::int32_t>& hidden) {
    BatchBuilder builder(12);
    const Rows rows = builder.add_image(image.regions, {.hidden = hidden});
    builder.join(rows.begin);
    PackedBatch batch = builder.take();
    std::vector<float> mean(12);
    mean_of_visible(image.regions.features, {}, mean);  // of all regions
    std::copy(mean.begin(), mean.end(), batch.features.begin());
    return batch;
  }));
}

TEST(Leak, MaskedRegionsOfTheObjectiveChangeNoOutput) {
  const ShownImage image = random_image(2, 9);
  Random random({.seed = 4});
  const auto hidden = plan_masked_regions(image.regions.boxes, {}, random);
  ASSERT_FALSE(hidden.empty());
  const auto build = [](const ShownImage& shown) {
    MaskedBatchBuilder builder(masking());
    Random draws({.seed = 4});
    builder.add_masked_regions(shown, {}, draws);
    return builder.take();
  };
  ShownImage other = image;
  for (const std::int32_t region : hidden)
    other.regions.features[static_cast<std::size_t>(region) * 12] = 9.0F;
  const MaskedBatch a = build(image), b = build(other);
  EXPECT_NE(a.regions.features, b.regions.features);  // what must be said did change
  EXPECT_TRUE(same_states(a.batch, b.batch));
}

// --- masked tokens ---

MaskedBatch masked_text(const std::vector<std::int32_t>& ids, double mask_share) {
  MaskingOptions options = masking();
  options.masked_text = {.mask_share = mask_share, .random_share = 0};
  MaskedBatchBuilder builder(options);
  Random random({.seed = 6});
  builder.add_masked_text({.ids = ids, .starts = all_units(ids.size())}, nullptr, random);
  return builder.take();
}

bool masked_tokens_leak(double mask_share) {
  const auto ids = random_ids(3, 20);
  auto other = ids;
  const MaskedBatch batch = masked_text(ids, mask_share);
  for (const std::int32_t row : batch.masked.rows) {
    std::int32_t& id = other[static_cast<std::size_t>(row) - 1];
    id = id == 5 ? 6 : 5;
  }
  const MaskedBatch changed = masked_text(other, mask_share);
  EXPECT_NE(batch.masked.labels, changed.masked.labels);
  return !same_states(batch.batch, changed.batch);
}

TEST(Leak, MaskedTokensChangeNoOutput) { EXPECT_FALSE(masked_tokens_leak(1)); }
TEST(Leak, TheCheckFindsTokensThatWereNotHidden) { EXPECT_TRUE(masked_tokens_leak(0)); }

// --- targets of seq2seq ---

MaskedBatch cut_text(const std::vector<std::int32_t>& ids, const ShownImage& image) {
  MaskingOptions options = masking();
  options.seq2seq = {.cut = "fragments", .fragment_min = 2, .fragment_max = 4};
  MaskedBatchBuilder builder(options);
  Random random({.seed = 8});
  builder.add_seq2seq({.ids = ids, .starts = all_units(ids.size())}, &image, random);
  return builder.take();
}

// Row r of a batch is told about the token that it and later rows predict.
bool targets_leak(const std::function<void(PackedBatch&)>& spoil) {
  const ShownImage image = random_image(5, 3);
  const auto ids = random_ids(5, 24);
  MaskedBatch batch = cut_text(ids, image);
  spoil(batch.batch);
  for (std::size_t t = 0; t < batch.generated.rows.size(); ++t) {
    // The token that target row t predicts is shown one row later, if at all.
    MaskedBatch changed = batch;
    const std::int32_t row = batch.generated.rows[t];
    const bool shown_next =
        t + 1 < batch.generated.rows.size() && batch.generated.labels[t] != kSpecial.sep;
    if (!shown_next) continue;
    const auto text_row = std::ranges::find(changed.batch.text_rows, row + 1);
    auto& token =
        changed.batch
            .token_ids[static_cast<std::size_t>(text_row - changed.batch.text_rows.begin())];
    EXPECT_EQ(token, batch.generated.labels[t]);
    token = token == 5 ? 6 : 5;
    if (!same_states(batch.batch, changed.batch, row + 1)) return true;
  }
  return false;
}

TEST(Leak, NoRowIsToldWhatItOrALaterRowPredicts) {
  EXPECT_FALSE(targets_leak([](PackedBatch&) {}));
}
TEST(Leak, TheCheckFindsTargetsThatSeeAhead) {
  EXPECT_TRUE(targets_leak([](PackedBatch& batch) { batch.spans.back().causal = false; }));
}
TEST(Leak, TheCheckFindsASourceThatSeesItsTargets) {
  EXPECT_TRUE(
      targets_leak([](PackedBatch& batch) { batch.spans = {{.begin = 0, .end = batch.rows}}; }));
}

// --- captions that share an image ---

PackedBatch two_captions(const std::vector<std::int32_t>& second, bool shared_causal) {
  const ShownImage image = random_image(7, 3);
  const std::vector<std::vector<std::int32_t>> captions{random_ids(7, 5), second};
  MaskedBatchBuilder builder(masking());
  builder.add_captions(image, random_ids(9, 2), captions);
  PackedBatch batch = builder.take().batch;
  if (!shared_causal) return batch;
  // Wrong: the second caption's rows stand before the first one's, in one causal span.
  batch.spans.pop_back();
  batch.spans.back().end = batch.rows;
  return batch;
}

TEST(Leak, CaptionsOfOneImageDoNotSeeEachOther) {
  const auto a = random_ids(8, 6), b = random_ids(88, 6);
  const PackedBatch first = two_captions(a, false), second = two_captions(b, false);
  const std::int64_t before = first.spans.back().begin;
  EXPECT_TRUE(same_states(first, second, before));  // the image, its tags and the other caption
  // And the first caption changes nothing of the second: the other order of the same two.
  static const auto model = random_model(tiny_test_model());
  PackedBatch changed = first;
  changed.token_ids[6] = changed.token_ids[6] == 5 ? 6 : 5;  // within the first caption
  const at::Tensor x = model->encode(first, {}), y = model->encode(changed, {});
  EXPECT_TRUE(
      x.narrow(0, before, first.rows - before).equal(y.narrow(0, before, first.rows - before)));
  EXPECT_FALSE(x.equal(y));
}

TEST(Leak, TheCheckFindsCaptionsThatFollowEachOther) {
  static const auto model = random_model(tiny_test_model());
  const PackedBatch first = two_captions(random_ids(8, 6), true);
  PackedBatch changed = first;
  changed.token_ids[6] = changed.token_ids[6] == 5 ? 6 : 5;
  const std::int64_t rows = 7;  // of the second caption
  const at::Tensor x = model->encode(first, {}), y = model->encode(changed, {});
  EXPECT_FALSE(x.narrow(0, first.rows - rows, rows).equal(y.narrow(0, first.rows - rows, rows)));
}

}  // namespace
}  // namespace unimo::trainer
