#include "stages/schema/ingest.h"
#include "stages/schema/tables.h"
#include "stages/schema/text_corpora.h"

namespace unimo::stages {

namespace {

StageSchema ingest_text() {
  auto schema = schema_for<TextIngest>(
      "ingest.text", "plain text files to records, one sentence or paragraph each");
  schema.version = 2;  // 2: records of version 2
  schema.inputs = {{"texts", true, true, "files or folders of .txt"}};
  return schema;
}

StageSchema ingest_bookwiki() {
  auto schema = schema_for<BookWikiIngest>(
      "ingest.bookwiki",
      "Wikipedia (dumps, WikiExtractor's files) and books (BookCorpus, plain text) to documents");
  schema.inputs = {{"texts", true, true,
                    "dumps, extracts and books, packed or not; folders and archives of them"}};
  schema.resources.cores = 2;
  return schema;
}

StageSchema ingest_openwebtext() {
  auto schema =
      schema_for<OpenWebTextIngest>("ingest.openwebtext", "OpenWebText's archives to documents");
  schema.inputs = {{"texts", true, true,
                    "the tar of urlsf_subset*.xz, these files, text files; folders of them"}};
  schema.resources.cores = 2;
  return schema;
}

}  // namespace

std::vector<StageSchema> text_corpora_schemas() {
  return {ingest_text(), ingest_bookwiki(), ingest_openwebtext()};
}

}  // namespace unimo::stages
