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

// Candidates in groups of which some are true. A candidate is a pair of two rows, the [IMG] of an
// image and the [CLS] of a text, encoded together or each alone.
struct CandidateBatch {
  PackedBatch batch;
  std::vector<std::int32_t> img_rows;  // [groups, candidates], row by row
  std::vector<std::int32_t> cls_rows;
  std::vector<std::uint8_t> positive;  // [groups, candidates]
  std::vector<std::uint8_t> valid;     // 0: a place without a candidate
  std::int32_t groups = 0, candidates = 0;
};

// For each group: begin_group, then at most `candidates` candidates. A place that is not filled is
// not valid.
class CandidateBatchBuilder {
 public:
  CandidateBatchBuilder(int feature_size, const SpecialTokens& special, std::int32_t candidates);
  void begin_group();
  // Encoded together: one bidirectional sequence.
  void add_pair(const ShownImage& image, std::span<const std::int32_t> ids, bool positive);
  // UNIMO's single-modal positives. They are only weakly related, so that each is encoded alone
  // and meets the other side of the true pair, encoded alone once more.
  void add_related_images(std::span<const ShownImage> images, std::span<const std::int32_t> ids);
  void add_related_texts(const ShownImage& image, std::span<const std::vector<std::int32_t>> texts);
  CandidateBatch take();

 private:
  void fill_group();
  std::int32_t image_alone(const ShownImage& image);
  std::int32_t text_alone(std::span<const std::int32_t> ids);
  void add_candidate(std::int32_t img_row, std::int32_t cls_row, bool positive);

  BatchBuilder builder_;
  SpecialTokens special_;
  CandidateBatch result_;
};

}  // namespace unimo::trainer
