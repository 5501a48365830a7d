#include "stages/score/score_meteor.h"

#include "evaluators/meteor.h"
#include "stages/score/measures.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;

}  // namespace

Status add_meteor(std::span<const eval::CaptionItem> items, const ScoreResources& resources,
                  int threads, Scored& scored) {
  if (resources.meteor.empty()) {
    scored.warnings.push_back(
        "METEOR is left out: its word lists are not given (--resources; docs/scorers.md)");
    return ok();
  }
  eval::MeteorFiles files = eval::meteor_files(resources.meteor);
  if (!resources.paraphrases.empty()) files.paraphrases = resources.paraphrases;
  const auto lists = UNIMO_TRY(eval::read_meteor_resources(files));
  const eval::Meteor scores = UNIMO_TRY(eval::meteor(items, lists, {}, threads));
  const char* name = lists.paraphrases ? "meteor" : "meteor_no_paraphrases";
  if (!lists.paraphrases)
    scored.warnings.push_back(
        "METEOR without its paraphrase table is lower than published scores "
        "(--paraphrases; docs/scorers.md)");
  scored.headline.push_back(name);
  scored.metrics[name] = kAsPrinted * scores.corpus;
  scored.signatures["meteor"] = eval::meteor_signature(items, lists);
  for (std::size_t i = 0; i < items.size(); ++i)
    scored.items[i][name] = kAsPrinted * scores.segments[i];
  add_meteor_statistics(scored, name, scores.statistics);
  return ok();
}

}  // namespace unimo::stages
