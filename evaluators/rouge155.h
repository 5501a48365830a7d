// ROUGE-1, ROUGE-2 and ROUGE-L as the Perl program ROUGE-1.5.5 prints them with
// "-c 95 -m -r 1000 -n 2 -a" on files that pyrouge wrote: the scores of CNN/DailyMail and Gigaword.
//
//   const auto exceptions = UNIMO_TRY(ExceptionLists::load(folder));
//   const auto scores = UNIMO_TRY(rouge155(items, {.exceptions = &exceptions}));
//   scores.corpus[0].f.mean;  // ROUGE-1, 0 to 1, five decimals
//
// An empty candidate scores 0 and counts, and so does an empty reference (UniLM's script leaves
// such documents out). ROUGE-L is of the summary's level, so that the breaks between sentences
// matter. With several references, recall is all hits by all reference words and precision all hits
// by as many times the candidate's words (the program's formula "A", its default; nothing is left
// out in turn).
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "evaluators/rouge_bootstrap.h"
#include "evaluators/rouge_stemmer.h"
#include "evaluators/rouge_words.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

constexpr std::size_t kRougeMeasures = 3;
enum RougeMeasure : std::size_t { kRouge1, kRouge2, kRougeL };

struct Rouge155Options {
  bool stem = true;                            // -m
  const ExceptionLists* exceptions = nullptr;  // nullptr: the stemmer alone
  DocumentOrder order = DocumentOrder::kPyrouge;
  int threads = 1;
};

// 0 to 1, five decimals.
struct RougeTriple {
  double recall = 0;
  double precision = 0;
  double f = 0;
};

struct RougeEstimate {
  Estimate recall, precision, f;
};

struct Rouge155 {
  std::array<RougeEstimate, kRougeMeasures> corpus;
  std::vector<std::array<RougeTriple, kRougeMeasures>> documents;  // in the order of the items
};

// An item without reference is kInvalid and named by its number. Neither the number of threads nor,
// but for the draws of the averages, the order of items changes a score.
Result<Rouge155> rouge155(std::span<const SummaryItem> items, const Rouge155Options& options);

// "rouge155|n:1-2,L|…": one line.
std::string rouge155_signature(std::span<const SummaryItem> items, const Rouge155Options& options);

}  // namespace unimo::eval
