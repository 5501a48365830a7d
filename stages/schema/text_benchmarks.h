// Parameters of the ingest stages of the eight text benchmarks, and of UNIMO's own released files
// (docs/formats.md says which parts the examples of each task have).
//
// Inputs, each of many files; a file whose name tells another split than its input is refused:
// ingest.sst2, ingest.cola  train, dev, test: GLUE's TSV; for CoLA also in_domain_dev.tsv and
//                out_of_domain_dev.tsv together as dev
// ingest.stsb    the same: GLUE's TSV, or the original sts-train.csv (7 or 9 columns)
// ingest.mnli    train, dev_matched, dev_mismatched, test_matched, test_mismatched, diagnostic:
//                GLUE's TSV, MultiNLI's own .txt or .jsonl, or label, premise, hypothesis alone
// ingest.coqa    train, dev, test: coqa-train-v1.0.json
// ingest.squad_qg  json (train-v1.1.json, dev-v1.1.json) with doclist_train, doclist_dev,
//                doclist_test; or train, dev, test: SQuAD JSON of one split; or line pairs
//                {train,dev,test}_source, _target and perhaps _paragraph (src-, tgt-, para-*.txt,
//                or UniLM's *.pa.tok.txt and *.q.tok.txt)
// ingest.cnndm   stories (folders or archives of .story) with train_urls, dev_urls, test_urls; or
//                line pairs as above; or train, dev, test: BertSum's JSON
// ingest.gigaword  line pairs as above
// ingest.unimo   train, dev, test (for mnli as ingest.mnli): TSV; bpe: the tokenizer's folder; ids:
//                an .ids.tsv for each of them, in the same order
// export.unimo   examples: records; bpe
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// What all of them share.
struct TextBenchmarkIngest {
  double max_bad_share = 0.01;
  std::int64_t max_examples = 0;
  bool complete = false;
};
template <class V>
void visit(V& v, TextBenchmarkIngest& c) {
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the examples cannot be used");
  v.field("max_examples", c.max_examples, not_negative(),
          "the first so many examples of each split (10000: Gigaword's low-resource setting); 0: "
          "all");
  v.field("complete", c.complete,
          "the files are the whole publication: set the counts against the official ones");
}

// ingest.mnli.
struct MnliIngest : TextBenchmarkIngest {
  std::vector<std::string> digits;
};
template <class V>
void visit(V& v, MnliIngest& c) {
  visit(v, static_cast<TextBenchmarkIngest&>(c));
  v.field("digits", c.digits, one_of({"entailment", "neutral", "contradiction"}),
          "what the labels 0, 1, 2 of a file mean, because tools disagree; empty: digits are bad "
          "labels");
}

// ingest.squad_qg.
struct SquadQgIngest : TextBenchmarkIngest {
  bool reversed_split = false;
};
template <class V>
void visit(V& v, SquadQgIngest& c) {
  visit(v, static_cast<TextBenchmarkIngest&>(c));
  v.field("reversed_split", c.reversed_split,
          "dev becomes test and test becomes val, as Zhao et al. 2018 have it; never compare the "
          "two settings");
}

inline std::vector<std::string> unimo_tasks() {
  return {"sst2", "mnli", "cola", "stsb", "coqa", "squad_qg", "cnndm", "gigaword"};
}

// ingest.unimo.
struct UnimoIngest : TextBenchmarkIngest {
  std::string task = "sst2";
  bool test_labels = false;
};
template <class V>
void visit(V& v, UnimoIngest& c) {
  visit(v, static_cast<TextBenchmarkIngest&>(c));
  v.field("task", c.task, one_of(unimo_tasks()), "whose files these are");
  v.field("test_labels", c.test_labels,
          "labels of test files are real; else they only fill the column, as they must");
}

// export.unimo.
struct UnimoExport {
  std::string task = "sst2";
};
template <class V>
void visit(V& v, UnimoExport& c) {
  v.field("task", c.task, one_of(unimo_tasks()), "whose examples these are");
}

}  // namespace unimo::stages
