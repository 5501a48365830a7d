// The common second half of the text corpora: documents as their readers find them, made clean, cut
// into sentences, freed of repetitions and written.
//
//   DocumentSink sink(context, cleaning, options, writer, quarantine);
//   UNIMO_TRY(sink.start());
//   UNIMO_TRY(sink.add({.id = "12", .title = "Anarchism", .place = ..., .text = ...}));
//   UNIMO_TRY(sink.finish());
//
// Documents are prepared by the job's cores and written in the order of add. At most 32 MiB of them
// wait. One thread calls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/ingest/text/document_spool.h"
#include "stages/ingest/text/near_duplicates.h"
#include "stages/ingest/text/ordered_workers.h"
#include "stages/ingest/text/wikitext.h"
#include "stages/schema/text_corpora.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

enum class TextForm {
  kParagraphs,  // a paragraph a line
  kSentences,   // a sentence a line, all of one paragraph
  kWikitext,
  kExtract,  // a paragraph a line, with what an extractor of wikitext leaves: empty parentheses
};

struct RawDocument {
  std::string id;
  std::string title;
  std::string place;  // for the quarantine: "books_large_p1.txt:1", "dump.xml.bz2 page 12"
  std::string text;
  TextForm form = TextForm::kParagraphs;
};

struct DocumentOptions {
  WikitextOptions wikitext;
  bool drop_furniture = false;
};

// Reasons of the quarantine: invalid_utf8 (the byte is told), and what readers add themselves.
// Notes: documents.empty, .short, .other_script, .duplicate, .near_duplicate (left out),
// .with_replacements (kept: U+FFFD was there before), .nfc (changed), paragraphs.furniture,
// sentences.ptb_quotes (lines whose `` and '' became ").
class DocumentSink {
 public:
  DocumentSink(StageContext& context, const TextCleaning& cleaning, DocumentOptions options,
               RecordsWriter& writer, Quarantine& quarantine);

  // Once, first: kInvalid when the settings contradict each other.
  Status start();
  // Between two documents: the names of a dump's namespaces become known when it is read.
  Status set_wikitext(const WikitextOptions& options);
  Status add(RawDocument document);
  // What a reader could not make a document of.
  void refuse(Quarantine::Entry entry);
  // max_documents are there: more would be left out.
  bool full() const;
  Status finish();

 private:
  struct Ready {
    DocumentRecord document;
    std::string place;
    std::string note;  // why it is left out
    std::string bad;   // what the quarantine says
    std::uint64_t hash = 0;
    std::vector<std::uint32_t> signature;
    std::vector<std::pair<std::string, std::int64_t>> notes;
    std::size_t raw_bytes = 0;
  };
  Ready prepare(const RawDocument& raw) const;
  void fill(Ready& ready, std::string_view text, TextForm form) const;
  void judge(Ready& ready) const;
  Status drain(std::size_t bytes);
  Status take(Ready ready);
  Status keep(const DocumentRecord& document);
  Status write_spooled();

  StageContext& context_;
  TextCleaning cleaning_;
  DocumentOptions options_;
  RecordsWriter& writer_;
  Quarantine& quarantine_;
  std::size_t waiting_bytes_ = 0;
  IdTable contents_;
  std::optional<NearDuplicates> near_;
  std::optional<DocumentSpool> spool_;
  std::unique_ptr<OrderedWorkers<RawDocument, Ready>> workers_;  // last: its threads use the rest
};

}  // namespace unimo::stages
