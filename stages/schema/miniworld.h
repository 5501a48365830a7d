// Parameters of the stage miniworld: drawn scenes with captions, labels and texts about them, in
// the official formats.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// What the mini-world can be written as: seven corpora and parallel text, then the benchmarks.
// COCO's captions are part of coco, retrieval is part of flickr30k.
inline std::vector<std::string> miniworld_formats() {
  return {"all",  "books", "wikipedia",  "openwebtext", "parallel", "coco",  "visual_genome",
          "cc",   "sbu",   "openimages", "flickr30k",   "snli_ve",  "vqa",   "sst2",
          "mnli", "cola",  "stsb",       "coqa",        "squad",    "cnndm", "gigaword"};
}

struct MiniWorld {
  std::int64_t images = 1200;
  std::int64_t val_images = 100;
  std::int64_t test_images = 100;
  int image_size = 160;
  int objects_min = 1;
  int objects_max = 4;
  int captions_per_image = 5;
  std::int64_t texts = 6000;
  int jpeg_quality = 90;
  std::vector<std::string> formats = {"coco", "visual_genome", "books"};
  std::string base_url = "http://127.0.0.1:8123";
};
template <class V>
void visit(V& v, MiniWorld& c) {
  v.field("images", c.images, between(1, 1e6), "pictures, all splits together");
  v.field("val_images", c.val_images, not_negative(), "of these, for validation");
  v.field("test_images", c.test_images, not_negative(),
          "of these, for the test; the rest is for training");
  v.field("image_size", c.image_size, between(48, 1024), "width and height in pixels");
  v.field("objects_min", c.objects_min, between(1, 4), "objects in a scene, at least");
  v.field("objects_max", c.objects_max, between(1, 4), "objects in a scene, at most");
  v.field("captions_per_image", c.captions_per_image, between(1, 8),
          "different captions of each picture");
  v.field("texts", c.texts, not_negative(), "sentences in the books, about");
  v.field("jpeg_quality", c.jpeg_quality, between(30, 100), "lower shows more artefacts");
  v.field("formats", c.formats, one_of(miniworld_formats()), "what to write the world as");
  v.field("base_url", c.base_url,
          "where the folder web/ will be served; the addresses of cc and sbu begin with it");
}

}  // namespace unimo::stages
