#include "stages/schema/decontaminate.h"

#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> decontamination_schemas() {
  auto schema = schema_for<DecontaminateParams>(
      "decontaminate", "what pre-training must leave out because benchmarks test on it");
  schema.inputs = {
      {"pairs", false, true, "records with the pictures of pre-training"},
      {"texts", false, true, "records with the texts or documents of pre-training"},
      {"benchmarks", false, true, "records whose val and test parts are held out"},
      {"ids", false, true,
       "held-out pictures as lists, one id or file name a line: karpathy_test_images.txt"}};
  schema.resources = {.cores = 2, .memory_mb = 1500};
  return {std::move(schema)};
}

}  // namespace unimo::stages
