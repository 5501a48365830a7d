#include "stages/schema/schemas.h"

#include <algorithm>

#include "stages/schema/baseline.h"
#include "stages/schema/command.h"
#include "stages/schema/ingest.h"
#include "stages/schema/regions.h"

namespace unimo::stages {

namespace {

StageSchema ingest_coco() {
  auto schema = schema_for<PictureIngest>(
      "ingest.coco", "COCO captions and boxes as published, with a Karpathy split, to records");
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
  schema.inputs = {{"images", true, true, "folders of pictures"},
                   {"tokens", false, true, "Flickr8k.token.txt: name.jpg#0, a tab, the caption"},
                   {"train", false, false, "list of pictures"},
                   {"val", false, false, "list of pictures"},
                   {"test", false, false, "list of pictures"},
                   {"split", false, false, "dataset_flickr30k.json instead of the lists"}};
  return schema;
}

StageSchema ingest_text() {
  auto schema = schema_for<TextIngest>(
      "ingest.text", "plain text files to records, one sentence or paragraph each");
  schema.inputs = {{"texts", true, true, "files or folders of .txt"}};
  return schema;
}

StageSchema regions_windows() {
  auto schema = schema_for<RegionsWindowsParams>(
      "regions.windows", "windows and annotated boxes, described without a pre-trained network");
  schema.program = StageProgram::kTensor;
  schema.numerics = true;
  schema.inputs = {{"records", true, false, "pictures with captions"}};
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

StageSchema command() {
  auto schema = schema_for<CommandParams>("command", "any program");
  schema.any_inputs = true;
  return schema;
}

const std::vector<StageSchema>& table() {
  static const std::vector<StageSchema> schemas = {
      ingest_coco(), ingest_flickr(), ingest_text(), regions_windows(), baseline_cca(), command()};
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
