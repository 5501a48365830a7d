#include "evaluators/detection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace unimo::eval {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double shared_area(const DetectionBox& a, const DetectionBox& b) {
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? kNone : sum / static_cast<double>(count);
}

// Positions of the items, the highest score first, equal ones in their order.
template <class Score>
std::vector<std::size_t> by_score(std::size_t count, const Score& score) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
  return order;
}

// The objects and detections of one class in one picture, detections best first.
struct Picture {
  std::vector<const GoldObject*> gold;
  std::vector<const DetectedObject*> detected;
};

// By label, then by image; a picture without the class is absent.
using Pictures = std::map<std::size_t, Picture>;
std::vector<Pictures> grouped(const DetectionSet& set) {
  std::vector<Pictures> groups(set.labels);
  for (const GoldObject& object : set.gold)
    groups[object.label][object.image].gold.push_back(&object);
  for (const std::size_t i :
       by_score(set.detected.size(), [&](std::size_t k) { return set.detected[k].score; })) {
    const DetectedObject& found = set.detected[i];
    groups[found.label][found.image].detected.push_back(&found);
  }
  return groups;
}

// --- COCO ---

constexpr std::size_t kOverlaps = 10, kRecalls = 101;
constexpr std::array<std::size_t, 3> kMost = {1, 10, 100};

// As numpy.linspace has them, to the last bit: a recall of 29 / 100 does not reach 29 * 0.01.
double overlap_at(std::size_t i) {
  constexpr double kStep = (0.95 - 0.5) / (kOverlaps - 1);
  return i + 1 == kOverlaps ? 0.95 : 0.5 + static_cast<double>(i) * kStep;
}
double recall_at(std::size_t i) { return static_cast<double>(i) * (1.0 / (kRecalls - 1)); }

struct AreaRange {
  double low, high;
  bool contains(double area) const { return area >= low && area <= high; }
};
constexpr std::array<AreaRange, 4> kAreas = {
    {{0, 1e10}, {0, 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {96.0 * 96, 1e10}}};

// Against a crowd only the detection's own area counts.
double coco_overlap(const DetectedObject& found, const GoldObject& object) {
  if (!object.is_crowd) return box_overlap(found.box, object.box);
  const double area = found.box.area();
  return area <= 0 ? 0 : shared_area(found.box, object.box) / area;
}

// One detection at one overlap.
struct Outcome {
  double score = 0;
  bool is_right = false, is_ignored = false;
};

// Of one picture, class and range of areas: outcomes for each overlap, detections best first.
class CocoMatching {
 public:
  CocoMatching(const Picture& picture, const AreaRange& areas) : picture_(picture), areas_(areas) {
    for (const GoldObject* object : picture.gold)
      gold_.push_back({object, object->is_crowd || !areas.contains(object->area)});
    // Those that count come first, so that a detection prefers them.
    std::ranges::stable_partition(gold_, [](const Gold& g) { return !g.is_ignored; });
    found_ = std::min(picture.detected.size(), kMost.back());
    for (std::size_t d = 0; d < found_; ++d) {
      for (const Gold& g : gold_)
        overlaps_.push_back(coco_overlap(*picture.detected[d], *g.object));
    }
  }

  std::size_t counted() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(gold_, [](const Gold& g) { return !g.is_ignored; }));
  }

  std::vector<Outcome> at(double wanted) const {
    std::vector<bool> is_taken(gold_.size());
    std::vector<Outcome> outcomes;
    for (std::size_t d = 0; d < found_; ++d) {
      const DetectedObject& found = *picture_.detected[d];
      const std::ptrdiff_t match = best_match(d, wanted, is_taken);
      if (match < 0) {
        outcomes.push_back({found.score, false, !areas_.contains(found.box.area())});
        continue;
      }
      const auto g = static_cast<std::size_t>(match);
      is_taken[g] = true;
      outcomes.push_back({found.score, true, gold_[g].is_ignored});
    }
    return outcomes;
  }

 private:
  struct Gold {
    const GoldObject* object;
    bool is_ignored;
  };

  // Objects that do not count are looked at only while nothing that counts has matched; of equal
  // overlaps the last wins.
  std::ptrdiff_t best_match(std::size_t d, double wanted, const std::vector<bool>& is_taken) const {
    double best = std::min(wanted, 1 - 1e-10);
    std::ptrdiff_t match = -1;
    for (std::size_t g = 0; g < gold_.size(); ++g) {
      if (is_taken[g] && !gold_[g].object->is_crowd) continue;
      if (match >= 0 && !gold_[static_cast<std::size_t>(match)].is_ignored && gold_[g].is_ignored)
        break;
      const double overlap = overlaps_[d * gold_.size() + g];
      if (overlap < best) continue;
      best = overlap;
      match = static_cast<std::ptrdiff_t>(g);
    }
    return match;
  }

  const Picture& picture_;
  const AreaRange& areas_;
  std::vector<Gold> gold_;
  std::size_t found_ = 0;
  std::vector<double> overlaps_;  // [found_, gold_]
};

// Precision at the 101 recalls, and the highest recall; NaN without objects.
struct Curve {
  double precision = kNone, recall = kNone;
};

Curve curve_of(std::vector<Outcome> outcomes, std::size_t objects) {
  if (objects == 0) return {};
  std::vector<double> precisions, recalls;
  double right = 0, wrong = 0;
  for (const std::size_t i :
       by_score(outcomes.size(), [&](std::size_t k) { return outcomes[k].score; })) {
    // A detection that does not count repeats the point before it.
    if (!outcomes[i].is_ignored) (outcomes[i].is_right ? right : wrong) += 1;
    recalls.push_back(right / static_cast<double>(objects));
    precisions.push_back(right / (right + wrong + std::numeric_limits<double>::epsilon()));
  }
  for (std::size_t i = precisions.size(); i > 1; --i)
    precisions[i - 2] = std::max(precisions[i - 2], precisions[i - 1]);
  double sum = 0;
  for (std::size_t r = 0; r < kRecalls; ++r) {
    const auto at = std::ranges::lower_bound(recalls, recall_at(r)) - recalls.begin();
    if (at < static_cast<std::ptrdiff_t>(recalls.size()))
      sum += precisions[static_cast<std::size_t>(at)];
  }
  return {sum / kRecalls, recalls.empty() ? 0 : recalls.back()};
}

// Of one class and range of areas, by overlap and by how many boxes of a picture count.
struct Curves {
  std::array<std::array<Curve, kMost.size()>, kOverlaps> at;
};

Curves curves_of(const Pictures& pictures, const AreaRange& areas) {
  std::array<std::array<std::vector<Outcome>, kMost.size()>, kOverlaps> all;
  std::size_t objects = 0;
  for (const auto& [image, picture] : pictures) {
    const CocoMatching matching(picture, areas);
    objects += matching.counted();
    for (std::size_t t = 0; t < kOverlaps; ++t) {
      const std::vector<Outcome> outcomes = matching.at(overlap_at(t));
      for (std::size_t m = 0; m < kMost.size(); ++m) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(kMost[m], outcomes.size()));
        all[t][m].insert(all[t][m].end(), outcomes.begin(), outcomes.begin() + count);
      }
    }
  }
  Curves curves;
  for (std::size_t t = 0; t < kOverlaps; ++t) {
    for (std::size_t m = 0; m < kMost.size(); ++m)
      curves.at[t][m] = curve_of(std::move(all[t][m]), objects);
  }
  return curves;
}

// Averages over classes and some overlaps of what `pick` takes from a curve.
template <class Pick>
double average(const std::vector<Curves>& labels, std::size_t first, std::size_t last,
               std::size_t most, const Pick& pick) {
  std::vector<double> values;
  for (const Curves& curves : labels) {
    for (std::size_t t = first; t < last; ++t) values.push_back(pick(curves.at[t][most]));
  }
  return mean_of(values);
}

double precision_of(const Curve& curve) { return curve.precision; }
double recall_of(const Curve& curve) { return curve.recall; }

// --- VOC ---

struct VocPoint {
  double score;
  bool is_right;
};

// Detections that count, and the number of objects.
struct VocClass {
  std::vector<VocPoint> points;
  std::size_t objects = 0;
};

VocClass voc_class(const Pictures& pictures, double wanted) {
  VocClass result;
  for (const auto& [image, picture] : pictures) {
    std::vector<bool> is_taken(picture.gold.size());
    for (const GoldObject* object : picture.gold) result.objects += object->is_hard ? 0 : 1;
    for (const DetectedObject* found : picture.detected) {
      double best = -std::numeric_limits<double>::infinity();
      std::size_t match = 0;
      for (std::size_t g = 0; g < picture.gold.size(); ++g) {
        const double overlap = box_overlap(found->box, picture.gold[g]->box);
        if (overlap > best) {
          best = overlap;
          match = g;
        }
      }
      if (best > wanted && picture.gold[match]->is_hard) continue;
      const bool is_right = best > wanted && !is_taken[match];
      if (is_right) is_taken[match] = true;
      result.points.push_back({found->score, is_right});
    }
  }
  return result;
}

double voc_precision(const VocClass& one, VocRecalls rule) {
  if (one.objects == 0) return kNone;
  std::vector<double> precisions, recalls;
  double right = 0, seen = 0;
  for (const std::size_t i :
       by_score(one.points.size(), [&](std::size_t k) { return one.points[k].score; })) {
    right += one.points[i].is_right ? 1 : 0;
    ++seen;
    recalls.push_back(right / static_cast<double>(one.objects));
    precisions.push_back(right / seen);
  }
  for (std::size_t i = precisions.size(); i > 1; --i)
    precisions[i - 2] = std::max(precisions[i - 2], precisions[i - 1]);
  if (rule == VocRecalls::kAll) {
    double area = 0, before = 0;
    for (std::size_t i = 0; i < recalls.size(); ++i) {
      area += (recalls[i] - before) * precisions[i];
      before = recalls[i];
    }
    return area;
  }
  constexpr int kPoints = 11;
  double sum = 0;
  for (int k = 0; k < kPoints; ++k) {
    // As numpy.arange(0, 1.1, 0.1) has them.
    const auto at = std::ranges::lower_bound(recalls, k * 0.1) - recalls.begin();
    if (at < static_cast<std::ptrdiff_t>(recalls.size()))
      sum += precisions[static_cast<std::size_t>(at)] / kPoints;
  }
  return sum;
}

}  // namespace

double box_overlap(const DetectionBox& a, const DetectionBox& b) {
  const double shared = shared_area(a, b);
  const double together = a.area() + b.area() - shared;
  return together <= 0 ? 0 : shared / together;
}

CocoDetection coco_detection(const DetectionSet& set) {
  const auto groups = grouped(set);
  std::array<std::vector<Curves>, kAreas.size()> all;
  for (std::size_t a = 0; a < kAreas.size(); ++a) {
    for (const auto& pictures : groups) all[a].push_back(curves_of(pictures, kAreas[a]));
  }
  constexpr std::size_t kHundred = 2, kHalf = 0, kThreeQuarters = 5;
  const auto precision = [&](std::size_t area) {
    return average(all[area], 0, kOverlaps, kHundred, precision_of);
  };
  const auto recall = [&](std::size_t area, std::size_t most) {
    return average(all[area], 0, kOverlaps, most, recall_of);
  };
  CocoDetection scores{
      .ap = precision(0),
      .ap50 = average(all[0], kHalf, kHalf + 1, kHundred, precision_of),
      .ap75 = average(all[0], kThreeQuarters, kThreeQuarters + 1, kHundred, precision_of),
      .ap_small = precision(1),
      .ap_medium = precision(2),
      .ap_large = precision(3),
      .ar1 = recall(0, 0),
      .ar10 = recall(0, 1),
      .ar100 = recall(0, kHundred),
      .ar_small = recall(1, kHundred),
      .ar_medium = recall(2, kHundred),
      .ar_large = recall(3, kHundred),
      .ap_of_label = {},
      .ap50_of_label = {}};
  for (const Curves& curves : all[0]) {
    scores.ap_of_label.push_back(average({curves}, 0, kOverlaps, kHundred, precision_of));
    scores.ap50_of_label.push_back(curves.at[kHalf][kHundred].precision);
  }
  return scores;
}

VocDetection voc_detection(const DetectionSet& set, VocRecalls recalls, double overlap) {
  VocDetection scores;
  double sum = 0, objects = 0;
  for (const auto& pictures : grouped(set)) {
    const VocClass one = voc_class(pictures, overlap);
    scores.ap.push_back(voc_precision(one, recalls));
    scores.objects.push_back(one.objects);
    if (one.objects == 0) continue;
    sum += scores.ap.back() * static_cast<double>(one.objects);
    objects += static_cast<double>(one.objects);
  }
  scores.mean = mean_of(scores.ap);
  scores.weighted_mean = objects == 0 ? kNone : sum / objects;
  return scores;
}

}  // namespace unimo::eval
