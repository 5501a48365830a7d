// Parameters of the ingest stages: corpora as their makers publish them to records
// (docs/formats.md).
//
// ingest.coco    inputs: captions (many files), image_info (many files: pictures without captions),
//                instances (optional, many files), split (optional: a Karpathy JSON or *_images.txt
//                lists, many), images (many folders)
// ingest.flickr  inputs: tokens (many files), train, val, test (optional lists of pictures), split
// (optional: a
//                Karpathy JSON, which also gives captions when there are no tokens), images (many
//                folders)
// ingest.visual_genome  inputs: image_data (a file), objects, attributes, regions (optional files:
// objects.json,
//                attributes.json, region_descriptions.json), split (optional lists, many), exclude
//                (optional, many: a Karpathy JSON or lists of COCO pictures that must not be
//                trained on), images (many folders)
// ingest.text    inputs: texts (many files or folders of .txt)
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// ingest.coco and ingest.flickr.
struct PictureIngest {
  double max_bad_share = 0.01;
  std::int64_t max_pixels = 50'000'000;
  std::int64_t max_images = 0;
  bool keep_uncaptioned = false;
  std::string other_size = "refuse";
  bool complete = false;
};
template <class V>
void visit(V& v, PictureIngest& c) {
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the pictures, captions or boxes cannot be used");
  v.field("max_pixels", c.max_pixels, between(1, 1e9),
          "refuse a larger picture before decoding it");
  v.field("max_images", c.max_images, not_negative(),
          "the first so many pictures of each split; 0: all");
  v.field("keep_uncaptioned", c.keep_uncaptioned,
          "keep pictures without a caption, as split unlabeled, instead of putting them into "
          "quarantine");
  v.field("other_size", c.other_size, one_of({"refuse", "scale"}),
          "boxes of a picture that is not as large as its annotations say: refuse them, or scale "
          "them to the picture "
          "as it is (for collections that were made smaller)");
  v.field("complete", c.complete,
          "the inputs are all that the makers publish: statistics.json sets the counts against "
          "the official ones");
}

// ingest.visual_genome: every region phrase is a caption of the whole picture.
struct GenomeIngest {
  PictureIngest pictures;
  std::int64_t phrases_per_image = 0;
};
template <class V>
void visit(V& v, GenomeIngest& c) {
  v.field("pictures", c.pictures, "limits, as for ingest.coco");
  v.field("phrases_per_image", c.phrases_per_image, not_negative(),
          "the first so many different phrases of a picture; 0: all");
}

// ingest.text.
struct TextIngest {
  double max_bad_share = 0.01;
  std::string unit = "sentence";
  std::int64_t min_words = 3;
  std::int64_t max_texts = 0;
  double val_share = 0;
};
template <class V>
void visit(V& v, TextIngest& c) {
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the paragraphs is unusable");
  v.field("unit", c.unit, one_of({"sentence", "paragraph"}), "what becomes one text");
  v.field("min_words", c.min_words, at_least(1),
          "leave out shorter texts (headings, page numbers)");
  v.field("max_texts", c.max_texts, not_negative(), "the first so many texts; 0: all");
  v.field("val_share", c.val_share, fraction(),
          "share of the paragraphs that go to the split val, chosen by the seed");
}

}  // namespace unimo::stages
