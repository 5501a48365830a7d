#include "stages/schema/schemas.h"

#include <algorithm>

#include "stages/schema/baseline.h"
#include "stages/schema/command.h"
#include "stages/schema/finetune.h"
#include "stages/schema/miniworld.h"
#include "stages/schema/pack.h"
#include "stages/schema/predict.h"
#include "stages/schema/pretrain.h"
#include "stages/schema/regions.h"
#include "stages/schema/report.h"
#include "stages/schema/score.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema miniworld() {
  auto schema = schema_for<MiniWorld>(
      "miniworld",
      "drawn scenes with captions, boxes, scene graphs and texts, in the official formats");
  schema.version = 3;  // 2: keys and elements held to the real samples; 3: parallel text in "all"
  schema.resources = {.cores = 1, .memory_mb = 2000};
  return schema;
}

StageSchema regions_windows() {
  auto schema = schema_for<RegionsWindowsParams>(
      "regions.windows", "windows and annotated boxes, described without a pre-trained network");
  schema.program = StageProgram::kTensor;
  schema.version = 3;  // 3: confidences in preview.jsonl
  schema.numerics = true;
  schema.inputs = {{"records", true, false, "pictures with captions"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

StageSchema regions_detect() {
  auto schema = schema_for<RegionsDetectParams>(
      "regions.detect", "regions of pictures with features, by a trained Faster R-CNN");
  schema.program = StageProgram::kTensor;
  schema.version = 2;  // 2: confidences and more regions in preview.jsonl
  schema.numerics = true;
  schema.inputs = {
      {"records", true, false, "pictures"},
      {"weights", true, false, "the detector: a folder or file of detectron2, MILVLG or Caffe"},
      {"vocabulary", false, false,
       "a folder with objects_vocab.txt and attributes_vocab.txt: names by line; without it those "
       "beside the weights"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

StageSchema baseline_cca() {
  auto schema = schema_for<BaselineCcaParams>(
      "baseline.cca", "retrieval by canonical correlation: what a linear method reaches");
  schema.program = StageProgram::kTensor;
  schema.numerics = true;
  schema.inputs = {{"regions", true, false, "described pictures"},
                   {"records", true, false, "their captions"}};
  schema.resources = {.cores = 2, .memory_mb = 4000};
  return schema;
}

StageSchema pack() {
  auto schema = schema_for<PackParams>(
      "pack", "records and regions to what training reads: tokens, regions, negatives");
  schema.version = 3;  // 2: pack.json version 2: sentences.shard, lists of contrasts; 3: new_words
  schema.inputs = {
      {"pairs", false, true, "records with images and captions"},
      {"regions", false, true, "described pictures that together cover the images"},
      {"texts", false, true, "records with texts or documents"},
      {"contrasts", false, true, "rewritten captions, related images and sentences"},
      {"bpe", false, false, "encoder.json, vocab.bpe and vocab.txt, for tokenizer.kind bpe"},
      {"exclude", false, true, "text files with one image id a line, to leave out"},
      {"exclude_texts", false, true, "exclude_texts.txt of decontaminate: texts to leave out"}};
  schema.resources = {.cores = 1, .memory_mb = 4000};
  return schema;
}

// What trains or predicts takes the machine's cores as they are; only one such task fits at a time.
StageSchema trained(StageSchema schema) {
  schema.version = 2;  // 2: other matrix products, so other last bits
  schema.program = StageProgram::kTensor;
  schema.numerics = true;
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

StageSchema pretrain() {
  auto schema = trained(schema_for<PretrainParams>(
      "pretrain", "one model for text, images and pairs, by UNIMO's objectives"));
  // 2: X^I and X^T in the contrastive loss, coin for text, match.temperature; 3: texts shared out
  // by their lengths; 4: rows in larger blocks, so other last bits
  schema.version = 4;
  schema.inputs = {{"data", true, false, "a pack"},
                   {"init", false, false, "a checkpoint to go on from"}};
  return schema;
}

StageSchema finetune() {
  auto schema = trained(schema_for<FinetuneParams>("finetune", "a model for one task"));
  // 2: object tags, model.json version 2; 3: rows in larger blocks, so other last bits
  schema.version = 3;
  schema.inputs = {
      {"data", true, false, "a pack"},
      {"checkpoint", false, false, "a checkpoint to begin from"},
      {"examples", false, true, "records with the examples of sst2, cola, mnli, stsb"}};
  return schema;
}

StageSchema predict() {
  auto schema = trained(schema_for<PredictParams>("predict", "a model's answers for one split"));
  schema.version =
      2;  // 2: object tags, model.json version 2, UNIMO's own rules about special tokens
  schema.inputs = {
      {"data", true, false, "a pack"},
      {"checkpoint", true, true,
       "a fine-tuned model; several for retrieval: their scores are added"},
      {"captioner", false, false, "a captioning model that re-ranks retrieval"},
      {"examples", false, true, "records with the examples of sst2, cola, mnli, stsb"}};
  return schema;
}

StageSchema score() {
  auto schema = schema_for<ScoreParams>("score", "predictions to the official numbers");
  schema.version = 4;  // 4: the caption parser of SPICE reads inverted clauses
  schema.inputs = {
      {"predictions", true, false, "what predict or a baseline wrote"},
      {"references", true, false, "records with captions or examples"},
      {"rouge_lists", false, false, "cnndm, gigaword: WordNet 2.0's exception lists"},
      {"meteor", false, false, "squad_qg, coco_caption: METEOR's word lists"},
      {"paraphrases", false, false, "METEOR's paraphrase table"},
      {"wordnet", false, false, "coco_caption: WordNet's data files, for SPICE's synonyms"}};
  return schema;
}

StageSchema report() {
  auto schema = schema_for<ReportParams>(
      "report", "scores beside the published ones, as Markdown, page and JSON");
  schema.version = 2;  // 2: counts of data
  schema.inputs = {{"scores", false, true, "what score wrote"},
                   {"records", false, true, "what ingest wrote: counts beside the official ones"},
                   {"decontamination", false, true, "what decontaminate wrote"}};
  return schema;
}

StageSchema command() {
  auto schema = schema_for<CommandParams>("command", "any program");
  schema.any_inputs = true;
  return schema;
}

std::vector<StageSchema> all_schemas() {
  std::vector<StageSchema> all = {miniworld()};
  for (auto* some : {image_corpora_schemas, text_corpora_schemas, image_benchmark_schemas,
                     text_benchmark_schemas, fetch_schemas, decontamination_schemas,
                     rewrites_schemas, retrieve_schemas, weight_schemas, region_file_schemas,
                     translation_schemas, detector_schemas}) {
    for (StageSchema& schema : some()) all.push_back(std::move(schema));
  }
  for (StageSchema& schema :
       std::vector{regions_windows(), regions_detect(), baseline_cca(), pack(), pretrain(),
                   finetune(), predict(), score(), report(), command()})
    all.push_back(std::move(schema));
  return all;
}

const std::vector<StageSchema>& table() {
  static const std::vector<StageSchema> schemas = all_schemas();
  return schemas;
}

}  // namespace

const StageSchema* find_schema(std::string_view kind) {
  const auto found = std::find_if(table().begin(), table().end(),
                                  [&](const StageSchema& schema) { return schema.kind == kind; });
  return found == table().end() ? nullptr : &*found;
}

std::vector<std::string> schema_kinds() {
  std::vector<std::string> kinds;
  for (const StageSchema& schema : table()) kinds.push_back(schema.kind);
  return kinds;
}

}  // namespace unimo::stages
