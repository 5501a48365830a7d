#include "stages/schema/image_benchmarks.h"
#include "stages/schema/ingest.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

// Where the pictures of examples are: here, or in artifacts that others made.
void add_picture_inputs(StageSchema& schema) {
  schema.inputs.push_back({"images", false, true, "folders of pictures"});
  schema.inputs.push_back(
      {"records", false, true, "artifacts that have the pictures already; examples refer to them"});
}

StageSchema ingest_vqa() {
  auto schema = schema_for<VqaIngest>(
      "ingest.vqa", "VQA v2's questions, answers and soft targets to records of examples");
  schema.inputs = {
      {"questions", true, true, "v2_OpenEnded_mscoco_*_questions.json"},
      {"annotations", false, true, "v2_mscoco_*_annotations.json: ten answers each"},
      {"pairs", false, true, "v2_mscoco_*_complementary_pairs.json"},
      {"answers", false, false, "trainval_label2ans.json: the classes, instead of counting them"}};
  add_picture_inputs(schema);
  return schema;
}

StageSchema ingest_coco_caption() {
  auto schema = schema_for<PictureIngest>("ingest.coco_caption",
                                          "COCO's captions in Karpathy's splits to records");
  schema.inputs = {
      {"split", true, true, "dataset_coco.json, or lists named like karpathy_val_images.txt"},
      {"images", true, true, "folders of pictures"},
      {"captions", false, true,
       "captions_*2014.json; without them the sentences of dataset_coco.json"}};
  return schema;
}

StageSchema ingest_snli_ve() {
  auto schema = schema_for<SnliVeIngest>(
      "ingest.snli_ve", "SNLI-VE, as published or made from SNLI, to records of examples");
  schema.inputs = {{"rows", false, true, "snli_ve_*.jsonl"},
                   {"snli", false, true, "snli_1.0_*.jsonl, all three, instead of rows"},
                   {"train_val", false, false, "flickr30k_train_val.lst, with snli"},
                   {"test", false, false, "flickr30k_test.lst, with snli"}};
  add_picture_inputs(schema);
  return schema;
}

StageSchema ingest_flickr30k() {
  auto schema = schema_for<PictureIngest>(
      "ingest.flickr30k", "Flickr30k's captions, splits, phrases and boxes to records");
  schema.inputs = {
      {"images", true, true, "folders of pictures"},
      {"tokens", false, true, "results_20130124.token: name.jpg#0, a tab, the caption"},
      {"split", false, true,
       "dataset_flickr30k.json: splits, and captions when there are no tokens"},
      {"train", false, false, "list of pictures"},
      {"val", false, false, "list of pictures"},
      {"test", false, false, "list of pictures"},
      {"entities", false, true,
       "Flickr30k Entities: folders or archives of Sentences and Annotations"}};
  return schema;
}

}  // namespace

std::vector<StageSchema> image_benchmark_schemas() {
  return {ingest_vqa(), ingest_coco_caption(), ingest_snli_ve(), ingest_flickr30k()};
}

}  // namespace unimo::stages
