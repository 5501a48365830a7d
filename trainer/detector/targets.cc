#include "trainer/detector/targets.h"

#include <algorithm>
#include <cmath>

#include "trainer/detector/anchors.h"

namespace unimo::trainer {

namespace {

// How much a box overlaps the object that it overlaps most, the first of equal ones.
struct BestObject {
  float overlap = 0;
  std::size_t object = 0;
};

BestObject best_object(const Box& box, std::span<const TrueObject> objects, float extra) {
  BestObject best;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const float overlap = overlap_of(box, objects[i].box, extra);
    if (overlap > best.overlap) best = {overlap, i};
  }
  return best;
}

// `most` of the items, drawn, in their order.
template <class T>
void draw_some(std::vector<T>& items, std::size_t most, Random& random) {
  if (items.size() <= most) return;
  std::vector<std::uint64_t> chosen = random.choose(items.size(), most);
  std::ranges::sort(chosen);
  std::vector<T> kept;
  for (const std::uint64_t i : chosen) kept.push_back(items[static_cast<std::size_t>(i)]);
  items = std::move(kept);
}

std::size_t share_of(int count, double share) {
  return static_cast<std::size_t>(std::lround(share * count));
}

class AnchorMatching {
 public:
  AnchorMatching(std::span<const Box> anchors, const MapSize& map, const PictureSize& size,
                 std::span<const TrueObject> objects, DetectorKind kind)
      : anchors_(anchors), map_(map), size_(size), objects_(objects), kind_(kind) {
    collect();
  }

  ChosenAnchors draw(const ProposalTraining& rules, Random& random) const {
    std::vector<std::size_t> objects, background;  // places in seen_
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (is_object(seen_[i], rules)) {
        objects.push_back(i);
      } else if (static_cast<double>(seen_[i].best.overlap) < rules.background_overlap) {
        background.push_back(i);
      }
    }
    draw_some(objects, share_of(rules.anchors, rules.object_share), random);
    draw_some(background, static_cast<std::size_t>(rules.anchors) - objects.size(), random);
    ChosenAnchors targets;
    for (const std::size_t i : objects) {
      targets.objects.push_back(seen_[i].number);
      targets.deltas.push_back(encode_box(seen_[i].box, objects_[seen_[i].best.object].box, kind_));
    }
    for (const std::size_t i : background) targets.background.push_back(seen_[i].number);
    return targets;
  }

 private:
  struct Anchor {
    std::int64_t number = 0;
    Box box;
    BestObject best;
    bool is_best_of_some = false;
  };

  void collect() {
    std::int64_t number = 0;
    for (int row = 0; row < map_.rows; ++row) {
      for (int column = 0; column < map_.columns; ++column) {
        for (const Box& anchor : anchors_) {
          const Box box = shifted(anchor, column, row);
          if (counts(box)) seen_.push_back({.number = number, .box = box});
          ++number;
        }
      }
    }
    const float extra = side_extra(kind_);
    for (Anchor& anchor : seen_) anchor.best = best_object(anchor.box, objects_, extra);
    for (const TrueObject& object : objects_) mark_best_of(object, extra);
  }

  // All anchors that overlap the object as much as the best one does.
  void mark_best_of(const TrueObject& object, float extra) {
    float most = 0;
    for (const Anchor& anchor : seen_)
      most = std::max(most, overlap_of(anchor.box, object.box, extra));
    if (most <= 0) return;
    for (Anchor& anchor : seen_)
      anchor.is_best_of_some |= overlap_of(anchor.box, object.box, extra) == most;
  }

  bool counts(const Box& box) const {
    if (kind_ == DetectorKind::kDetectron2) return true;
    return box.x1 >= 0 && box.y1 >= 0 && box.x2 < static_cast<float>(size_.width) &&
           box.y2 < static_cast<float>(size_.height);
  }

  static bool is_object(const Anchor& anchor, const ProposalTraining& rules) {
    return anchor.is_best_of_some ||
           (anchor.best.overlap > 0 &&
            static_cast<double>(anchor.best.overlap) >= rules.object_overlap);
  }

  std::span<const Box> anchors_;
  MapSize map_;
  PictureSize size_;
  std::span<const TrueObject> objects_;
  DetectorKind kind_;
  std::vector<Anchor> seen_;
};

int drawn_attribute(const TrueObject& object, Random& random) {
  if (object.attributes.empty()) return -1;
  return object.attributes[static_cast<std::size_t>(random.below(object.attributes.size()))];
}

}  // namespace

ChosenAnchors choose_anchors(std::span<const Box> anchors, const MapSize& map,
                             const PictureSize& size, std::span<const TrueObject> objects,
                             const ProposalTraining& rules, DetectorKind kind, Random& random) {
  return AnchorMatching(anchors, map, size, objects, kind).draw(rules, random);
}

ChosenRegions choose_regions(std::span<const Box> proposals, std::span<const TrueObject> objects,
                             const RegionTraining& rules, DetectorKind kind, Random& random) {
  struct Match {
    Box box;
    std::size_t object = 0;
  };
  std::vector<Match> found;
  std::vector<Box> background;
  const float extra = side_extra(kind);
  const auto sort_out = [&](const Box& box) {
    const BestObject best = best_object(box, objects, extra);
    const auto overlap = static_cast<double>(best.overlap);
    if (best.overlap > 0 && overlap >= rules.object_overlap) {
      found.push_back({box, best.object});
    } else if (overlap >= rules.background_overlap) {
      background.push_back(box);
    }
  };
  for (const Box& box : proposals) sort_out(box);
  for (const TrueObject& object : objects) sort_out(object.box);
  draw_some(found, share_of(rules.regions, rules.object_share), random);
  draw_some(background, static_cast<std::size_t>(rules.regions) - found.size(), random);

  ChosenRegions targets;
  for (const Match& match : found) {
    const TrueObject& object = objects[match.object];
    targets.boxes.push_back(match.box);
    targets.labels.push_back(object.label);
    targets.deltas.push_back(encode_box(match.box, object.box, kind));
    targets.attributes.push_back(drawn_attribute(object, random));
  }
  targets.boxes.insert(targets.boxes.end(), background.begin(), background.end());
  return targets;
}

}  // namespace unimo::trainer
