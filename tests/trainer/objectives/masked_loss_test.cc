// Every masked and generated objective, loss and gradient, against the formulas written out.
#include "trainer/objectives/masked_loss.h"

#include "tests/trainer/objectives/slow_check.h"
#include "trainer/objectives/masked_regions.h"

namespace unimo::trainer {
namespace {

using namespace unimo::testing;

MaskingOptions masking() {
  return {.feature_size = 12, .vocabulary = kVocabulary, .special = kSpecial};
}

UnitText unit_text(const std::vector<std::int32_t>& ids) {
  return {.ids = ids, .starts = all_units(ids.size())};
}

std::function<at::Tensor(Unimo&)> loss_of(const MaskedBatch& batch,
                                          MaskedLossOptions options = {}) {
  return [&batch, options](Unimo& model) { return masked_loss(model, batch, options, {}).loss; };
}

// What a position must say.
struct SlowTarget {
  std::size_t sequence, position;
  std::int32_t label;
};

// -1/n Σ log p(label), with label smoothing.
double slow_token_loss(const SlowUnimo& model, const std::vector<SlowSequence>& sequences,
                       const std::vector<SlowTarget>& targets, double smoothing = 0) {
  const auto states = model.encode(sequences);
  double sum = 0;
  for (const SlowTarget& target : targets) {
    const Vector log_p = model.lm_log_probabilities(states[target.sequence][target.position]);
    double all = 0;
    for (const double value : log_p) all += value;
    sum -= (1 - smoothing) * log_p[static_cast<std::size_t>(target.label)] +
           smoothing * all / static_cast<double>(log_p.size());
  }
  return sum / static_cast<double>(targets.size());
}

// Texts of these lengths, each behind an image where `with_image`.
void check_masked_text(const std::vector<std::size_t>& lengths, bool with_image) {
  const MaskingOptions options = masking();
  MaskedBatchBuilder builder(options);
  std::vector<SlowSequence> sequences;
  std::vector<SlowTarget> targets;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto ids = random_ids(i, lengths[i]);
    const ShownImage image = random_image(i, 3);
    Random random({.seed = 20 + i}), again({.seed = 20 + i});
    builder.add_masked_text(unit_text(ids), with_image ? &image : nullptr, random);
    const MaskedText plan =
        plan_masked_text(ids, all_units(ids.size()), kVocabulary, options.masked_text, again);
    auto positions = with_image ? image_positions(image) : std::vector<SlowPosition>();
    const std::size_t cls = positions.size();
    sequences.push_back(seen_by_all(joined(positions, text_positions(plan.shown))));
    for (std::size_t k = 0; k < plan.positions.size(); ++k) {
      const auto token = static_cast<std::size_t>(plan.positions[k]);
      targets.push_back({i, cls + 1 + token, ids[token]});
    }
  }
  const MaskedBatch batch = builder.take();
  const auto model = random_model(tiny_test_model());
  expect_like_slow(*model, loss_of(batch), [&](const SlowUnimo& slow) {
    return slow_token_loss(slow, sequences, targets);
  });
}

TEST(MaskedLoss, OfTextsIsTheirFormula) { check_masked_text({5, 14, 1}, false); }
TEST(MaskedLoss, OfTextsWithImagesIsTheirFormula) { check_masked_text({4, 9}, true); }

// Source rows, then the target parts, each behind its own [CLS] at the position before it.
void check_seq2seq(const Seq2SeqConfig& config, bool with_image) {
  MaskingOptions options = masking();
  options.seq2seq = config;
  MaskedBatchBuilder builder(options);
  std::vector<SlowSequence> sequences;
  std::vector<SlowTarget> targets;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto ids = random_ids(40 + i, 8 + 6 * i);
    const ShownImage image = random_image(40 + i, 3);
    Random random({.seed = 50 + i}), again({.seed = 50 + i});
    builder.add_seq2seq(unit_text(ids), with_image ? &image : nullptr, random);
    const Seq2SeqPlan plan = plan_seq2seq(static_cast<int>(ids.size()), config, again);
    auto positions = with_image ? image_positions(image) : std::vector<SlowPosition>();
    positions.push_back({.token = kSpecial.cls, .place = 2});
    for (const Slice& slice : plan.source) {
      for (int t = slice.begin; t < slice.end; ++t)
        positions.push_back({.token = ids[static_cast<std::size_t>(t)], .place = 3 + t});
    }
    positions.push_back({.token = kSpecial.sep, .place = 3 + static_cast<int>(ids.size())});
    const std::size_t source = positions.size();
    for (const Slice& slice : plan.target) {
      std::int32_t shown = kSpecial.cls;
      for (int t = slice.begin; t <= slice.end; ++t) {
        const std::int32_t next = t < slice.end
                                      ? ids[static_cast<std::size_t>(t)]
                                      : (config.end == "mask" ? kSpecial.mask : kSpecial.sep);
        targets.push_back({i, positions.size(), next});
        positions.push_back({.token = shown, .place = 2 + t});
        shown = next;
      }
    }
    sequences.push_back(sequence_of(positions, source));
  }
  const MaskedBatch batch = builder.take();
  const auto model = random_model(tiny_test_model());
  expect_like_slow(*model, loss_of(batch), [&](const SlowUnimo& slow) {
    return slow_token_loss(slow, sequences, targets);
  });
}

TEST(MaskedLoss, OfSlicesIsItsFormula) {
  check_seq2seq({.short_share = 1, .whole_below = 1}, false);
}
TEST(MaskedLoss, OfSlicesWithImagesIsItsFormula) {
  check_seq2seq({.short_share = 1, .whole_below = 1, .end = "mask"}, true);
}
TEST(MaskedLoss, OfFragmentsIsItsFormula) {
  check_seq2seq({.cut = "fragments", .fragment_min = 1, .fragment_max = 3, .whole_below = 1},
                false);
}

// Regions alone or before a text: Σ |r(h) - v|² / M + Σ CE(softmax(s(h)), c(v)) / M.
void check_masked_regions(const MaskedRegionsConfig& config, bool with_text) {
  MaskingOptions options = masking();
  options.masked_regions = config;
  MaskedBatchBuilder builder(options);
  std::vector<SlowSequence> sequences;
  struct Hidden {
    std::size_t sequence;
    ShownImage image;
    std::size_t region;
  };
  std::vector<Hidden> targets;
  for (std::size_t i = 0; i < 2; ++i) {
    const ShownImage image = random_image(60 + i, 7);
    const auto ids = with_text ? random_ids(60 + i, 4 + i) : std::vector<std::int32_t>();
    Random random({.seed = 70 + i}), again({.seed = 70 + i});
    builder.add_masked_regions(image, with_text ? unit_text(ids) : UnitText{}, random);
    const auto hidden = plan_masked_regions(image.regions.boxes, config, again);
    ASSERT_FALSE(hidden.empty());
    auto positions = image_positions(image, hidden);
    for (const std::int32_t region : hidden) {
      if (!config.keep_location) positions[1 + static_cast<std::size_t>(region)].box = Vector(5, 0);
      targets.push_back({i, image, static_cast<std::size_t>(region)});
    }
    if (with_text) positions = joined(positions, text_positions(ids));
    sequences.push_back(seen_by_all(positions));
  }
  const MaskedBatch batch = builder.take();
  const auto slow = [&](const SlowUnimo& model) {
    const auto states = model.encode(sequences);
    double squares = 0, entropy = 0;
    for (const auto& [sequence, image, region] : targets) {
      const Vector& state = states[sequence][1 + region];
      const Vector predicted = model.region_feature(state);
      for (std::size_t c = 0; c < predicted.size(); ++c) {
        const double gap = predicted[c] - image.regions.features[region * predicted.size() + c];
        squares += gap * gap;
      }
      const Vector log_p = model.region_log_probabilities(state);
      const double total = config.soft_classes ? 0.75 : 0.6;
      entropy -= 0.6 / total * log_p[image.regions.classes[2 * region]];
      if (config.soft_classes)
        entropy -= 0.15 / total * log_p[image.regions.classes[2 * region + 1]];
    }
    const auto count = static_cast<double>(targets.size());
    return config.regression_weight * squares / count + config.class_weight * entropy / count;
  };
  const auto model = random_model(tiny_test_model());
  expect_like_slow(*model,
                   loss_of(batch, {.regression_weight = config.regression_weight,
                                   .class_weight = config.class_weight}),
                   slow);
}

TEST(MaskedLoss, OfImagesIsItsFormula) { check_masked_regions({.share = 0.3, .cap = 0.5}, false); }
TEST(MaskedLoss, OfImagesWithTextsIsItsFormula) {
  check_masked_regions({.share = 0.3, .cap = 0.5, .regression_weight = 0.5, .class_weight = 2},
                       true);
}
TEST(MaskedLoss, OfRegionsWithoutBoxesAndWithHardClassesIsItsFormula) {
  check_masked_regions({.share = 0.3, .cap = 0.5, .keep_location = false, .soft_classes = false},
                       false);
}

// Captions of one image as if each stood alone behind its own copy of it.
void check_captions(const std::vector<std::int32_t>& tags) {
  MaskedBatchBuilder builder(masking());
  std::vector<SlowSequence> sequences;
  std::vector<SlowTarget> targets;
  for (std::size_t i = 0; i < 2; ++i) {
    const ShownImage image = random_image(80 + i, 3);
    const std::vector captions = {random_ids(81 + i, 4), random_ids(90 + i, 6 - i)};
    builder.add_captions(image, tags, captions);
    for (const auto& ids : captions) {
      auto positions = image_positions(image);
      if (!tags.empty()) positions = joined(positions, text_positions(tags));
      const std::size_t source = positions.size();
      std::int32_t shown = kSpecial.cls;
      for (std::size_t t = 0; t <= ids.size(); ++t) {
        const std::int32_t next = t < ids.size() ? ids[t] : kSpecial.sep;
        targets.push_back({sequences.size(), positions.size(), next});
        positions.push_back({.token = shown, .place = 2 + static_cast<int>(t)});
        shown = next;
      }
      sequences.push_back(sequence_of(positions, source));
    }
  }
  const MaskedBatch batch = builder.take();
  const auto model = random_model(tiny_test_model());
  expect_like_slow(*model, loss_of(batch, {.label_smoothing = 0.1}), [&](const SlowUnimo& slow) {
    return slow_token_loss(slow, sequences, targets, 0.1);
  });
}

TEST(MaskedLoss, OfCaptionsThatShareAnImageIsItsFormula) { check_captions({}); }
TEST(MaskedLoss, OfCaptionsWithObjectTagsIsItsFormula) { check_captions(random_ids(99, 3)); }

TEST(MaskedLoss, LeavesOutWhatHasNoWeight) {
  MaskedBatchBuilder builder(masking());
  Random random({.seed = 1});
  const auto ids = random_ids(1, 9);
  builder.add_masked_text(unit_text(ids), nullptr, random);
  const MaskedBatch batch = builder.take();
  const auto model = random_model(tiny_test_model());
  const MicroLoss loss = masked_loss(*model, batch, {.masked_weight = 0}, {});
  EXPECT_EQ(loss.loss.item<double>(), 0.0);
  EXPECT_TRUE(loss.means.empty());
}

}  // namespace
}  // namespace unimo::trainer
