#include "stages/schema/ingest.h"
#include "stages/schema/tables.h"

namespace unimo::stages {

namespace {

StageSchema ingest_text() {
  auto schema = schema_for<TextIngest>(
      "ingest.text", "plain text files to records, one sentence or paragraph each");
  schema.version = 2;  // 2: records of version 2
  schema.inputs = {{"texts", true, true, "files or folders of .txt"}};
  return schema;
}

}  // namespace

std::vector<StageSchema> text_corpora_schemas() { return {ingest_text()}; }

}  // namespace unimo::stages
