// Parameters of regions.import and regions.export: feature files of others to the regions artifact
// and back (docs/region_files.md).
//
// regions.import  inputs: files (many: files or folders of one format), records (optional, many:
//                 records artifacts that give ids and splits), classes, attributes (optional:
//                 objects_vocab.txt, attributes_vocab.txt)
// regions.export  inputs: regions (many: regions artifacts)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct RegionsImportParams {
  std::string format = "anderson";
  std::string size_order = "auto";
  std::string numbered_by = "auto";
  std::string split = "train";
  std::int64_t feature_size = 0;
  std::int64_t top_k = 10;
  std::string background = "first";
  std::string extractor;
  bool originals = false;
  double max_bad_share = 0.01;
};
template <class V>
void visit(V& v, RegionsImportParams& c) {
  v.field("format", c.format,
          one_of({"anderson", "lxmert", "unimo", "unimo_caption", "unimo_entailment", "uniter",
                  "npz", "vinvl", "oscar"}),
          "whose files: bottom-up-attention's TSV of 6 columns, LXMERT's of 10, UNIMO's of 7, "
          "UNIMO's captioning and entailment records, UNITER's LMDB, one npz a picture, VinVL's "
          "label TSV, Oscar's feature TSV");
  v.field("size_order", c.size_order, one_of({"auto", "wh", "hw"}),
          "which of a picture's sizes stands first in lines that do not name them; auto: as the "
          "format says, unless the boxes of "
          "the first rows leave such pictures and fit the others");
  v.field("numbered_by", c.numbered_by, one_of({"auto", "coco", "flickr", "visual_genome"}),
          "whose numbers the files' bare ones are; auto: as the records are numbered");
  v.field("split", c.split, one_of({"train", "val", "test", "restval", "unlabeled"}),
          "split of all pictures where there is no input records");
  v.field("feature_size", c.feature_size, between(0, 65536),
          "numbers of a feature; 0: as many as in the first good row");
  v.field("top_k", c.top_k, between(-1, 65535),
          "class guesses kept for each region, surest first; 0: none; -1: the whole distribution");
  v.field("background", c.background, one_of({"first", "last"}),
          "where a distribution with one class more than the vocabulary has the background");
  v.field("extractor", c.extractor,
          "what made the features, for regions.json; regions of one pack must agree in it; empty: "
          "the format's name");
  v.field("originals", c.originals,
          "keep the rows as they came besides, in float32, with attributes and whole "
          "distributions, so that regions.export gives them back bit by bit (three times the "
          "bytes)");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the rows cannot be used");
}

struct RegionsExportParams {
  std::string format = "lxmert";
  std::string name = "regions";
  std::vector<std::string> splits;
  bool originals = true;
};
template <class V>
void visit(V& v, RegionsExportParams& c) {
  v.field(
      "format", c.format,
      one_of({"anderson", "lxmert", "unimo", "unimo_caption", "uniter", "npz", "vinvl", "oscar"}),
      "whose files, as for regions.import; unimo_caption: lines without a caption, as the "
      "official decoder reads them");
  v.field("name", c.name, "first part of the names of the files");
  v.field("splits", c.splits, one_of({"train", "val", "test", "restval", "unlabeled"}),
          "write these alone; empty: all");
  v.field("originals", c.originals,
          "write the rows that came in where the artifact has kept them; false: what training "
          "reads, in half precision");
}

}  // namespace unimo::stages
