#include "web/thin.h"

#include <algorithm>

namespace unimo::web {
namespace {

void keep_extremes(const std::vector<MetricPoint>& points, std::size_t begin, std::size_t end,
                   std::vector<MetricPoint>& kept) {
  std::optional<std::size_t> low, high;
  for (std::size_t i = begin; i < end; ++i) {
    if (!points[i].value) continue;
    if (!low || *points[i].value < *points[*low].value) low = i;
    if (!high || *points[i].value > *points[*high].value) high = i;
  }
  if (!low) {
    kept.push_back(points[begin]);
    return;
  }
  kept.push_back(points[std::min(*low, *high)]);
  if (*low != *high) kept.push_back(points[std::max(*low, *high)]);
}

}  // namespace

std::vector<MetricPoint> thin(const std::vector<MetricPoint>& points, std::size_t most) {
  if (points.size() <= most || points.size() <= 4) return points;
  // The first and the last stand beside the buckets, which give two points each.
  const std::size_t buckets = std::max<std::size_t>(1, (std::max<std::size_t>(most, 4) - 2) / 2);
  const std::size_t inner = points.size() - 2;
  std::vector<MetricPoint> kept{points.front()};
  for (std::size_t b = 0; b < buckets; ++b) {
    const std::size_t begin = 1 + inner * b / buckets;
    const std::size_t end = 1 + inner * (b + 1) / buckets;
    if (begin < end) keep_extremes(points, begin, end, kept);
  }
  kept.push_back(points.back());
  return kept;
}

}  // namespace unimo::web
