#include "trainer/objectives/masked_regions.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

double box_overlap(const float* a, const float* b) {
  const auto area = [](const float* box) {
    return std::max(0.0, double(box[2]) - box[0]) * std::max(0.0, double(box[3]) - box[1]);
  };
  const double width = std::min(double(a[2]), double(b[2])) - std::max(double(a[0]), double(b[0]));
  const double height = std::min(double(a[3]), double(b[3])) - std::max(double(a[1]), double(b[1]));
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

std::vector<std::int32_t> plan_masked_regions(std::span<const float> boxes,
                                              const MaskedRegionsConfig& config, Random& draws) {
  const int count = static_cast<int>(boxes.size() / 4);
  if (count < 2) return {};
  const auto part = [count](double share) { return static_cast<int>(std::ceil(share * count)); };
  const int limit = std::clamp(static_cast<int>(config.cap * count), 1, count - 1);
  const int wanted = std::min(part(config.share), limit);
  std::vector<bool> hidden(static_cast<std::size_t>(count), false);
  int total = 0;
  const auto hide = [&](int region) {
    if (hidden[static_cast<std::size_t>(region)] || total >= limit) return;
    hidden[static_cast<std::size_t>(region)] = true;
    ++total;
  };
  while (total < wanted) {
    const int anchor = static_cast<int>(draws.below(count));
    if (hidden[static_cast<std::size_t>(anchor)]) continue;
    hide(anchor);
    for (int other = 0; other < count; ++other) {
      if (box_overlap(&boxes[std::size_t(anchor) * 4], &boxes[std::size_t(other) * 4]) >
          config.overlap)
        hide(other);
    }
  }
  std::vector<std::int32_t> regions;
  for (int i = 0; i < count; ++i) {
    if (hidden[static_cast<std::size_t>(i)]) regions.push_back(i);
  }
  return regions;
}

void mean_of_visible(std::span<const float> features, std::span<const std::int32_t> hidden,
                     std::span<float> mean) {
  const std::size_t size = mean.size(), count = features.size() / size;
  UNIMO_CHECK(hidden.size() < count, "{} of {} regions hidden", hidden.size(), count);
  std::fill(mean.begin(), mean.end(), 0.0f);
  auto next = hidden.begin();
  for (std::size_t i = 0; i < count; ++i) {
    if (next != hidden.end() && static_cast<std::size_t>(*next) == i) {
      ++next;
      continue;
    }
    for (std::size_t k = 0; k < size; ++k) mean[k] += features[i * size + k];
  }
  const float scale = 1.0f / static_cast<float>(count - hidden.size());
  for (float& value : mean) value *= scale;
}

}  // namespace unimo::trainer
