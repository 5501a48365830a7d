// The pictures that a detector learns from, as steps of the training loop: one picture is one
// micro-batch, a step is `images` of them.
//
// Which picture comes when, whether it is mirrored, and which anchors and regions are drawn are
// functions of the seed, the picture and the epoch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "trainer/data/sample_order.h"
#include "trainer/detector_training/detector_loss.h"

namespace unimo::trainer {

// An annotated picture, before resizing.
struct TrainingPicture {
  struct Object {
    std::array<double, 4> box{};  // x1, y1, x2, y2: edges, in pixels
    int label = 0;                // from 0
    std::vector<int> attributes;
  };
  std::string id;
  int width = 0, height = 0;
  std::vector<Object> objects;
};

// The pixels of picture number `picture`, resized by the rules. From several threads at once.
using PixelReader = std::function<Result<DetectorPicture>(std::size_t picture, bool mirrored)>;

// The objects in the corners of the detector's kind, in pixels of the resized picture; mirrored
// where the picture is.
std::vector<TrueObject> resized_objects(const TrainingPicture& picture, const ResizePlan& plan,
                                        DetectorKind kind, bool mirrored);

class DetectorObjective : public Objective {
 public:
  // `pictures` is not empty and must outlive this.
  DetectorObjective(std::span<const TrainingPicture> pictures, PixelReader pixels,
                    DetectorLossRules rules, std::uint64_t seed);

  std::int64_t steps_of(double epochs) const;
  std::int64_t micro_batch_count(std::int64_t /*step*/) const override {
    return rules_.training.images;
  }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  std::string describe(std::int64_t step, std::int64_t index) const override;

  // The first `count` of some pictures that are not learned, unmirrored, always with the same
  // draws; their means are named heldout.loss.class and so on. This must outlive the batches.
  Result<std::vector<MicroBatch>> held_out(std::span<const TrainingPicture> pictures,
                                           const PixelReader& pixels, std::size_t count) const;

 private:
  SampleOrder::Visit visit(std::int64_t step, std::int64_t index) const;
  MicroBatch batch_of(const TrainingPicture& picture, DetectorPicture pixels, bool mirrored,
                      const RandomKey& key, int share) const;

  std::span<const TrainingPicture> pictures_;
  PixelReader pixels_;
  DetectorLossRules rules_;
  std::uint64_t seed_;
  SampleOrder order_;
};

}  // namespace unimo::trainer
