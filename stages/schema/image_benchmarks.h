// Parameters of the ingest stages of the benchmarks about pictures (docs/formats.md has the
// examples they make).
//
// ingest.vqa           inputs: questions (many files), annotations (many), pairs (many
//                      complementary-pairs files), answers (a label2ans or ans2label JSON), images
//                      (many folders) or records (many artifacts that have the pictures)
// ingest.coco_caption  inputs: split (a Karpathy JSON, or lists), captions (many files; without
// them
//                      the sentences of the Karpathy JSON), images (many folders)
// ingest.snli_ve       inputs: rows (many snli_ve_*.jsonl), or snli (many snli_1.0_*.jsonl) with
//                      train_val and test (lists of pictures); images or records, as for ingest.vqa
// ingest.flickr30k     inputs: tokens (many files), split (a Karpathy JSON), train, val, test
// (lists
//                      of pictures), entities (many folders or archives), images (many folders)
#pragma once

#include <cstdint>

#include "orchestrator/base/fields.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

// ingest.vqa.
struct VqaIngest {
  PictureIngest pictures;
  std::int64_t min_answer_count = 9;
  std::int64_t max_examples = 0;
};
template <class V>
void visit(V& v, VqaIngest& c) {
  v.field("pictures", c.pictures, "limits, as for ingest.coco");
  v.field("min_answer_count", c.min_answer_count, at_least(1),
          "answers that are the majority's of at least so many questions become classes; not used "
          "when the input answers gives them (9 gives the usual 3 129 of train and val)");
  v.field("max_examples", c.max_examples, not_negative(),
          "the first so many questions of each split; 0: all");
}

// ingest.snli_ve.
struct SnliVeIngest {
  PictureIngest pictures;
  std::int64_t max_examples = 0;
};
template <class V>
void visit(V& v, SnliVeIngest& c) {
  v.field("pictures", c.pictures, "limits, as for ingest.coco");
  v.field("max_examples", c.max_examples, not_negative(),
          "the first so many rows of each split; 0: all");
}

}  // namespace unimo::stages
