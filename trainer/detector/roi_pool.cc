#include "trainer/detector/roi_pool.h"

#include <vector>

#include "orchestrator/base/in_parallel.h"
#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

// Channels that are pooled at a time: a row of maxima of the widest map stays in the first cache.
constexpr std::size_t kChannels = 64;

struct Cells {
  int begin = 0, end = 0;
  bool empty() const { return end <= begin; }
};

// One side of a box on the map.
class Side {
 public:
  Side(float low, float high, const RoiPooling& how, int limit)
      : first_(static_cast<int>(std::round(low * how.scale))), limit_(limit) {
    const int last = static_cast<int>(std::round(high * how.scale));
    const int cells = std::max(last - first_ + 1, 1);
    bin_ = static_cast<float>(cells) / static_cast<float>(how.bins);
  }

  Cells bin(int i) const {
    const int begin = static_cast<int>(std::floor(static_cast<float>(i) * bin_)) + first_;
    const int end = static_cast<int>(std::ceil(static_cast<float>(i + 1) * bin_)) + first_;
    return {std::clamp(begin, 0, limit_), std::clamp(end, 0, limit_)};
  }

 private:
  int first_, limit_;
  float bin_ = 0;
};

struct Sides {
  Side across, down;
  Sides(const Box& box, const RoiPooling& how)
      : across(box.x1, box.x2, how, how.map.columns), down(box.y1, box.y2, how, how.map.rows) {}
};

void raise(const float* values, std::size_t count, float* to) {
  for (std::size_t c = 0; c < count; ++c) to[c] = values[c] > to[c] ? values[c] : to[c];
}

// The bins of one box and a group of channels. Maxima over the rows of a bin come first: all bins
// side by side share them.
class BoxPooling {
 public:
  BoxPooling(std::span<const float> map, const RoiPooling& how, std::size_t first)
      : map_(map.data() + first),
        how_(how),
        stride_(static_cast<std::size_t>(how.map.channels)),
        count_(std::min(kChannels, stride_ - first)),
        tops_(static_cast<std::size_t>(how.map.columns) * kChannels) {}

  void pool(const Box& box, float* out) {
    const Sides sides(box, how_);
    const Cells columns = {sides.across.bin(0).begin, sides.across.bin(how_.bins - 1).end};
    for (int i = 0; i < how_.bins; ++i) {
      const Cells rows = sides.down.bin(i);
      for (int x = columns.begin; x < columns.end && !rows.empty(); ++x) top_of(rows, x);
      for (int j = 0; j < how_.bins; ++j, out += stride_) {
        const Cells cells = sides.across.bin(j);
        if (rows.empty() || cells.empty()) {
          std::fill_n(out, count_, 0.0F);
          continue;
        }
        std::copy_n(top(cells.begin), count_, out);
        for (int x = cells.begin + 1; x < cells.end; ++x) raise(top(x), count_, out);
      }
    }
  }

 private:
  float* top(int x) { return tops_.data() + static_cast<std::size_t>(x) * kChannels; }
  const float* cell(int y, int x) const {
    return map_ + static_cast<std::size_t>(y * how_.map.columns + x) * stride_;
  }
  void top_of(const Cells& rows, int x) {
    std::copy_n(cell(rows.begin, x), count_, top(x));
    for (int y = rows.begin + 1; y < rows.end; ++y) raise(cell(y, x), count_, top(x));
  }

  const float* map_;
  const RoiPooling& how_;
  std::size_t stride_, count_;
  std::vector<float> tops_;  // [columns, kChannels]
};

std::size_t bins_of(const RoiPooling& how) {
  return static_cast<std::size_t>(how.bins) * static_cast<std::size_t>(how.bins);
}

void check_sizes(std::size_t map, std::size_t boxes, std::size_t out, const RoiPooling& how) {
  const auto channels = static_cast<std::size_t>(how.map.channels);
  const auto cells =
      static_cast<std::size_t>(how.map.rows) * static_cast<std::size_t>(how.map.columns);
  UNIMO_CHECK(map == cells * channels && out == boxes * bins_of(how) * channels,
              "{} values of {} cells pooled into {} for {} boxes", map, cells, out, boxes);
}

}  // namespace

void roi_max_pool(std::span<const float> map, std::span<const Box> boxes, const RoiPooling& how,
                  std::span<float> out) {
  check_sizes(map.size(), boxes.size(), out.size(), how);
  const auto channels = static_cast<std::size_t>(how.map.channels);
  const std::size_t groups = (channels + kChannels - 1) / kChannels;
  // A group after the other: its part of the map is read for all boxes while it is near.
  constexpr std::size_t kBoxes = 32;
  const std::size_t parts = (boxes.size() + kBoxes - 1) / kBoxes;
  in_parallel(groups * parts, how.threads, [&](std::size_t i) {
    const std::size_t first = i / parts * kChannels, from = i % parts * kBoxes;
    BoxPooling pooling(map, how, first);
    for (std::size_t b = from; b < std::min(from + kBoxes, boxes.size()); ++b)
      pooling.pool(boxes[b], out.data() + b * bins_of(how) * channels + first);
  });
}

void roi_max_places(std::span<const float> map, std::span<const Box> boxes, const RoiPooling& how,
                    std::span<std::int64_t> out) {
  check_sizes(map.size(), boxes.size(), out.size(), how);
  const auto channels = static_cast<std::size_t>(how.map.channels);
  const auto find = [&](const Cells& rows, const Cells& columns, std::int64_t* places) {
    std::fill_n(places, channels, -1);
    for (int y = rows.begin; y < rows.end; ++y) {
      for (int x = columns.begin; x < columns.end; ++x) {
        const std::size_t cell = static_cast<std::size_t>(y * how.map.columns + x) * channels;
        for (std::size_t c = 0; c < channels; ++c) {
          const bool higher =
              places[c] < 0 || map[cell + c] > map[static_cast<std::size_t>(places[c])];
          if (higher) places[c] = static_cast<std::int64_t>(cell + c);
        }
      }
    }
  };
  in_parallel(boxes.size(), how.threads, [&](std::size_t b) {
    const Sides sides(boxes[b], how);
    std::int64_t* at = out.data() + b * bins_of(how) * channels;
    for (int i = 0; i < how.bins; ++i) {
      for (int j = 0; j < how.bins; ++j, at += channels)
        find(sides.down.bin(i), sides.across.bin(j), at);
    }
  });
}

}  // namespace unimo::trainer
