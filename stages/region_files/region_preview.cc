#include "stages/region_files/region_preview.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/json.h"

namespace unimo::stages {

namespace {

// To so many places behind the point: a tenth of a pixel in a picture of 1000.
double rounded(float value, double steps) { return std::round(value * steps) / steps; }

}  // namespace

std::vector<std::size_t> surest_regions(const trainer::RegionRecord& record) {
  std::vector<std::size_t> order(record.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (record.top_k > 0) {
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t region) {
      return record.probabilities[region * record.top_k];
    });
  }
  return order;
}

std::string preview_line(const trainer::RegionRecord& record, std::span<const std::size_t> regions,
                         const PreviewWords& words) {
  Json boxes = Json::array(), labels = Json::array(), confidences = Json::array(),
       attributes = Json::array();
  bool any_attribute = false;
  for (const std::size_t region : regions) {
    Json box = Json::array();
    for (const float side : std::span(record.boxes).subspan(4 * region, 4))
      box.push_back(rounded(side, 1e4));
    boxes.push_back(std::move(box));
    const std::string_view attribute = words.attribute(region);
    attributes.push_back(attribute);
    any_attribute |= !attribute.empty();
    if (record.top_k == 0) continue;
    const std::size_t first = region * record.top_k;
    labels.push_back(words.classes[record.classes[first]]);
    confidences.push_back(rounded(record.probabilities[first], 1e3));
  }
  Json line = {{"image", record.id},
               {"width", record.width},
               {"height", record.height},
               {"boxes", std::move(boxes)}};
  if (record.top_k > 0) {
    line["labels"] = std::move(labels);
    line["confidences"] = std::move(confidences);
  }
  if (any_attribute) line["attributes"] = std::move(attributes);
  return canonical_text(line);
}

}  // namespace unimo::stages
