// A region detector whose numbers the training loop can learn: its parameters lie in a store, its
// network computes with them.
//
//   DetectorModel model(start, training);
//   …train(model, objective, …)…
//   const DetectorValues learned = model.values();
//
// Box deltas are learned in units of their usual spread (0.1, 0.1, 0.2, 0.2 of a box's sides): the
// head's rows are divided by it at the start, and multiplied again by values() where the kind has
// them folded in (Caffe). detectron2's rows are in these units as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trainer/config/detector_training.h"
#include "trainer/detector/detector.h"
#include "trainer/detector/detector_values.h"
#include "trainer/model/trained_model.h"

namespace unimo::trainer {

// A detector that has learned nothing, of the training's shape. Unlike drawn_detector it has the
// training's anchors, and a first norm that brings the contrast of photographs (about 64) to 1, so
// that every layer begins with numbers of ordinary size.
DetectorValues fresh_detector(const DetectorSizes& sizes, const DetectorShape& shape,
                              std::uint64_t seed);

// Of a fresh detector.
DetectorSizes sizes_of(const DetectorShape& shape, DetectorKind kind, int classes, int attributes);

// Empty, or what is wrong with the shape and how to put it right.
std::string shape_mistake(const DetectorShape& shape);

// On the processor, in fp32. One thread; the loop's contract (trained_model.h).
class DetectorModel : public TrainedModel {
 public:
  // Every number of `start` is there. The first `fixed_stages` of conv1, res2, res3, res4, and all
  // norms, are not learned.
  DetectorModel(DetectorValues start, int fixed_stages);

  const Detector& detector() const { return detector_; }
  // As a file holds it, with the numbers learned so far.
  DetectorValues values() const;

  ParameterStore& parameters() override { return store_; }
  const ParameterStore& parameters() const override { return store_; }
  Precision precision() const override { return Precision::kFp32; }
  void set_recompute(bool /*recompute*/) override {}
  std::int64_t planned_bytes(std::int64_t /*rows*/, bool /*recompute*/) const override { return 0; }
  void watch(Watcher watcher) override { watcher_ = std::move(watcher); }
  // To the watcher, if there is one.
  void show(std::string_view name, const at::Tensor& state) const;

 private:
  DetectorValues start_;  // with box rows in units of their spread
  Detector detector_;
  ParameterStore store_;
  Watcher watcher_;
};

}  // namespace unimo::trainer
