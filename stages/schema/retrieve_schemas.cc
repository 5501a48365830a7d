#include "stages/schema/retrieve.h"

#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> retrieve_schemas() {
  auto schema = schema_for<RetrieveParams>(
      "retrieve", "images and sentences related to captions, for cross-modal contrast");
  schema.inputs = {
      {"captions", true, true, "records with images and captions"},
      {"regions", false, true, "described pictures: the image collection"},
      {"texts", false, true, "records with texts or documents: the text corpora"},
      {"exclude", false, true, "text files with one image id a line, to leave out"},
      {"exclude_texts", false, true, "exclude_texts.txt of decontaminate: texts to leave out"}};
  schema.resources = {.cores = 2, .memory_mb = 6000};
  return {std::move(schema)};
}

}  // namespace unimo::stages
