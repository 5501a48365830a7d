// Builds one PackedBatch: images and texts one after the other, and who sees whom.
//
//   BatchBuilder builder(feature_size);
//   const Rows image = builder.add_image(regions, {.shown = shown});
//   const Rows text = builder.add_text(ids, special);       // [CLS] ids [SEP], positions from 2
//   builder.join(image.begin);               // one bidirectional span since that row
//   PackedBatch batch = builder.take();
//
// Order: add*, then join or cause for these rows, and so on; take once. Every row must be in a
// span.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/data/regions.h"

namespace unimo::trainer {

// Rows [begin, end) of the batch.
struct Rows {
  std::int32_t begin = 0, end = 0;
  std::int32_t size() const { return end - begin; }
};

// Who says a token of a conversation, and how many turns ago; -1: not said.
struct Speaker {
  std::int32_t role = -1, turn = -1;
};

struct SpecialTokens {
  std::int32_t cls = 0, sep = 2, mask = 0;
};

// How an image is shown.
struct ImageView {
  std::span<const std::int32_t> shown;  // regions, in order; empty: all of them
  std::span<const std::int32_t>
      hidden;                 // places in `shown` whose feature is masked to zeros, ascending
  bool keep_location = true;  // of hidden regions; false: their boxes are zeros, too
};

class BatchBuilder {
 public:
  explicit BatchBuilder(int feature_size) : feature_size_(static_cast<std::size_t>(feature_size)) {}

  // [IMG] and the shown regions. [IMG] is the mean over all regions of the image; with hidden
  // regions it is the mean over the shown ones that are not hidden, for the others overlap what
  // must not be told.
  Rows add_image(const RegionRecord& image, const ImageView& view);

  // [CLS] ids [SEP] at positions 2, 3, …
  Rows add_text(std::span<const std::int32_t> ids, const SpecialTokens& special);

  // Tokens at positions of the caller's choice (the first of a sequence is 2).
  Rows add_tokens(std::span<const std::int32_t> ids, std::span<const std::int32_t> positions,
                  const Speaker& speaker = {});

  // Ends a span at the last row: all rows from `begin` see each other.
  void join(std::int32_t begin);
  // Ends a span at the last row: rows from `begin` see the context and the rows up to their own.
  void cause(std::int32_t begin, const Rows& context);

  std::int32_t rows() const { return batch_.rows; }
  PackedBatch take();

 private:
  void note_speaker(std::size_t count, const Speaker& speaker);
  void add_region(const float* feature, const float* box);
  std::size_t feature_size_;
  PackedBatch batch_;
};

}  // namespace unimo::trainer
