// Batches whose images and texts are compared by their pooled vectors. Numbers only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/objectives/masked_batch.h"

namespace unimo::trainer {

// Images alone and texts alone: every image meets every text.
struct DualBatch {
  PackedBatch batch;
  std::vector<std::int32_t> img_rows;       // of each image
  std::vector<std::int32_t> cls_rows;       // of each text
  std::vector<std::int32_t> image_of_text;  // number of its image among the images
};

class DualBatchBuilder {
 public:
  DualBatchBuilder(int feature_size, const SpecialTokens& special)
      : builder_(feature_size), special_(special) {}
  void add_image(const ShownImage& image);
  // `image` counts the images of the batch, also those that are added later.
  void add_text(std::span<const std::int32_t> ids, std::int32_t image);
  DualBatch take();

 private:
  BatchBuilder builder_;
  SpecialTokens special_;
  DualBatch result_;
};

// Pairs encoded together, in groups of candidates of which some are true.
struct JointBatch {
  PackedBatch batch;
  std::vector<std::int32_t> img_rows;  // [groups, candidates], row by row
  std::vector<std::int32_t> cls_rows;
  std::vector<std::uint8_t> positive;  // [groups, candidates]
  std::vector<std::uint8_t> valid;     // 0: a place without a candidate
  std::int32_t groups = 0, candidates = 0;
};

// For each group: begin_group, then at most `candidates` times add. A place that is not filled is
// not valid.
class JointBatchBuilder {
 public:
  JointBatchBuilder(int feature_size, const SpecialTokens& special, std::int32_t candidates);
  void begin_group();
  void add(const ShownImage& image, std::span<const std::int32_t> ids, bool positive);
  JointBatch take();

 private:
  void fill_group();
  BatchBuilder builder_;
  SpecialTokens special_;
  JointBatch result_;
};

}  // namespace unimo::trainer
