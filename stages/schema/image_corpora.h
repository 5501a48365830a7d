// Parameters of the ingest stages of web pictures with their texts, and of OpenImages
// (docs/formats.md has the records they make).
//
// ingest.conceptual_captions  inputs: pairs (many lists Train_GCC-training.tsv, named after their
//                             split), images (as many artifacts of fetch.images or folders, in the
//                             order of the lists, or one that was fetched for all of them)
// ingest.sbu                  inputs: urls and captions (two files of parallel lines), or pairs
//                             (sbu-captions-all.json); images (one artifact or folder)
// ingest.openimages           inputs: image_list (many *-images-with-rotation.csv), ids (many lists
//                             of ids), boxes (many CSV), labels (many CSV), classes (many CSV),
//                             hierarchy (JSON), images (many folders)
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

// ingest.conceptual_captions and ingest.sbu.
struct PairIngest {
  PictureIngest pictures;
  std::int64_t placeholder_rows = 5;
  std::int64_t min_side = 32;
};
template <class V>
void visit(V& v, PairIngest& c) {
  v.field("pictures", c.pictures, "limits, as for ingest.coco");
  v.field("placeholder_rows", c.placeholder_rows, at_least(2),
          "bytes that came for so many addresses are a placeholder (\"photo unavailable\", a logo) "
          "and left out; of fewer equal pictures the first is kept");
  v.field("min_side", c.min_side, at_least(1),
          "pixels; pictures with a shorter side (trackers, icons) are left out");
}

// ingest.openimages.
struct OpenImagesIngest {
  PictureIngest pictures;
  std::string split = "subset";
  bool keep_groups = false;
};
template <class V>
void visit(V& v, OpenImagesIngest& c) {
  v.field("pictures", c.pictures, "limits, as for ingest.coco");
  v.field("split", c.split, one_of({"subset", "unlabeled"}),
          "of a picture: the subset that the list names (validation is val), or unlabeled for all");
  v.field("keep_groups", c.keep_groups,
          "keep boxes around a group of objects (IsGroupOf), which are no single object");
}

}  // namespace unimo::stages
