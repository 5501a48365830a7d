// Holds a loss of the trainer, and its gradient, against the same loss written in SlowUnimo; and
// makes the small random samples for it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "tests/trainer/objectives/slow_unimo.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/data/random.h"
#include "trainer/objectives/masked_batch.h"

namespace unimo::testing {

using trainer::Random;
using trainer::ShownImage;
using trainer::Unimo;

inline constexpr trainer::SpecialTokens kSpecial{.cls = 0, .sep = 2, .mask = 49};
inline constexpr trainer::Vocabulary kVocabulary{.mask = 49, .first_piece = 4, .size = 50};

// Every number of every weight is random, also the biases and norms that start at 0 and 1.
inline std::unique_ptr<Unimo> random_model(const trainer::ModelConfig& sizes,
                                           const std::vector<trainer::ParameterSpec>& extra = {}) {
  trainer::ModelConfig config = sizes;
  config.dropout = config.attention_dropout = 0;
  config.init_deviation = 0.15;
  auto model = std::make_unique<Unimo>(config, 7, trainer::Precision::kFp32, extra);
  Random random({.seed = 11});
  for (const trainer::Parameter& parameter : model->parameters().all()) {
    if (parameter.spec.shape.size() > 1) continue;
    const auto values = model->parameters().values().subspan(
        static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.count));
    for (float& value : values) value += 0.1F * static_cast<float>(random.normal());
  }
  model->parameters().changed();
  return model;
}

// The loss to 1e-5; and of every weight the largest numbers of its gradient and some random ones,
// to 1e-5 of the largest, against central differences of the slow loss.
inline void expect_like_slow(Unimo& model, const std::function<at::Tensor(Unimo&)>& fast,
                             const std::function<double(const SlowUnimo&)>& slow) {
  model.parameters().zero_gradients();
  const at::Tensor loss = fast(model);
  SlowUnimo reference(model);
  const double wanted = slow(reference);
  ASSERT_NEAR(loss.item<double>(), wanted, 1e-5 * std::max(std::abs(wanted), 1e-3));
  loss.backward();
  const auto gradients = model.parameters().gradients();
  double largest = 0;
  for (const float g : gradients) largest = std::max(largest, std::abs(static_cast<double>(g)));
  ASSERT_GT(largest, 0);
  Random random({.seed = 3});
  for (const trainer::Parameter& parameter : model.parameters().all()) {
    const auto own = gradients.subspan(static_cast<std::size_t>(parameter.offset),
                                       static_cast<std::size_t>(parameter.count));
    const auto by_size = [](float a, float b) { return std::abs(a) < std::abs(b); };
    const auto steepest = std::max_element(own.begin(), own.end(), by_size);
    const double scale = std::max(std::abs(static_cast<double>(*steepest)), 1e-3 * largest);
    for (const std::size_t element : {static_cast<std::size_t>(steepest - own.begin()),
                                      static_cast<std::size_t>(random.below(own.size()))}) {
      constexpr double kStep = 1e-5;
      reference.nudge(parameter.spec.name, element, kStep);
      const double above = slow(reference);
      reference.nudge(parameter.spec.name, element, -2 * kStep);
      const double below = slow(reference);
      reference.nudge(parameter.spec.name, element, kStep);
      const double slope = (above - below) / (2 * kStep);
      // Shifting all keys or all scores changes nothing: what fp32 leaves of such a gradient is the
      // rounding of a sum, to be measured by what was summed. So is what all scores add up to.
      const double measure = std::abs(slope) < 1e-10 || own.size() == 1 ? largest : scale;
      EXPECT_NEAR(own[element], slope, 1e-5 * measure)
          << parameter.spec.name << "[" << element << "]";
    }
  }
}

inline std::vector<std::int32_t> random_ids(std::uint64_t seed, std::size_t count) {
  Random random({.seed = seed});
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < count; ++i)
    ids.push_back(static_cast<std::int32_t>(random.between(4, 48)));
  return ids;
}

// Overlapping boxes, features of `size` numbers, two classes each of 5.
inline ShownImage random_image(std::uint64_t seed, std::uint32_t count, std::uint32_t size = 12) {
  Random random({.seed = seed});
  ShownImage image{
      .regions = {
          .id = "image" + std::to_string(seed), .count = count, .feature_size = size, .top_k = 2}};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto corner = [&random] { return static_cast<float>(0.6 * random.uniform()); };
    const float x = corner(), y = corner();
    image.regions.boxes.insert(image.regions.boxes.end(), {x, y, x + 0.3F, y + 0.35F});
    for (std::uint32_t c = 0; c < size; ++c)
      image.regions.features.push_back(static_cast<float>(random.normal()));
    const auto first = static_cast<std::uint16_t>(random.below(5));
    image.regions.classes.insert(image.regions.classes.end(),
                                 {first, static_cast<std::uint16_t>((first + 2) % 5)});
    image.regions.probabilities.insert(image.regions.probabilities.end(), {0.6F, 0.15F});
  }
  return image;
}

inline std::vector<bool> all_units(std::size_t count) { return std::vector<bool>(count, true); }

// --- sequences for the slow model ---

inline SlowPosition region_position(const ShownImage& image, std::size_t region, bool hidden) {
  const auto& r = image.regions;
  SlowPosition p;
  for (std::size_t c = 0; c < r.feature_size; ++c)
    p.feature.push_back(hidden ? 0.0 : r.features[region * r.feature_size + c]);
  for (std::size_t c = 0; c < 4; ++c) p.box.push_back(r.boxes[region * 4 + c]);
  p.box.push_back((p.box[2] - p.box[0]) * (p.box[3] - p.box[1]));
  return p;
}

// [IMG], the mean of the regions that are not hidden, and all regions.
inline std::vector<SlowPosition> image_positions(const ShownImage& image,
                                                 const std::vector<std::int32_t>& hidden = {}) {
  const auto is_hidden = [&](std::size_t region) {
    return std::find(hidden.begin(), hidden.end(), static_cast<std::int32_t>(region)) !=
           hidden.end();
  };
  std::vector<SlowPosition> positions(1);
  positions[0].feature = Vector(image.regions.feature_size, 0.0);
  positions[0].box = {0, 0, 1, 1, 1};
  const double seen = image.regions.count - static_cast<double>(hidden.size());
  for (std::size_t region = 0; region < image.regions.count; ++region) {
    positions.push_back(region_position(image, region, is_hidden(region)));
    for (std::size_t c = 0; c < positions[0].feature.size(); ++c)
      positions[0].feature[c] += positions.back().feature[c] / seen;
  }
  return positions;
}

// [CLS] ids [SEP] at positions 2, 3, …
inline std::vector<SlowPosition> text_positions(const std::vector<std::int32_t>& ids) {
  std::vector<SlowPosition> positions = {{.token = kSpecial.cls, .place = 2}};
  int place = 3;
  for (const std::int32_t id : ids) positions.push_back({.token = id, .place = place++});
  positions.push_back({.token = kSpecial.sep, .place = place});
  return positions;
}

// The first `source` positions see each other; every later one sees them, and up to itself. With
// `source` the number of positions: all see all.
inline SlowSequence sequence_of(std::vector<SlowPosition> positions, std::size_t source) {
  SlowSequence sequence{.positions = std::move(positions)};
  const std::size_t size = sequence.positions.size();
  sequence.sees.assign(size, std::vector<bool>(size, false));
  for (std::size_t q = 0; q < size; ++q) {
    for (std::size_t k = 0; k < size; ++k)
      sequence.sees[q][k] = k < source || (q >= source && k <= q);
  }
  return sequence;
}

inline std::vector<SlowPosition> joined(std::vector<SlowPosition> a,
                                        const std::vector<SlowPosition>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline SlowSequence seen_by_all(std::vector<SlowPosition> positions) {
  const std::size_t size = positions.size();
  return sequence_of(std::move(positions), size);
}

}  // namespace unimo::testing
