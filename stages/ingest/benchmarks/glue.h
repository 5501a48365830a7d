// The four GLUE tasks as tables of columns: one reader for all their files.
//
//   GlueReader reader(glue_task("sst2"), sink);
//   UNIMO_TRY(reader.read(file));
//
// Ids are the file's index where it has one ("test.tsv#17"), else its line ("train.tsv:18"). Texts
// lose white space at their ends (SST-2's training sentences have a blank there, its test sentences
// have none); nothing else changes. Labels are class names in every file: sst2 negative, positive;
// cola unacceptable, acceptable; mnli entailment, neutral, contradiction.
//
// Reasons of the quarantine besides those of ExampleSink: wrong_columns, bad_label, missing_label,
// bad_score, bad_field (jsonl). The label "-" (annotators did not agree) leaves a row out and is
// counted as skipped.no_gold_label.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "stages/ingest/benchmarks/tsv_reader.h"

namespace unimo::stages {

// A part or an extra field and the columns that may hold it, the better one first.
struct GlueColumn {
  std::string name;
  std::vector<std::string> columns;
};

struct GlueTask {
  std::string name;
  TsvReader::Options tsv;
  std::vector<GlueColumn> parts;
  std::vector<std::string> label_columns;  // or of the score
  std::vector<std::string> labels;         // class names; none: the task has scores
  std::vector<std::string> digits;  // class names of 0, 1, 2, …; none: digits are no labels
  std::vector<std::string> index_columns;  // unique in a file
  std::vector<GlueColumn> extra;
};

GlueTask sst2_task();
GlueTask cola_task();
GlueTask stsb_task();
GlueTask mnli_task(const std::vector<std::string>& digits);

class GlueReader {
 public:
  GlueReader(GlueTask task, ExampleSink& sink) : task_(std::move(task)), sink_(sink) {}
  // One file, TSV, or JSON Lines when its first byte is a brace.
  Status read(const BenchmarkFile& file);

 private:
  Status read_tsv(const BenchmarkFile& file);
  Status read_jsonl(const BenchmarkFile& file);
  Status add_row(const BenchmarkFile& file, const TsvRow& row);
  Status add_json(const BenchmarkFile& file, const std::string& place, std::int64_t line,
                  const Json& item);
  // Sets label or score, checks them, and hands the example over.
  Status finish(const BenchmarkFile& file, const std::string& place, std::string_view label,
                ExampleRecord example);
  const GlueTask task_;
  ExampleSink& sink_;
};

}  // namespace unimo::stages
