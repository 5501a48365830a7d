// CNN/DailyMail: an article and its highlights.
//
// Examples have the part article (a paragraph or sentence a line) and one target: the highlights, a
// line each. Three forms: `.story` files (named by the SHA-1 of their addresses, which the URL
// lists give to splits), lines of a source and a target file, BertSum's JSON (lists of tokens).
// Sentences of one-line summaries are told by what the releases put between them: UniLM's <S_SEP>,
// [X_SEP], <q>, <t> … </t>, or three blanks; a line without any stays one line, counted as
// targets.one_line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "stages/ingest/benchmarks/line_pairs.h"

namespace unimo::stages {

struct Story {
  std::string article;     // paragraphs, one a line
  std::string highlights;  // one a line
};

// The text of a .story file: paragraphs, then blocks of "@highlight" and a sentence.
Story parse_story(std::string_view text);

// Sentences of one line, one a line; whether a mark stood between or around them.
std::pair<std::string, bool> sentence_lines(std::string_view line);

// Where stories lie and which split each address belongs to: ("all_train.txt", "train").
struct StorySources {
  std::vector<std::filesystem::path> stories;  // folders, archives or single files
  std::vector<std::pair<std::filesystem::path, std::string>> urls;
  std::filesystem::path scratch;  // a folder for what does not fit into memory
};

// In the order of the lists; the id is the SHA-1, extra.url the address. Notes: urls.without_story,
// stories.unlisted. Reasons: duplicate_id, no_highlights besides those of ExampleSink. kInvalid: an
// address in two splits.
Status read_stories(const StorySources& sources, ExampleSink& sink);

Status read_summary_lines(const LineFiles& files, ExampleSink& sink);

// Reasons: bad_field, with its path.
Status read_bertsum(const BenchmarkFile& file, ExampleSink& sink);

}  // namespace unimo::stages
