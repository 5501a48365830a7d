// Reduces a long history to what a chart can show, keeping every peak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace unimo::web {

struct MetricPoint {
  std::int64_t step = 0;
  std::int64_t time_ms = 0;
  std::optional<double> value;  // nothing: not a number
};

// At most `most` points (at least 4), in order: the first and the last, and of every bucket of
// neighbours its smallest and its largest. A bucket without any number keeps one of its gaps.
std::vector<MetricPoint> thin(const std::vector<MetricPoint>& points, std::size_t most);

}  // namespace unimo::web
