#include "stages/schema/region_files.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema regions_import() {
  auto schema = schema_for<RegionsImportParams>(
      "regions.import", "published region features, in the files of others, to what pack reads");
  schema.version = 2;  // 2: confidences and more regions in preview.jsonl
  schema.inputs = {
      {"files", true, true, "TSV files, LMDB folders, npz files, or folders of them; one format"},
      {"records", false, true, "records whose pictures these are: ids and splits come from there"},
      {"classes", false, false,
       "objects_vocab.txt: a class a line, synonyms between commas; needed where the files number "
       "classes and top_k is not 0"},
      {"attributes", false, false, "attributes_vocab.txt, for the preview"}};
  schema.resources = {.cores = 2, .memory_mb = 2000};
  return schema;
}

StageSchema regions_export() {
  auto schema = schema_for<RegionsExportParams>(
      "regions.export", "described pictures to the feature files of other programs");
  schema.inputs = {{"regions", true, true, "described pictures"}};
  schema.resources = {.cores = 1, .memory_mb = 1000};
  return schema;
}

}  // namespace

std::vector<StageSchema> region_file_schemas() { return {regions_import(), regions_export()}; }

}  // namespace unimo::stages
