// Cross-modal contrast, loss and gradient, against the formula written out.
#include "trainer/objectives/match_loss.h"

#include "tests/trainer/gradient_recorder.h"
#include "tests/trainer/objectives/slow_check.h"

namespace unimo::trainer {
namespace {

using namespace unimo::testing;

using Ids = std::vector<std::int32_t>;

// The sets of one pair.
struct Sets {
  ShownImage image;
  Ids text;
  std::vector<Ids> positives, negatives, related_texts;
  std::vector<ShownImage> related_images, other_images;
};

std::vector<Sets> two_groups() {
  std::vector<Sets> groups(2);
  for (std::uint64_t g = 0; g < 2; ++g) {
    groups[g] = {.image = random_image(g, 3),
                 .text = random_ids(10 + g, 4),
                 .positives = {random_ids(20 + g, 5)},
                 .negatives = {random_ids(30 + g, 4), random_ids(32 + g, 3)},
                 .related_texts = {random_ids(40 + g, 6), random_ids(42 + g, 2)},
                 .related_images = {random_image(50 + g, 2)},
                 .other_images = {random_image(60 + g, 4)}};
  }
  groups[1].positives.clear();  // places stay empty
  groups[1].related_texts.pop_back();
  return groups;
}

CandidateBatch batch_of(const std::vector<Sets>& groups) {
  CandidateBatchBuilder builder(12, kSpecial, 12);
  for (const Sets& sets : groups) {
    builder.begin_group();
    builder.add_pair(sets.image, sets.text, true);
    for (const Ids& ids : sets.positives) builder.add_pair(sets.image, ids, true);
    for (const Ids& ids : sets.negatives) builder.add_pair(sets.image, ids, false);
    builder.add_related_images(sets.related_images, sets.text);
    builder.add_related_texts(sets.image, sets.related_texts);
    for (const ShownImage& image : sets.other_images) builder.add_pair(image, sets.text, false);
  }
  return builder.take();
}

struct Pooled {
  Vector text, image;
};

// d / τ of the pooled vectors.
double slow_score(const SlowUnimo& model, const MatchConfig& match, const Vector& text,
                  const Vector& image) {
  const double d =
      match.normalize ? model.match(unit(text), unit(image)) : model.match(text, image);
  const double temperature = match.learn_temperature
                                 ? std::clamp(model.weight("match_temperature", 0), 0.001, 0.5)
                                 : match.temperature;
  return d / temperature;
}

Pooled joint(const SlowUnimo& model, const ShownImage& image, const Ids& ids) {
  const auto positions = image_positions(image);
  const auto states = model.encode({seen_by_all(joined(positions, text_positions(ids)))});
  return {model.pooled_text(states[0][positions.size()]), model.pooled_image(states[0][0])};
}
Vector image_alone(const SlowUnimo& model, const ShownImage& image) {
  return model.pooled_image(model.encode({seen_by_all(image_positions(image))})[0][0]);
}
Vector text_alone(const SlowUnimo& model, const Ids& ids) {
  return model.pooled_text(model.encode({seen_by_all(text_positions(ids))})[0][0]);
}

// -log Σ_{+,I,T} exp(d/τ) / Σ_{-,+,I,T} exp(d/τ), the mean over the pairs.
double slow_contrast(const SlowUnimo& model, const std::vector<Sets>& groups,
                     const MatchConfig& match) {
  double total = 0;
  for (const Sets& sets : groups) {
    double numerator = 0, negatives = 0;
    const auto together = [&](const ShownImage& image, const Ids& ids) {
      const Pooled pooled = joint(model, image, ids);
      return std::exp(slow_score(model, match, pooled.text, pooled.image));
    };
    numerator += together(sets.image, sets.text);
    for (const Ids& ids : sets.positives) numerator += together(sets.image, ids);
    for (const Ids& ids : sets.negatives) negatives += together(sets.image, ids);
    for (const ShownImage& image : sets.related_images)
      numerator += std::exp(
          slow_score(model, match, text_alone(model, sets.text), image_alone(model, image)));
    for (const Ids& ids : sets.related_texts)
      numerator += std::exp(
          slow_score(model, match, text_alone(model, ids), image_alone(model, sets.image)));
    for (const ShownImage& image : sets.other_images) negatives += together(image, sets.text);
    total -= std::log(numerator / (numerator + negatives));
  }
  return total / static_cast<double>(groups.size());
}

std::unique_ptr<Unimo> match_model(const MatchConfig& match) {
  auto model = random_model(tiny_test_model(), match_parameters(match));
  start_temperature(*model, match);
  return model;
}

void check_contrast(const MatchConfig& match) {
  const auto groups = two_groups();
  const CandidateBatch batch = batch_of(groups);
  const auto model = match_model(match);
  expect_like_slow(
      *model,
      [&](Unimo& m) { return candidate_loss(m, batch, {.match = match, .weight = 1}, {}).loss; },
      [&](const SlowUnimo& slow) { return slow_contrast(slow, groups, match); });
}

TEST(CrossModalContrast, IsItsFormula) { check_contrast({}); }
TEST(CrossModalContrast, OfVectorsOfLengthOneIsItsFormula) {
  check_contrast({.normalize = true, .temperature = 0.07});
}
TEST(CrossModalContrast, LearnsTheTemperature) {
  check_contrast({.normalize = true, .temperature = 0.07, .learn_temperature = true});
}

TEST(CrossModalContrast, AnnouncesTheTemperatureWhenItsGradientIsFinal) {
  const MatchConfig match{.normalize = true, .temperature = 0.07, .learn_temperature = true};
  const auto model = match_model(match);
  Recorder recorder(model->parameters());
  const at::Tensor loss =
      candidate_loss(*model, batch_of(two_groups()), {.match = match, .weight = 1}, {}).loss;
  model->parameters().ledger().observe(&recorder);
  loss.backward();
  model->parameters().ledger().finish();
  recorder.check();
}

TEST(CrossModalContrast, HoldsALearnedTemperatureToItsBounds) {
  const MatchConfig match{.normalize = true, .temperature = 0.5, .learn_temperature = true};
  const auto model = match_model(match);
  const CandidateBatch batch = batch_of(two_groups());
  const auto loss_at = [&](double temperature) {
    MatchConfig start = match;
    start.temperature = temperature;
    start_temperature(*model, start);
    return candidate_loss(*model, batch, {.match = match}, {}).loss;
  };
  EXPECT_EQ(loss_at(0.5).item<float>(), loss_at(0.9).item<float>());
  EXPECT_EQ(loss_at(0.001).item<float>(), loss_at(-3).item<float>());
  // And finds back: outside, the gradient is that at the bound.
  model->parameters().zero_gradients();
  loss_at(0.9).backward();
  EXPECT_NE(model->weight("match_temperature").grad().item<float>(), 0.0F);
}

TEST(CrossModalContrast, RefusesToLearnATemperatureFromOutside) {
  const Status status = check_match({.temperature = 1.0, .learn_temperature = true});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("match.temperature"), std::string::npos);
}

TEST(CrossModalContrast, IsExactlyZeroWithoutNegatives) {
  auto groups = two_groups();
  for (Sets& sets : groups) {
    sets.negatives.clear();
    sets.other_images.clear();
  }
  const auto model = match_model({});
  EXPECT_EQ(candidate_loss(*model, batch_of(groups), {}, {}).loss.item<float>(), 0.0F);
}

TEST(CrossModalContrast, DoesNotCareForTheOrderOfCandidates) {
  auto groups = two_groups();
  const auto model = match_model({});
  const double loss = candidate_loss(*model, batch_of(groups), {}, {}).loss.item<double>();
  for (Sets& sets : groups) {
    std::reverse(sets.negatives.begin(), sets.negatives.end());
    std::reverse(sets.related_texts.begin(), sets.related_texts.end());
    if (!sets.positives.empty()) std::swap(sets.positives[0], sets.text);
    sets.related_images.clear();  // their partner is the text, which changed
  }
  auto straight = two_groups();
  for (Sets& sets : straight) {
    sets.related_images.clear();
    sets.other_images.clear();
  }
  for (Sets& sets : groups) sets.other_images.clear();
  EXPECT_NE(loss, 0.0);
  EXPECT_NEAR(candidate_loss(*model, batch_of(groups), {}, {}).loss.item<double>(),
              candidate_loss(*model, batch_of(straight), {}, {}).loss.item<double>(), 1e-6);
}

// Without a set the loss is that of the formula without it, whatever the set would have been.
TEST(CrossModalContrast, EachSetCanBeLeftOut) {
  const std::vector<std::function<void(Sets&)>> leave_out = {
      [](Sets& s) { s.positives.clear(); }, [](Sets& s) { s.negatives.clear(); },
      [](Sets& s) { s.related_images.clear(); }, [](Sets& s) { s.related_texts.clear(); },
      [](Sets& s) { s.other_images.clear(); }};
  const auto model = match_model({});
  const SlowUnimo slow(*model);
  const double whole = candidate_loss(*model, batch_of(two_groups()), {}, {}).loss.item<double>();
  for (std::size_t i = 0; i < leave_out.size(); ++i) {
    auto groups = two_groups();
    for (Sets& sets : groups) leave_out[i](sets);
    const double loss = candidate_loss(*model, batch_of(groups), {}, {}).loss.item<double>();
    EXPECT_NE(loss, whole) << i;
    EXPECT_NEAR(loss, slow_contrast(slow, groups, {}), 1e-5 * loss) << i;
  }
}

// Images and texts alone: half of the mean of both directions.
TEST(DualContrast, IsItsFormula) {
  const MatchConfig match{.normalize = true, .temperature = 0.07};
  DualBatchBuilder builder(12, kSpecial);
  std::vector<ShownImage> images;
  std::vector<Ids> texts;
  const std::vector<std::int32_t> image_of_text{0, 1, 0, 2};
  for (std::uint64_t i = 0; i < 3; ++i) {
    images.push_back(random_image(100 + i, 3));
    builder.add_image(images.back());
  }
  for (std::uint64_t i = 0; i < 4; ++i) {
    texts.push_back(random_ids(110 + i, 3 + i));
    builder.add_text(texts.back(), image_of_text[i]);
  }
  const DualBatch batch = builder.take();
  const auto slow = [&](const SlowUnimo& model) {
    Matrix scores(texts.size());
    for (std::size_t t = 0; t < texts.size(); ++t) {
      for (const ShownImage& image : images)
        scores[t].push_back(
            slow_score(model, match, text_alone(model, texts[t]), image_alone(model, image)));
    }
    double sum = 0;
    for (std::size_t t = 0; t < texts.size(); ++t) {
      const auto own = static_cast<std::size_t>(image_of_text[t]);
      double of_images = 0, of_texts = std::exp(scores[t][own]);
      for (const double score : scores[t]) of_images += std::exp(score);
      for (std::size_t other = 0; other < texts.size(); ++other) {
        if (image_of_text[other] != image_of_text[t]) of_texts += std::exp(scores[other][own]);
      }
      sum += std::log(of_images) + std::log(of_texts) - 2 * scores[t][own];
    }
    return sum / 2 / static_cast<double>(texts.size());
  };
  const auto model = match_model(match);
  expect_like_slow(
      *model, [&](Unimo& m) { return dual_loss(m, batch, {}, {.match = match}, {}).loss; }, slow);
}

// 1 - cosine to the semantic vector, of texts and of the first images.
TEST(SemanticDistance, IsItsFormula) {
  DualBatchBuilder builder(12, kSpecial);
  SemanticTargets targets{.weight = 1};
  std::vector<ShownImage> images;
  std::vector<Ids> texts;
  Random random({.seed = 5});
  for (std::uint64_t i = 0; i < 3; ++i) {
    images.push_back(random_image(120 + i, 3));
    if (i < 2) builder.add_image(images.back());
    for (int c = 0; c < 32; ++c) targets.vectors.push_back(static_cast<float>(random.normal()));
  }
  for (std::uint64_t i = 0; i < 3; ++i) {
    texts.push_back(random_ids(130 + i, 4));
    builder.add_text(texts.back(), static_cast<std::int32_t>(i));
  }
  const DualBatch batch = builder.take();
  const auto slow = [&](const SlowUnimo& model) {
    const auto distance = [&](const Vector& x, std::size_t image) {
      const Vector a = unit(x),
                   b = unit(Vector(targets.vectors.begin() + std::ptrdiff_t(image) * 32,
                                   targets.vectors.begin() + std::ptrdiff_t(image) * 32 + 32));
      double cosine = 0;
      for (std::size_t c = 0; c < a.size(); ++c) cosine += a[c] * b[c];
      return 1 - cosine;
    };
    double of_texts = 0, of_images = 0;
    for (std::size_t i = 0; i < 3; ++i) of_texts += distance(text_alone(model, texts[i]), i) / 3;
    for (std::size_t i = 0; i < 2; ++i) of_images += distance(image_alone(model, images[i]), i) / 2;
    return of_texts + of_images;
  };
  const auto model = match_model({});
  expect_like_slow(
      *model, [&](Unimo& m) { return semantic_loss(m, batch, targets, {}, {}).loss; }, slow);
}

}  // namespace
}  // namespace unimo::trainer
