// UNIMO's tab-separated files for the eight text tasks: which columns a task has, and examples to
// rows and back.
//
// Classification (sst2, cola, mnli, stsb), plain text: qid, text_a, text_b for pairs, label. Labels
// are numbers: sst2 0 negative, 1 positive; cola 0 unacceptable, 1 acceptable; mnli 0
// contradiction, 1 neutral, 2 entailment (the order of ERNIE's conversion scripts, whose readers
// UNIMO has; its own scripts are not published); test files need the column too and have -1 in it.
// qid counts the rows from 0. Generation, decimal BPE (unimo_format.h): src and tgt, before them
// knowledge for coqa. Sources: coqa the turns with [SEP] between them, the last one the question,
// and the story as knowledge; squad_qg passage [SEP] answer, or the passage alone; cnndm the
// article; gigaword the sentence. Targets: the first target of the example; for cnndm its lines
// with " [X_SEP] " between them.
//
// What a row has no place for is not there when it comes back: other targets, spans, extra fields.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/tsv_reader.h"
#include "stages/ingest/benchmarks/unimo_format.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

class UnimoTask {
 public:
  // `name` is one of unimo_tasks(). `cells` is needed by generation tasks, else null; it must
  // outlive this.
  UnimoTask(std::string name, UnimoCell* cells);

  static bool is_generation(std::string_view name);
  const std::vector<std::string>& columns() const { return columns_; }

  // One row without a line feed. kInvalid: an example without the parts of this task. Tabs and line
  // feeds inside plain text become blanks; `blanked` counts such texts.
  Result<std::string> format(const ExampleRecord& example, std::int64_t row, std::int64_t& blanked);

  // Parts, label or score, history and target of a row; id and split are the caller's. kInvalid
  // says what is wrong with the row. `labels`: the label is real.
  Result<ExampleRecord> parse(const TsvRow& row, bool labels) const;

 private:
  Result<std::string> format_label(const ExampleRecord& example) const;
  Status parse_label(std::string_view label, ExampleRecord& example) const;
  Status parse_source(std::vector<std::string> pieces, ExampleRecord& example) const;
  Result<std::string> one_piece(const TsvRow& row, const char* column) const;
  std::string name_;
  UnimoCell* cells_;
  std::vector<std::string> columns_;
  std::vector<std::string> parts_;   // of text_a, text_b
  std::vector<std::string> labels_;  // by number
};

}  // namespace unimo::stages
