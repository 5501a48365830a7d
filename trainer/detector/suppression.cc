#include "trainer/detector/suppression.h"

#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

// Corners and areas of the boxes that stay, each in a row of its own for vector registers.
struct KeptBoxes {
  std::vector<float> x1, y1, x2, y2, area;

  void add(const Box& box, float extra) {
    x1.push_back(box.x1);
    y1.push_back(box.y1);
    x2.push_back(box.x2);
    y2.push_back(box.y2);
    area.push_back((box.x2 - box.x1 + extra) * (box.y2 - box.y1 + extra));
  }

  // Looks at stretches, so that the loop inside has no branch and the search still ends early.
  bool suppresses(const Box& box, float extra, float bound) const {
    constexpr std::size_t kStretch = 64;
    const float own = (box.x2 - box.x1 + extra) * (box.y2 - box.y1 + extra);
    for (std::size_t first = 0; first < x1.size(); first += kStretch) {
      const std::size_t end = std::min(first + kStretch, x1.size());
      int found = 0;
      for (std::size_t i = first; i < end; ++i) {
        const float width =
            std::max(0.0F, std::min(x2[i], box.x2) - std::max(x1[i], box.x1) + extra);
        const float height =
            std::max(0.0F, std::min(y2[i], box.y2) - std::max(y1[i], box.y1) + extra);
        const float shared = width * height;
        found |= static_cast<int>(shared / (area[i] + own - shared) >= bound);
      }
      if (found != 0) return true;
    }
    return false;
  }
};

}  // namespace

std::vector<std::uint32_t> best_first(std::span<const float> scores) {
  return best_first(scores, scores.size());
}

std::vector<std::uint32_t> best_first(std::span<const float> scores, std::size_t most) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
  };
  if (most < order.size()) {
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(order.begin(), end, order.end(), better);
    order.erase(end, order.end());
  }
  std::sort(order.begin(), order.end(), better);
  return order;
}

std::vector<std::uint32_t> suppress(std::span<const Box> boxes, std::span<const float> scores,
                                    double threshold, DetectorKind kind, std::size_t most) {
  UNIMO_CHECK(boxes.size() == scores.size(), "{} scores of {} boxes", scores.size(), boxes.size());
  const float extra = side_extra(kind);
  const float bound = suppressing_overlap(threshold, kind);
  std::vector<std::uint32_t> kept;
  KeptBoxes stay;
  for (const std::uint32_t i : best_first(scores)) {
    if (kept.size() == most) break;
    if (stay.suppresses(boxes[i], extra, bound)) continue;
    stay.add(boxes[i], extra);
    kept.push_back(i);
  }
  return kept;
}

}  // namespace unimo::trainer
