// Parameters of the text corpora (docs/formats.md: documents).
//
// ingest.bookwiki     inputs: texts (many: Wikipedia dumps, WikiExtractor's files, BookCorpus's
//                     files, plain books; folders and archives of them)
// ingest.openwebtext  inputs: texts (many: the tar of urlsf_subset*.xz, these files, text files;
//                     folders of them)
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// What becomes of documents, whatever they come from. Each one that goes is counted.
struct TextCleaning {
  bool nfc = true;
  std::int64_t min_words = 10;
  std::string script;
  double script_share = 0.8;
  bool exact_duplicates = true;
  bool near_duplicates = false;
  std::int64_t permutations = 128;
  std::int64_t bands = 16;
  double threshold = 0.8;
  double val_share = 0;
  std::int64_t max_documents = 0;
};
template <class V>
void visit(V& v, TextCleaning& c) {
  v.field("nfc", c.nfc, "bring the text into Unicode normal form C");
  v.field("min_words", c.min_words, at_least(1), "leave out shorter documents");
  v.field(
      "script", c.script,
      one_of({"",          "arabic",  "armenian", "bengali",  "cyrillic", "devanagari", "ethiopic",
              "georgian",  "greek",   "gujarati", "gurmukhi", "han",      "hangul",     "hebrew",
              "hiragana",  "kannada", "katakana", "khmer",    "lao",      "latin",      "malayalam",
              "mongolian", "myanmar", "sinhala",  "tamil",    "telugu",   "thai",       "tibetan"}),
      "the script to keep; empty: any");
  v.field("script_share", c.script_share, fraction(),
          "leave out documents with a smaller share of letters of that script");
  v.field("exact_duplicates", c.exact_duplicates,
          "leave out documents with the words of an earlier one");
  v.field("near_duplicates", c.near_duplicates,
          "leave out documents that nearly repeat an earlier one (MinHash of five words in a row); "
          "needs room on the disk for all documents once more");
  v.field("permutations", c.permutations, between(1, 1024),
          "hashes of a MinHash signature, a multiple of bands");
  v.field("bands", c.bands, between(1, 256),
          "groups of hashes; documents are compared when one group is equal");
  v.field("threshold", c.threshold, fraction(),
          "share of five-word shingles in common that makes a near duplicate");
  v.field("val_share", c.val_share, fraction(),
          "share of the documents that go to the split val, chosen by seed and id");
  v.field("max_documents", c.max_documents, not_negative(), "the first so many; 0: all");
}

struct BookWikiIngest {
  double max_bad_share = 0.01;
  std::string format = "detect";
  bool headings = false;
  bool lists = true;
  bool appendices = false;
  std::int64_t sentences_per_document = 1000;
  TextCleaning cleaning;
};
template <class V>
void visit(V& v, BookWikiIngest& c) {
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the documents is unusable");
  v.field("format", c.format, one_of({"detect", "dump", "extract", "sentences", "book"}),
          "what the files are: a MediaWiki dump, WikiExtractor's output, a sentence a line "
          "(BookCorpus), a plain book; detect: each file by its content");
  v.field("headings", c.headings, "keep the headings of a dump's articles as paragraphs");
  v.field("lists", c.lists, "keep the items of lists of a dump's articles as paragraphs");
  v.field("appendices", c.appendices,
          "keep the sections of sources and links at the end of a dump's articles");
  v.field("sentences_per_document", c.sentences_per_document, at_least(1),
          "lines of a document made from a file with a sentence a line, which has no other bounds");
  v.field("cleaning", c.cleaning, "what becomes of the documents");
}

struct OpenWebTextIngest {
  double max_bad_share = 0.01;
  bool drop_furniture = false;
  TextCleaning cleaning;
};
template <class V>
void visit(V& v, OpenWebTextIngest& c) {
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the documents is unusable");
  v.field("drop_furniture", c.drop_furniture,
          "leave out short paragraphs that belong to the page, not to its text: Share this, "
          "Advertisement, Read more");
  v.field("cleaning", c.cleaning, "what becomes of the documents");
}

}  // namespace unimo::stages
