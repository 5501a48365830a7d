#include "stages/score/score_conversations.h"

#include "evaluators/answer_overlap.h"
#include "evaluators/generated_text.h"
#include "stages/score/measures.h"

namespace unimo::stages {

namespace {

constexpr double kPercent = 100;

std::vector<eval::CoqaTurn> turns_of(const Conversations& conversations,
                                     const PredictedAnswers& predicted, bool rejoin_clitics) {
  std::vector<eval::CoqaTurn> turns;
  for (std::size_t i = 0; i < conversations.turns.size(); ++i) {
    const AnsweredTurn& turn = conversations.turns[i];
    turns.push_back({turn.source, turn.references, std::nullopt});
    if (!predicted.given[i]) continue;
    turns.back().answer =
        rejoin_clitics ? eval::join_clitics(predicted.answers[i]) : predicted.answers[i];
  }
  return turns;
}

void add_domains(const eval::Coqa& scores, const std::string& prefix, Scored& scored) {
  for (const eval::CoqaDomain& domain : scores.domains) {
    if (domain.turns == 0) continue;
    const std::string suffix = domain.name == "overall" ? "" : "." + domain.name;
    scored.metrics[prefix + "f1" + suffix] = domain.f1;
    scored.metrics[prefix + "em" + suffix] = domain.em;
    scored.counts["turns" + suffix] = static_cast<std::int64_t>(domain.turns);
  }
}

void add_items(const Conversations& conversations, const std::vector<eval::CoqaTurn>& turns,
               const eval::Coqa& scores, Scored& scored) {
  std::vector<double> f1, em;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const AnsweredTurn& turn = conversations.turns[i];
    f1.push_back(kPercent * scores.turns[i].f1);
    em.push_back(kPercent * scores.turns[i].em);
    scored.item_ids.push_back(fmt::format("{}#{}", turn.story, turn.turn));
    scored.items.push_back({{"id", scored.item_ids.back()},
                            {"answer", turns[i].answer.value_or("")},
                            {"references", turn.references},
                            {"f1", f1.back()},
                            {"em", em.back()}});
  }
  add_mean(scored, "f1", std::move(f1));
  add_mean(scored, "em", std::move(em));
}

}  // namespace

Result<Scored> score_conversations(const Conversations& conversations,
                                   const PredictedAnswers& predicted,
                                   const ConversationScoring& options) {
  const auto turns = turns_of(conversations, predicted, options.rejoin_clitics);
  const eval::Coqa scores = UNIMO_TRY(eval::coqa(turns, options.threads));
  const std::string clitics = options.rejoin_clitics ? "|clitics:rejoined" : "";
  Scored scored;
  scored.headline = {"f1", "em"};
  scored.signatures = {{"f1", eval::coqa_f1_signature(turns) + clitics},
                       {"em", eval::coqa_em_signature(turns) + clitics}};
  add_domains(scores, "", scored);
  add_items(conversations, turns, scores, scored);
  if (options.human) {
    const eval::Coqa human = UNIMO_TRY(eval::coqa_human(turns, options.threads));
    add_domains(human, "human_", scored);
  }
  scored.warnings = conversations.warnings;
  scored.warnings.insert(scored.warnings.end(), predicted.warnings.begin(),
                         predicted.warnings.end());
  return scored;
}

}  // namespace unimo::stages
