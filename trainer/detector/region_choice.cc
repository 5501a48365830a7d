#include "trainer/detector/region_choice.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <tuple>

#include "orchestrator/base/result.h"
#include "trainer/detector/suppression.h"

namespace unimo::trainer {

namespace {

// Which boxes suppress each other.
class OverlapTable {
 public:
  OverlapTable(std::span<const Box> boxes, double overlap)
      : count_(boxes.size()), table_(count_ * count_), neighbours_(count_) {
    const float bound = suppressing_overlap(overlap, DetectorKind::kCaffe);
    const float extra = side_extra(DetectorKind::kCaffe);
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        table_[a * count_ + b] = overlap_of(boxes[a], boxes[b], extra) >= bound ? 1 : 0;
      }
    }
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        if (table_[a * count_ + b] == 0) continue;
        table_[b * count_ + a] = 1;
        neighbours_[a].push_back(static_cast<std::uint32_t>(b));
        neighbours_[b].push_back(static_cast<std::uint32_t>(a));
      }
    }
  }

  bool touch(std::size_t a, std::size_t b) const { return table_[a * count_ + b] != 0; }
  // How many boxes stay when they are gone through by number: about as many as in any order.
  std::size_t places() const {
    std::vector<bool> is_covered(count_);
    std::size_t places = 0;
    for (std::size_t box = 0; box < count_; ++box) {
      if (is_covered[box]) continue;
      ++places;
      for (const std::uint32_t other : neighbours_[box]) is_covered[other] = true;
    }
    return places;
  }
  const std::vector<std::uint32_t>& neighbours(std::size_t box) const { return neighbours_[box]; }

 private:
  std::size_t count_;
  std::vector<std::uint8_t> table_;  // [boxes, boxes]
  std::vector<std::vector<std::uint32_t>> neighbours_;
};

// The answers of every class's suppression, each worked out at most once.
class KeptByClass {
 public:
  KeptByClass(const ClassTable& probabilities, const OverlapTable& overlaps)
      : table_(probabilities),
        overlaps_(overlaps),
        answers_(probabilities.values.size(), kUnknown),
        kept_(probabilities.columns) {}

  // A box is kept unless a kept one beats and touches it: the order of asking does not matter. The
  // depth is that of a chain of boxes that beat one another.
  bool keeps(std::size_t column, std::uint32_t box) {
    std::uint8_t& answer = answers_[column * table_.rows() + box];
    if (answer != kUnknown) return answer == kKept;
    answer = is_beaten(column, box) ? kSuppressed : kKept;
    if (answer == kKept) kept_[column].push_back(box);
    return answer == kKept;
  }

 private:
  static constexpr std::uint8_t kUnknown = 0, kKept = 1, kSuppressed = 2;

  float value(std::size_t column, std::uint32_t box) const {
    return table_.values[box * table_.columns + column];
  }

  bool beats(std::size_t column, std::uint32_t other, std::uint32_t box) const {
    const float a = value(column, other), b = value(column, box);
    return a > b || (a == b && other < box);
  }

  bool is_beaten(std::size_t column, std::uint32_t box) {
    // Those known to be kept are few and most often decide.
    for (const std::uint32_t other : kept_[column]) {
      if (overlaps_.touch(box, other) && beats(column, other, box)) return true;
    }
    for (const std::uint32_t other : overlaps_.neighbours(box)) {
      // What is kept may have become known since, by the answer for another neighbour.
      if (answers_[column * table_.rows() + other] == kSuppressed) continue;
      if (beats(column, other, box) && keeps(column, other)) return true;
    }
    return false;
  }

  const ClassTable& table_;
  const OverlapTable& overlaps_;
  std::vector<std::uint8_t> answers_;             // [columns, boxes]
  std::vector<std::vector<std::uint32_t>> kept_;  // of each column, those known so far
};

// Columns of a row by falling value, one at a time, without sorting the row: most of it is never
// asked for.
class FallingColumns {
 public:
  static constexpr std::size_t kBlock = 64;

  explicit FallingColumns(std::size_t columns)
      : row_((columns + kBlock - 1) / kBlock * kBlock), highest_(row_.size() / kBlock) {}

  void load(std::span<const float> row) {
    std::ranges::copy(row, row_.begin());
    std::fill(row_.begin() + static_cast<std::ptrdiff_t>(row.size()), row_.end(), kTaken);
    row_[0] = kTaken;  // background
    for (std::size_t b = 0; b < highest_.size(); ++b) highest_[b] = highest_of(b);
  }

  // The next column and its value; a value below 0 when there is none left.
  std::pair<std::size_t, float> next() {
    const auto block = static_cast<std::size_t>(
        std::distance(highest_.begin(), std::ranges::max_element(highest_)));
    const float value = highest_[block];
    std::size_t column = block * kBlock;
    while (row_[column] != value) ++column;
    row_[column] = kTaken;
    highest_[block] = highest_of(block);
    return {column, value};
  }

 private:
  static constexpr float kTaken = -1.0F;

  // In eight lanes, so that no comparison waits for the one before it.
  float highest_of(std::size_t block) const {
    constexpr std::size_t kLanes = 8;
    const float* values = row_.data() + block * kBlock;
    std::array<float, kLanes> lanes;
    lanes.fill(kTaken);
    for (std::size_t i = 0; i < kBlock; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
      }
    }
    return *std::ranges::max_element(lanes);
  }

  std::vector<float> row_;      // padded to whole blocks
  std::vector<float> highest_;  // of each block
};

constexpr std::size_t kLanes = 16;

struct Highest {
  float value = 0;
  std::int32_t box = 0;  // the first of equal ones
};

// Values of one class, of so many boxes, a multiple of kLanes. Takes out (makes 0) those that
// `keep` has no bits for; the highest of the others.
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) Highest take_out(
    float* values, const std::uint32_t* keep, std::size_t count) {
  using Floats = float __attribute__((vector_size(4 * kLanes)));
  using Bits = std::uint32_t __attribute__((vector_size(4 * kLanes)));
  using Boxes = std::int32_t __attribute__((vector_size(4 * kLanes)));
  Floats most = {};
  Boxes places = {}, now;
  for (std::size_t lane = 0; lane < kLanes; ++lane) now[lane] = static_cast<std::int32_t>(lane);
  for (std::size_t i = 0; i < count; i += kLanes) {
    Bits bits, kept;
    std::memcpy(&bits, values + i, sizeof(bits));
    std::memcpy(&kept, keep + i, sizeof(kept));
    bits &= kept;
    std::memcpy(values + i, &bits, sizeof(bits));
    Floats value;
    std::memcpy(&value, &bits, sizeof(value));
    places = value > most ? now : places;
    most = value > most ? value : most;
    now += static_cast<std::int32_t>(kLanes);
  }
  Highest highest;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const bool first = most[lane] == highest.value && places[lane] < highest.box;
    if (most[lane] > highest.value || first) highest = {most[lane], places[lane]};
  }
  return highest;
}

// Of boxes around a few places most are beaten in every class, so that asking for each box asks for
// all its classes. A suppression of each class is then short: as many steps as boxes stay.
class SuppressionOfColumns {
 public:
  SuppressionOfColumns(const ClassTable& probabilities, const OverlapTable& overlaps)
      : table_(probabilities),
        padded_((probabilities.rows() + kLanes - 1) / kLanes * kLanes),
        columns_(kColumns * padded_),
        keep_((probabilities.rows() + 1) * padded_, ~0U),
        confidence_(probabilities.rows(), 0.0F) {
    for (std::size_t box = 0; box < probabilities.rows(); ++box) {
      std::uint32_t* keep = keep_.data() + box * padded_;
      keep[box] = 0;
      for (const std::uint32_t other : overlaps.neighbours(box)) keep[other] = 0;
    }
  }

  std::vector<float> run() {
    // Column 0 is background.
    for (std::size_t first = 1; first < table_.columns; first += kColumns) {
      const std::size_t count = std::min(kColumns, table_.columns - first);
      take(first, count);
      for (std::size_t c = 0; c < count; ++c) suppress(columns_.data() + c * padded_);
    }
    return std::move(confidence_);
  }

 private:
  static constexpr std::size_t kColumns = 16;  // of a cache line, turned together

  void take(std::size_t first, std::size_t count) {
    for (std::size_t box = 0; box < table_.rows(); ++box) {
      const float* row = table_.values.data() + box * table_.columns + first;
      for (std::size_t c = 0; c < count; ++c) columns_[c * padded_ + box] = std::max(row[c], 0.0F);
    }
  }

  // What is not above 0 raises no confidence.
  void suppress(float* values) {
    std::size_t gone = table_.rows();  // the row that keeps all
    while (true) {
      const Highest highest = take_out(values, keep_.data() + gone * padded_, padded_);
      if (highest.value <= 0) return;
      gone = static_cast<std::size_t>(highest.box);
      confidence_[gone] = std::max(confidence_[gone], highest.value);
    }
  }

  const ClassTable& table_;
  std::size_t padded_;               // boxes, and up to whole lanes
  std::vector<float> columns_;       // [kColumns, padded_]
  std::vector<std::uint32_t> keep_;  // [boxes + 1, padded_]: 0 where a box takes one out
  std::vector<float> confidence_;
};

std::vector<float> asked_confidence(const ClassTable& probabilities, const OverlapTable& overlaps) {
  KeptByClass kept(probabilities, overlaps);
  FallingColumns falling(probabilities.columns);
  std::vector<float> confidence(probabilities.rows(), 0.0F);
  for (std::uint32_t box = 0; box < confidence.size(); ++box) {
    falling.load(probabilities.row(box));
    // What is not above 0 cannot raise the confidence.
    for (auto [column, value] = falling.next(); value > 0;
         std::tie(column, value) = falling.next()) {
      if (!kept.keeps(column, box)) continue;
      confidence[box] = value;
      break;
    }
  }
  return confidence;
}

}  // namespace

std::vector<float> class_wise_confidence(std::span<const Box> boxes,
                                         const ClassTable& probabilities, double overlap) {
  UNIMO_CHECK(probabilities.columns > 0 &&
                  probabilities.values.size() == boxes.size() * probabilities.columns,
              "{} probabilities of {} columns for {} boxes", probabilities.values.size(),
              probabilities.columns, boxes.size());
  const OverlapTable overlaps(boxes, overlap);
  constexpr std::size_t kFewPlaces = 24;  // where both ways take about the same time
  if (overlaps.places() <= kFewPlaces) return SuppressionOfColumns(probabilities, overlaps).run();
  return asked_confidence(probabilities, overlaps);
}

std::vector<std::uint32_t> choose_confident(std::span<const float> confidence,
                                            const ChoiceRules& rules) {
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t i = 0; i < confidence.size(); ++i) {
    if (static_cast<double>(confidence[i]) >= rules.min_confidence) chosen.push_back(i);
  }
  if (chosen.size() < rules.min_regions) return best_first(confidence, rules.min_regions);
  if (chosen.size() > rules.max_regions) return best_first(confidence, rules.max_regions);
  return chosen;
}

std::vector<std::uint32_t> choose_apart(std::span<const Box> boxes, std::span<const float> scores,
                                        double first_overlap, const ChoiceRules& rules) {
  constexpr double kStep = 0.1, kLast = 0.9;
  std::vector<std::uint32_t> chosen;
  for (int i = 0;; ++i) {
    const double overlap = first_overlap + kStep * i;
    chosen = suppress(boxes, scores, overlap, DetectorKind::kDetectron2);
    if (chosen.size() >= rules.min_regions || overlap + kStep > kLast + kStep / 2) break;
  }
  if (chosen.size() > rules.max_regions) chosen.resize(rules.max_regions);
  return chosen;
}

std::size_t likeliest(std::span<const float> row) {
  return static_cast<std::size_t>(std::distance(row.begin(), std::ranges::max_element(row)));
}

}  // namespace unimo::trainer
