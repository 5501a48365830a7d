// One micro-batch as the model reads it: rows of text and image positions laid end to end, without
// padding.
//
// Every row is a position of one sequence. A text row has a token and a position id, an image row a
// feature and a box. Who sees whom is said by spans. Plain vectors: no tensors here.
//
//   a text, or an image with its text, bidirectional   one span, causal = false
//   seq2seq text                                       the source, causal = false;
//                                                      the target, causal = true, context = the
//                                                      source
//   image, object tags and caption                     image and tags, causal = false; the caption,
//                                                      causal = true, context = image and tags
//   several captions of one image                      the image; then per caption one causal span
//   whose
//                                                      context is the image: its rows are encoded
//                                                      once
#pragma once

#include <cstdint>
#include <vector>

namespace unimo::trainer {

// Rows [begin, end) see all context rows and, inside the span, every row (or only rows up to their
// own). A span's context must be rows of other spans; an empty context has context_begin ==
// context_end.
struct AttentionSpan {
  std::int32_t begin = 0;
  std::int32_t end = 0;
  std::int32_t context_begin = 0;
  std::int32_t context_end = 0;
  bool causal = false;
  bool operator==(const AttentionSpan&) const = default;
};

struct PackedBatch {
  std::int32_t rows = 0;
  std::vector<std::int32_t> text_rows;     // rows that hold tokens, ascending
  std::vector<std::int32_t> token_ids;     // one per text row
  std::vector<std::int32_t> position_ids;  // one per text row; the first of a sequence is 2
  // Of conversations, one per text row: who speaks, and how many turns ago; -1: no embedding is
  // added. Both empty where no row has any.
  std::vector<std::int32_t> role_ids;
  std::vector<std::int32_t> turn_ids;
  std::vector<std::int32_t> image_rows;  // rows that hold visual positions, ascending
  std::vector<float> features;  // [image_rows, D]; of [IMG] the mean over its visible regions
  std::vector<float> boxes;     // [image_rows, 5]: x1 y1 x2 y2 area as shares; of [IMG] 0 0 1 1 1
  std::vector<AttentionSpan> spans;  // cover every row exactly once, in order of rows
  bool operator==(const PackedBatch&) const = default;
};

}  // namespace unimo::trainer
