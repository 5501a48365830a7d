#include "orchestrator/engine/survey.h"

namespace unimo {

Result<Survey> survey_plan(const Plan& plan, Decisions& decisions,
                           const std::vector<bool>& forced) {
  Survey survey;
  survey.tasks.resize(plan.tasks.size());
  for (std::uint32_t task = 0; task < plan.tasks.size(); ++task) {
    if (!decisions.inputs_known(task)) continue;
    SurveyedTask& surveyed = survey.tasks[task];
    surveyed.key = UNIMO_TRY(decisions.key(task)).digest;
    if (forced[plan.tasks[task].stage]) continue;
    surveyed.hit = UNIMO_TRY(decisions.find_result(surveyed.key));
    if (!surveyed.hit) continue;
    decisions.set_output(task, surveyed.hit->artifact);
    ++survey.cached;
  }
  return survey;
}

}  // namespace unimo
