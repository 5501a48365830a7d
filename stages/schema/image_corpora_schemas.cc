#include "stages/schema/image_corpora.h"
#include "stages/schema/ingest.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema ingest_coco() {
  auto schema = schema_for<PictureIngest>(
      "ingest.coco", "COCO captions and boxes as published, with a Karpathy split, to records");
  // 2: pictures in tar files; 3: image_info; 4: values, and boxes of bad pictures, in the
  // quarantine
  schema.version = 4;
  schema.inputs = {
      {"captions", false, true, "captions_*.json"},
      {"image_info", false, true, "image_info_*.json: pictures without captions"},
      {"images", true, true, "folders of pictures"},
      {"instances", false, true, "instances_*.json: boxes"},
      {"split", false, true, "dataset_coco.json, or lists named like karpathy_val_images.txt"}};
  return schema;
}

StageSchema ingest_flickr() {
  auto schema = schema_for<PictureIngest>("ingest.flickr",
                                          "Flickr8k or Flickr30k token files and lists to records");
  // 2: pictures in tar files; 3: lines without their tab; 4: names in the quarantine
  schema.version = 4;
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
  // 2: pictures in tar files; 3: phrases with boxes, scene graphs, questions; 4: relations once,
  // files by name alone, broken entries in the quarantine
  schema.version = 4;
  schema.inputs = {
      {"image_data", true, false, "image_data.json"},
      {"images", true, true, "folders of pictures"},
      {"objects", false, false, "objects.json: boxes"},
      {"attributes", false, false, "attributes.json: boxes with attributes"},
      {"regions", false, false, "region_descriptions.json: phrases, each a caption with its box"},
      {"relationships", false, false, "relationships.json: scene graphs"},
      {"scene_graphs", false, false, "scene_graphs.json: the same in one file"},
      {"questions", false, false, "question_answers.json: examples of vg_qa"},
      {"split", false, true, "lists named train.txt, val.txt, test.txt"},
      {"exclude", false, true,
       "COCO pictures that other tasks test on: dataset_coco.json or lists"}};
  return schema;
}

StageSchema ingest_conceptual_captions() {
  auto schema = schema_for<PairIngest>("ingest.conceptual_captions",
                                       "Conceptual Captions' lists and what was fetched for them, "
                                       "to records");
  schema.inputs = {{"pairs", true, true, "Train_GCC-training.tsv: caption, tab, address"},
                   {"images", true, true,
                    "artifacts of fetch.images, or folders of pictures named by row; one a list"}};
  return schema;
}

StageSchema ingest_sbu() {
  auto schema = schema_for<PairIngest>(
      "ingest.sbu", "SBU Captions' list and what was fetched for it, to records");
  schema.inputs = {
      {"images", true, false, "artifact of fetch.images, or a folder of pictures named by row"},
      {"pairs", false, false, "sbu-captions-all.json"},
      {"urls", false, false, "SBU_captioned_photo_dataset_urls.txt"},
      {"captions", false, false, "SBU_captioned_photo_dataset_captions.txt"}};
  return schema;
}

StageSchema ingest_openimages() {
  auto schema = schema_for<OpenImagesIngest>("ingest.openimages",
                                             "OpenImages' pictures, boxes and labels to records");
  schema.version = 2;  // 2: labels of missing pictures in the quarantine
  schema.inputs = {{"images", true, true, "folders of pictures named by their id"},
                   {"image_list", false, true, "*-images-with-rotation.csv"},
                   {"ids", false, true, "only these pictures: one id a line, or image_ids.csv"},
                   {"boxes", false, true, "*-annotations-bbox.csv"},
                   {"labels", false, true, "*-imagelabels.csv: classes of whole pictures"},
                   {"classes", false, true, "class-descriptions.csv: names of the classes"},
                   {"hierarchy", false, false, "bbox_labels_hierarchy.json"}};
  return schema;
}

}  // namespace

std::vector<StageSchema> image_corpora_schemas() {
  return {ingest_coco(), ingest_flickr(),    ingest_visual_genome(), ingest_conceptual_captions(),
          ingest_sbu(),  ingest_openimages()};
}

}  // namespace unimo::stages
