#include "stages/schema/rewrites.h"

#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> rewrites_schemas() {
  auto schema = schema_for<RewritesParams>(
      "rewrites", "captions with words and phrases replaced: hard negatives for pack");
  schema.inputs = {
      {"captions", true, true, "records with images and captions"},
      {"objects", false, false, "objects that may be put in: objects_vocab.txt of Visual Genome"},
      {"attributes", false, false, "likewise attributes_vocab.txt"},
      {"relations", false, false, "likewise relations_vocab.txt"},
      {"wordnet", false, false, "WordNet's folder: what means the same is not put in"}};
  schema.resources = {.cores = 2, .memory_mb = 4000};
  return {std::move(schema)};
}

}  // namespace unimo::stages
