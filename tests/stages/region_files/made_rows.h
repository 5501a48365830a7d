// Rows for tests: every number different, features as after a ReLU, all exact in half precision.
#pragma once

#include <string>

#include "stages/region_files/region_row.h"
#include "trainer/data/random.h"

namespace unimo::stages::made {

struct Shape {
  std::int64_t regions = 3, feature_size = 4, classes = 0, attributes = 0;
  bool shares = false, class_ids = false, attribute_ids = false, labels = false,
       confidences = false;
};

// Multiples of 1 / 64 below 1: the same in half precision.
inline float share(trainer::Random& random) { return static_cast<float>(random.below(64)) / 64.0F; }

inline std::vector<float> numbers(trainer::Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = share(random);
  return values;
}

inline RegionRow row(const std::string& id, const Shape& shape, std::uint64_t seed = 1) {
  trainer::Random random({.seed = seed, .stream = trainer::stream_of(id)});
  const std::int64_t n = shape.regions;
  RegionRow row{.id = id,
                .width = shape.shares ? 0 : 640,
                .height = shape.shares ? 0 : 480,
                .count = n,
                .feature_size = shape.feature_size,
                .class_count = shape.classes,
                .attribute_count = shape.attributes,
                .shares = shape.shares};
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = shape.shares ? 1.0F : 640.0F, y = shape.shares ? 1.0F : 480.0F;
    const float x1 = share(random) * x / 2, y1 = share(random) * y / 2;
    row.boxes.insert(row.boxes.end(), {x1, y1, x1 + x / 4, y1 + y / 4});
    if (shape.class_ids) row.class_ids.push_back(i % 3);
    if (shape.attribute_ids) row.attribute_ids.push_back(i % 2);
    if (shape.labels) row.labels.push_back(i % 2 == 0 ? "dog" : "cat");
  }
  row.features = numbers(random, n * shape.feature_size);
  row.class_probabilities = numbers(random, n * shape.classes);
  row.attribute_probabilities = numbers(random, n * shape.attributes);
  if (shape.confidences) row.class_confidences = numbers(random, n);
  if (shape.attribute_ids) row.attribute_confidences = numbers(random, n);
  return row;
}

}  // namespace unimo::stages::made
