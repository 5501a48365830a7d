#include "stages/schema/tables.h"
#include "stages/schema/weights.h"

namespace unimo::stages {

namespace {

StageSchema import_weights() {
  auto schema = schema_for<ImportWeightsParams>(
      "import.weights", "published weights of a RoBERTa or UNIMO to a checkpoint");
  schema.program = StageProgram::kTensor;
  schema.numerics = true;  // new parts are drawn from a normal distribution
  schema.inputs = {{"raw", true, false, "a file or folder with weights"},
                   {"tokenizer", false, false, "vocabulary files, where raw has none"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return schema;
}

StageSchema export_weights() {
  auto schema = schema_for<ExportWeightsParams>("export.weights",
                                                "a checkpoint to the files of other programs");
  schema.inputs = {{"checkpoint", true, false, "what pretrain, finetune or import.weights made"}};
  schema.resources = {.cores = 2, .memory_mb = 4000};
  return schema;
}

}  // namespace

std::vector<StageSchema> weight_schemas() { return {import_weights(), export_weights()}; }

}  // namespace unimo::stages
