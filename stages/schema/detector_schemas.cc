#include "stages/schema/detector.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema detector() {
  auto schema = schema_for<DetectorParams>(
      "detector", "a Faster R-CNN that finds regions, learned from annotated pictures");
  schema.program = StageProgram::kTensor;
  schema.numerics = true;
  schema.inputs = {
      {"records", true, true, "pictures with boxes"},
      {"vocabulary", false, false,
       "a folder with objects_vocab.txt and perhaps attributes_vocab.txt: names by line"},
      {"init", false, false, "weights to begin from: of a detector, or of a ResNet in its names"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

StageSchema detector_predict() {
  auto schema = schema_for<DetectorPredictParams>("detector.predict",
                                                  "objects that a detector finds in pictures");
  schema.program = StageProgram::kTensor;
  schema.numerics = true;
  schema.inputs = {{"records", true, false, "pictures"},
                   {"weights", true, false, "the detector"},
                   {"vocabulary", false, false,
                    "a folder with objects_vocab.txt; without it that beside the weights"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

}  // namespace

std::vector<StageSchema> detector_schemas() { return {detector(), detector_predict()}; }

}  // namespace unimo::stages
