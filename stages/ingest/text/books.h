// Books: a sentence a line as BookCorpus has them, and plain books with their lines wrapped.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/text/wiki_extract.h"

namespace unimo::stages {

// True when the lines of `head` are lower-case and end as tokenised sentences do.
bool is_sentence_lines(std::string_view head);

// Documents of `lines_per_document` lines, "books_large_p1.txt:1001"; empty lines end one too.
Status visit_sentence_lines(std::unique_ptr<ByteSource> source, std::string_view file,
                            std::int64_t lines_per_document, const DocumentVisitor& visitor);

// A document a chapter, "austen-emma.txt:12", its title the headings that stand before it
// ("VOLUME I, CHAPTER I"); a book without headings is one document. Lines up to an empty one are
// joined to a paragraph, also over a dash or hyphen at their end; underscores and equals signs of
// emphasis go; so do illustrations, THE END, and what Project Gutenberg writes before and after the
// book. Chapters of more than 8 MiB are cut between paragraphs.
Status visit_book(std::unique_ptr<ByteSource> source, std::string_view file,
                  bool has_gutenberg_start, const DocumentVisitor& visitor);

// The line after which a book of Project Gutenberg begins.
bool is_gutenberg_start(std::string_view line);

// A paragraph as it stands in the file to running text.
bool is_chapter_heading(std::string_view paragraph);
void remove_emphasis(std::string& text);

}  // namespace unimo::stages
