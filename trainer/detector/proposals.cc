#include "trainer/detector/proposals.h"

#include "orchestrator/base/result.h"
#include "trainer/detector/anchors.h"
#include "trainer/detector/suppression.h"

namespace unimo::trainer {

namespace {

class Candidates {
 public:
  Candidates(const ProposalMaps& maps, std::span<const Box> anchors, const PictureSize& size,
             DetectorKind kind)
      : maps_(maps), anchors_(anchors), size_(size), kind_(kind) {}

  std::size_t count() const { return cells() * anchors_.size(); }

  // Numbered by row, column, anchor; the maps have the anchor first.
  float score(std::size_t number) const {
    return maps_.scores[number % anchors_.size() * cells() + number / anchors_.size()];
  }

  Box box(std::size_t number) const {
    const std::size_t anchor = number % anchors_.size(), cell = number / anchors_.size();
    const auto columns = static_cast<std::size_t>(maps_.columns);
    const auto delta = [&](std::size_t part) {
      return maps_.deltas[(4 * anchor + part) * cells() + cell];
    };
    const Box at = shifted(anchors_[anchor], static_cast<int>(cell % columns),
                           static_cast<int>(cell / columns));
    return clip_box(decode_box(at, {delta(0), delta(1), delta(2), delta(3)}, kind_), size_, kind_);
  }

 private:
  std::size_t cells() const {
    return static_cast<std::size_t>(maps_.rows) * static_cast<std::size_t>(maps_.columns);
  }
  const ProposalMaps& maps_;
  std::span<const Box> anchors_;
  PictureSize size_;
  DetectorKind kind_;
};

// The best that are large enough, best first.
Proposals caffe_candidates(const Candidates& all, float min_side, std::size_t most) {
  std::vector<Box> boxes;
  std::vector<float> scores;
  for (std::size_t i = 0; i < all.count(); ++i) {
    const Box box = all.box(i);
    if (!is_large_enough(box, min_side, DetectorKind::kCaffe)) continue;
    boxes.push_back(box);
    scores.push_back(all.score(i));
  }
  Proposals best;
  for (const std::uint32_t i : best_first(scores, most)) {
    best.boxes.push_back(boxes[i]);
    best.scores.push_back(scores[i]);
  }
  return best;
}

// Of the best those that are not empty.
Proposals detectron2_candidates(const Candidates& all, std::size_t most) {
  std::vector<float> scores(all.count());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = all.score(i);
  Proposals best;
  for (const std::uint32_t i : best_first(scores, most)) {
    const Box box = all.box(i);
    if (!is_large_enough(box, 0, DetectorKind::kDetectron2)) continue;
    best.boxes.push_back(box);
    best.scores.push_back(scores[i]);
  }
  return best;
}

}  // namespace

Proposals propose(const ProposalMaps& maps, std::span<const Box> anchors, const PictureSize& size,
                  double scale, const DetectorRules& rules) {
  const Candidates all(maps, anchors, size, rules.kind());
  UNIMO_CHECK(maps.scores.size() == all.count() && maps.deltas.size() == 4 * all.count(),
              "maps of {} scores and {} deltas for {} anchors", maps.scores.size(),
              maps.deltas.size(), all.count());
  const auto most = static_cast<std::size_t>(rules.scored_proposals);
  const auto min_side = static_cast<float>(rules.min_size * scale);
  const Proposals candidates = rules.kind() == DetectorKind::kCaffe
                                   ? caffe_candidates(all, min_side, most)
                                   : detectron2_candidates(all, most);
  Proposals kept;
  for (const std::uint32_t i : suppress(candidates.boxes, candidates.scores, rules.proposal_overlap,
                                        rules.kind(), static_cast<std::size_t>(rules.proposals))) {
    kept.boxes.push_back(candidates.boxes[i]);
    kept.scores.push_back(candidates.scores[i]);
  }
  return kept;
}

}  // namespace unimo::trainer
