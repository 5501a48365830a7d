#include "stages/schema/ingest.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema ingest_coco() {
  auto schema = schema_for<PictureIngest>(
      "ingest.coco", "COCO captions and boxes as published, with a Karpathy split, to records");
  schema.version = 2;  // 2: pictures in tar files
  schema.inputs = {
      {"captions", true, true, "captions_*.json"},
      {"images", true, true, "folders of pictures"},
      {"instances", false, true, "instances_*.json: boxes"},
      {"split", false, true, "dataset_coco.json, or lists named like karpathy_val_images.txt"}};
  return schema;
}

StageSchema ingest_flickr() {
  auto schema = schema_for<PictureIngest>("ingest.flickr",
                                          "Flickr8k or Flickr30k token files and lists to records");
  schema.version = 2;  // 2: pictures in tar files
  schema.inputs = {{"images", true, true, "folders of pictures"},
                   {"tokens", false, true, "Flickr8k.token.txt: name.jpg#0, a tab, the caption"},
                   {"train", false, false, "list of pictures"},
                   {"val", false, false, "list of pictures"},
                   {"test", false, false, "list of pictures"},
                   {"split", false, false, "dataset_flickr30k.json instead of the lists"}};
  return schema;
}

StageSchema ingest_visual_genome() {
  auto schema = schema_for<GenomeIngest>(
      "ingest.visual_genome", "Visual Genome's objects, attributes and region phrases to records");
  schema.version = 2;  // 2: pictures in tar files
  schema.inputs = {{"image_data", true, false, "image_data.json"},
                   {"images", true, true, "folders of pictures"},
                   {"objects", false, false, "objects.json: boxes"},
                   {"attributes", false, false, "attributes.json: boxes with attributes"},
                   {"regions", false, false, "region_descriptions.json: phrases, each a caption"},
                   {"split", false, true, "lists named train.txt, val.txt, test.txt"},
                   {"exclude", false, true,
                    "COCO pictures that other tasks test on: dataset_coco.json or lists"}};
  return schema;
}

}  // namespace

std::vector<StageSchema> image_corpora_schemas() {
  return {ingest_coco(), ingest_flickr(), ingest_visual_genome()};
}

}  // namespace unimo::stages
