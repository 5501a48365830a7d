// CoQA: answers to questions about a story, against those of several people.
//
// Metrics are percent, as the official program means them, unrounded: f1 and em over all turns,
// f1.DOMAIN and em.DOMAIN for each domain that has turns, also in_domain and out_domain. With
// `human`: human_f1, human_em, each person's answers against the others'.
#pragma once

#include "orchestrator/base/result.h"
#include "stages/score/conversation_files.h"
#include "stages/score/scored.h"

namespace unimo::stages {

struct ConversationScoring {
  bool human = false;
  bool rejoin_clitics = false;  // as ERNIE-GEN does before it writes answers
  int threads = 1;
};

Result<Scored> score_conversations(const Conversations& conversations,
                                   const PredictedAnswers& predicted,
                                   const ConversationScoring& options);

}  // namespace unimo::stages
