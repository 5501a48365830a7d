// ROUGE as the Python package rouge_score 0.1.2 computes it: rouge1, rouge2, rougeL and rougeLsum.
// Not the numbers of ROUGE-1.5.5 (rouge155.h): no exception list, another stemmer, no rounding, a
// plain mean.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "evaluators/rouge_words.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

enum RougeScoreType : std::size_t { kGoogleRouge1, kGoogleRouge2, kGoogleRougeL, kGoogleRougeLsum };
constexpr std::size_t kRougeScoreTypes = 4;

// 0 to 1.
struct RougeScoreValue {
  double precision = 0;
  double recall = 0;
  double fmeasure = 0;
};
using RougeScoreValues = std::array<RougeScoreValue, kRougeScoreTypes>;

struct RougeScoreOptions {
  bool use_stemmer = false;
  int threads = 1;
};

struct RougeScore {
  RougeScoreValues corpus;                  // means
  std::vector<RougeScoreValues> documents;  // in the order of the items
};

// Sentences matter to rougeLsum alone. Of several references each type takes the one of the best F,
// the first of equals (the package's score_multi). An item without reference is kInvalid and named
// by its number.
Result<RougeScore> rouge_score(std::span<const SummaryItem> items,
                               const RougeScoreOptions& options);

// "rouge_score|…|version:1": one line.
std::string rouge_score_signature(std::span<const SummaryItem> items,
                                  const RougeScoreOptions& options);

}  // namespace unimo::eval
