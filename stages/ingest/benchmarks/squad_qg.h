// Question generation from SQuAD 1.1: passage and answer give the question.
//
// Three forms. SQuAD's JSON: the parts passage (the whole context, unchanged, because offsets count
// it) and answer (the first one); extra: title, span (bytes of the passage), answers (all different
// ones where there are several). Du's line pairs: passage is the tokenised sentence that holds the
// answer, or, with the paragraph files, the paragraph, and the sentence is the part sentence; there
// is no answer. UniLM's line pairs: "paragraph [SEP] answer" in word pieces, which are joined at
// "##". extra.form says which one: json, sentence, paragraph or unilm.
//
// Reasons of the quarantine besides those of ExampleSink: bad_field (with its path), no_answer,
// unlisted_article (no doclist has its title), no_separator. An answer that does not stand at its
// offset keeps the example and loses its span (span_mismatch). SQuAD 2.0, told by is_impossible, is
// refused as a whole: it has other questions.
#pragma once

#include <map>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "stages/ingest/benchmarks/line_pairs.h"

namespace unimo::stages {

// Split of an article by its title, as the doclists have it.
using DocumentSplits = std::map<std::string, std::string, std::less<>>;

// Adds the titles of one list; kInvalid when a title is there already with another split.
Status read_doclist(const std::filesystem::path& path, const std::string& split,
                    DocumentSplits& splits);

// `splits`: null, when all of the file is file.input.split.
Status read_squad(const BenchmarkFile& file, const DocumentSplits* splits, ExampleSink& sink);

Status read_question_lines(const LineFiles& files, ExampleSink& sink);

// Word pieces to words: "un ##aff ##able" to "unaffable".
std::string join_word_pieces(std::string_view pieces);

}  // namespace unimo::stages
