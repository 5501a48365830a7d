// Generated texts against one reference each: summaries and headlines (ROUGE-1.5.5), and questions
// (BLEU, METEOR and ROUGE-L of the toolkit that question generation uses).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/schema/score.h"
#include "stages/score/resources.h"
#include "stages/score/scored.h"

namespace unimo::stages {

struct TextScoring {
  ScoreRules rules;
  ScoreResources resources;
  int threads = 1;
};

// Line i of one belongs to line i of the other. `benchmark` is cnndm or gigaword. rouge1, rouge2
// and rouge_l: a hundred times the F of ROUGE's average; rouge1_recall, rouge1_precision, …; and
// the ends of their 95 % intervals, rouge1_low and rouge1_high.
Result<Scored> score_summaries(std::string_view benchmark,
                               const std::vector<std::string>& predicted,
                               const std::vector<std::string>& references,
                               const TextScoring& options);

// bleu1 … bleu4, rouge_l and meteor, a hundred times what the toolkit returns. References of equal
// sources are alternatives of one item, of whose predictions the last counts.
Result<Scored> score_generated_questions(const std::vector<std::string>& sources,
                                         const std::vector<std::string>& predicted,
                                         const std::vector<std::string>& references,
                                         const TextScoring& options);

}  // namespace unimo::stages
