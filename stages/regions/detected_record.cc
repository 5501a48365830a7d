#include "stages/regions/detected_record.h"

#include <algorithm>
#include <numeric>

namespace unimo::stages {

namespace {

struct Guesses {
  std::vector<std::uint16_t> numbers;  // [n, top]
  std::vector<float> probabilities;    // [n, top]
};

// The `top` likeliest of each row, equal ones by number.
Guesses likeliest_of(std::span<const float> table, std::size_t columns, std::size_t top) {
  Guesses guesses;
  std::vector<std::uint16_t> order(columns);
  for (std::size_t first = 0; first + columns <= table.size() && columns > 0; first += columns) {
    const auto row = table.subspan(first, columns);
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(top);
    std::partial_sort(order.begin(), end, order.end(), [&](std::uint16_t a, std::uint16_t b) {
      return row[a] > row[b] || (row[a] == row[b] && a < b);
    });
    guesses.numbers.insert(guesses.numbers.end(), order.begin(), end);
    for (std::size_t i = 0; i < top; ++i) guesses.probabilities.push_back(row[order[i]]);
  }
  return guesses;
}

std::vector<float> shares(const std::vector<trainer::Box>& boxes, const ImageRecord& image) {
  const auto w = static_cast<float>(image.width), h = static_cast<float>(image.height);
  std::vector<float> corners;
  for (const trainer::Box& box : boxes) {
    const std::array<float, 4> share = {box.x1 / w, box.y1 / h, box.x2 / w, box.y2 / h};
    for (const float value : share) corners.push_back(std::clamp(value, 0.0F, 1.0F));
  }
  return corners;
}

}  // namespace

trainer::RegionRecord detected_record(const ImageRecord& image,
                                      const trainer::DetectedRegions& regions,
                                      const trainer::DetectorSizes& sizes,
                                      const KeptGuesses& kept) {
  const int top = std::min(kept.classes, sizes.classes);
  const int attributes = std::min(kept.attributes, sizes.attributes);
  Guesses classes = likeliest_of(regions.classes, static_cast<std::size_t>(sizes.classes),
                                 static_cast<std::size_t>(top));
  Guesses looks = likeliest_of(regions.attributes, static_cast<std::size_t>(sizes.attributes),
                               static_cast<std::size_t>(attributes));
  return {.id = image.id,
          .split = image.split,
          .view = 0,
          .width = static_cast<std::uint32_t>(image.width),
          .height = static_cast<std::uint32_t>(image.height),
          .count = static_cast<std::uint32_t>(regions.boxes.size()),
          .feature_size = static_cast<std::uint32_t>(sizes.feature_size()),
          .top_k = static_cast<std::uint32_t>(top),
          .boxes = shares(regions.boxes, image),
          .features = regions.features,
          .classes = std::move(classes.numbers),
          .probabilities = std::move(classes.probabilities),
          .top_attributes = static_cast<std::uint32_t>(attributes),
          .attributes = std::move(looks.numbers),
          .attribute_probabilities = std::move(looks.probabilities)};
}

}  // namespace unimo::stages
