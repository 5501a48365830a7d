// Texts, images and pairs with something hidden, laid into one batch together with what must be
// said about it. Numbers only; masked_loss.h turns it into losses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/config/objectives.h"
#include "trainer/data/random.h"
#include "trainer/data/regions.h"
#include "trainer/objectives/masked_text.h"
#include "trainer/objectives/seq2seq.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {

// What a detector said of n regions: [n, top] classes with their probabilities.
struct ClassTargets {
  std::vector<std::uint16_t> classes;
  std::vector<float> probabilities;
  int top = 0;
};

// Rows of the batch and the token each must predict.
struct TokenTargets {
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> labels;
};

struct RegionTargets {
  std::vector<std::int32_t> rows;
  std::vector<float> features;  // [rows, feature size]
  ClassTargets classes;
};

struct MaskedBatch {
  PackedBatch batch;
  TokenTargets masked;     // bidirectional
  TokenTargets generated;  // left to right
  RegionTargets regions;
};

// An image with the regions that training shows of it.
struct ShownImage {
  RegionRecord regions;
  std::vector<std::int32_t> shown;  // empty: all
};

// A text with the beginnings of its units.
struct UnitText {
  std::span<const std::int32_t> ids;  // without [CLS] and [SEP]
  UnitStarts starts;
};

struct MaskingOptions {
  int feature_size = 0;
  Vocabulary vocabulary;
  SpecialTokens special;
  MaskedTextConfig masked_text;
  Seq2SeqConfig seq2seq;
  MaskedRegionsConfig masked_regions;
};

// add*, then take once. `image` may be null: the text stands alone.
class MaskedBatchBuilder {
 public:
  explicit MaskedBatchBuilder(const MaskingOptions& options)
      : options_(options), builder_(options.feature_size) {}

  // Bidirectional: masked words from the other words (and the image).
  void add_masked_text(const UnitText& text, const ShownImage* image, Random& random);
  // Slices of the text from the other slices (and the image).
  void add_seq2seq(const UnitText& text, const ShownImage* image, Random& random);
  // Masked regions from the other regions (and the text, if its ids are not empty).
  void add_masked_regions(const ShownImage& image, const UnitText& text, Random& random);
  // Whole captions from their image, which they share. `tags`, tokens that name its objects, stand
  // between the image and the captions where there are any, as [CLS] tags [SEP].
  void add_captions(const ShownImage& image, std::span<const std::int32_t> tags,
                    std::span<const std::vector<std::int32_t>> captions);

  std::int32_t rows() const { return builder_.rows(); }
  MaskedBatch take();

 private:
  Rows add_source(std::span<const std::int32_t> ids, const std::vector<Slice>& slices,
                  const ShownImage* image);
  void add_target_slice(std::span<const std::int32_t> ids, const Slice& slice, std::int32_t end);
  Rows add_shown(const ShownImage& image) {
    return builder_.add_image(image.regions, {.shown = image.shown});
  }

  MaskingOptions options_;
  BatchBuilder builder_;
  MaskedBatch result_;
};

}  // namespace unimo::trainer
