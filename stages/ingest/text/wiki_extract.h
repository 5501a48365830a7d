// What WikiExtractor makes of a dump: <doc id= url= title=> ... </doc>, or a JSON object a line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/text/document_sink.h"

namespace unimo::stages {

// Takes documents, and what was none.
struct DocumentVisitor {
  std::function<Status(RawDocument)> add;
  std::function<void(Quarantine::Entry)> refuse;
};

// `file` stands in ids and places ("AA/wiki_00:1"); the id of a document is that of its article.
// Lines may end with a carriage return. Reasons of the quarantine: cut_document (no </doc>),
// no_article (a line outside of <doc>, told once for several in a row), malformed_json.
Status visit_wiki_extract(std::unique_ptr<ByteSource> source, std::string_view file,
                          const DocumentVisitor& visitor);

bool is_wiki_extract(std::string_view head);

}  // namespace unimo::stages
