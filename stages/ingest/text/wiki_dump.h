// Dumps of MediaWiki wikis (export-0.10.xsd and its kin), page by page.
//
//   UNIMO_TRY(visit_wiki_dump(source, {.site = ..., .page = [&](WikiPage& page) -> Status { ...
//   }}));
//
// One page is in memory at a time. A dump that is cut or not well-formed is kInvalid with the byte
// of the unpacked XML and the line. A document type declaration is refused: dumps have none, and
// its entities could blow up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

// The head of a dump.
struct WikiSite {
  std::string database;                   // "enwiki"
  std::map<int, std::string> namespaces;  // by number: 0 articles "", 6 files, 14 categories
};

struct WikiPage {
  std::string id;  // decimal
  std::string title;
  int space = 0;          // number of the namespace
  bool redirect = false;  // to another page
  std::string model;      // "wikitext"; empty in old dumps
  std::string text;       // of its last revision here
  int revisions = 0;
  bool too_large = false;   // more than max_page_bytes: text is empty
  std::int64_t offset = 0;  // of <page> in the unpacked XML
};

struct WikiDumpVisitor {
  std::function<Status(const WikiSite&)> site;  // before the first page
  std::function<Status(WikiPage&)> page;        // may take its content
  std::size_t max_page_bytes = 64 << 20;        // articles have 2 MiB at most
};

Status visit_wiki_dump(ByteSource& source, const WikiDumpVisitor& visitor);

// True when `head`, the first bytes of a file, begins such a dump.
bool is_wiki_dump(std::string_view head);

}  // namespace unimo::stages
