// What a run would do and why: the half of engine.h that changes nothing.
#include <algorithm>
#include <memory>
#include <set>

#include "orchestrator/base/fields.h"
#include "orchestrator/engine/decisions.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/forecast.h"
#include "orchestrator/engine/survey.h"

namespace unimo {

namespace {

// The store as a reader sees it; without a store everything is new.
Result<std::optional<Database>> open_if_there(const std::filesystem::path& root) {
  auto database = open_store_reader(root);
  if (database) return std::optional<Database>(std::move(*database));
  if (database.error().code == ErrorCode::kNotFound) return std::optional<Database>();
  return tl::unexpected(database.error());
}

class Foresight {
 public:
  static Result<std::unique_ptr<Foresight>> make(const Experiment& experiment,
                                                 const EngineEnvironment& environment,
                                                 const RunOptions& options) {
    Plan plan = UNIMO_TRY(
        make_plan(experiment, environment.schemas, {environment.directory, options.targets}));
    auto database = UNIMO_TRY(open_if_there(environment.root));
    auto foresight = std::unique_ptr<Foresight>(
        new Foresight(experiment, environment, std::move(plan), std::move(database)));
    UNIMO_TRY(foresight->look(options));
    return foresight;
  }

  const Plan& plan() const { return plan_; }

  Result<PlanEntry> entry(std::uint32_t task) {
    const PlannedTask& planned = plan_.tasks[task];
    const PlannedStage& stage = plan_.stage_of(planned);
    PlanEntry entry;
    entry.task = plan_.name(planned);
    entry.stage = stage.name;
    entry.kind = stage.kind;
    entry.inputs = input_stages(planned);
    const SurveyedTask& surveyed = survey_.tasks[task];
    if (!surveyed.key.empty()) entry.key = surveyed.key;
    if (surveyed.hit) {
      entry.action = PlanAction::kCached;
      entry.artifact = surveyed.hit->artifact;
      entry.reason = "cached from " + UNIMO_TRY(history_.task_label(surveyed.hit->task));
      return entry;
    }
    entry.expected_s = forecast_.stage_seconds()[planned.stage];
    if (surveyed.key.empty()) {
      entry.action = PlanAction::kUnknown;
      entry.reason = UNIMO_TRY(reason_while_waiting(task));
      return entry;
    }
    entry.action = PlanAction::kRun;
    entry.reason = "forced";
    if (forced_[planned.stage]) return entry;
    const CacheKey key = UNIMO_TRY(decisions_.key(task));
    entry.reason = UNIMO_TRY(decisions_.reason_to_run(task, key, ""));
    return entry;
  }

  // The parts known now; those of inputs that are not there yet are missing.
  Result<std::vector<KeyPart>> parts(std::uint32_t task) {
    if (!survey_.tasks[task].key.empty()) return UNIMO_TRY(decisions_.key(task)).parts;
    return fixed_parts(plan_, plan_.tasks[task], environment_.numerics);
  }

  History& history() { return history_; }

 private:
  Foresight(const Experiment& experiment, const EngineEnvironment& environment, Plan plan,
            std::optional<Database> database)
      : environment_(environment),
        plan_(std::move(plan)),
        database_(std::move(database)),
        history_(database_ ? &*database_ : nullptr, store_paths(environment.root)),
        raw_(database_ ? &*database_ : nullptr, nullptr),
        decisions_(plan_, experiment, store_paths(environment.root), environment.numerics, history_,
                   raw_) {}

  Status look(const RunOptions& options) {
    forced_.assign(plan_.stages.size(), false);
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      forced_[i] = std::find(options.force.begin(), options.force.end(), plan_.stages[i].name) !=
                   options.force.end();
    }
    forecast_ = UNIMO_TRY(Forecast::make(plan_, history_));
    survey_ = UNIMO_TRY(survey_plan(plan_, decisions_, forced_));
    return ok();
  }

  std::vector<std::string> input_stages(const PlannedTask& task) const {
    std::set<std::string> names;
    for (const PlannedInput& input : plan_.inputs_of(task)) {
      const std::uint32_t group = plan_.sources[input.source].group;
      if (group != PlannedSource::kRaw) names.insert(plan_.stages[plan_.groups[group].stage].name);
    }
    return {names.begin(), names.end()};
  }

  // A change of its own makes it run in any case; otherwise its inputs decide.
  Result<std::string> reason_while_waiting(std::uint32_t task) {
    const PlannedTask& planned = plan_.tasks[task];
    const std::string awaited = "waits for " + decisions_.awaited_stage(task);
    const auto earlier =
        UNIMO_TRY(history_.earlier_key(plan_.name(planned), plan_.stage_of(planned).kind, ""));
    if (!earlier) return "first time; " + awaited;
    std::vector<KeyPart> before = UNIMO_TRY(history_.key_parts(earlier->key));
    std::erase_if(before, [](const KeyPart& part) { return part.name.starts_with("input."); });
    const std::string changed =
        key_difference(before, fixed_parts(plan_, planned, environment_.numerics));
    return changed.empty() ? awaited : changed + "; " + awaited;
  }

  const EngineEnvironment& environment_;
  Plan plan_;
  std::optional<Database> database_;
  History history_;
  RawInputs raw_;
  Decisions decisions_;
  std::vector<bool> forced_;
  Forecast forecast_;
  Survey survey_;
};

Result<std::uint32_t> find_task(const Plan& plan, const std::string& name) {
  std::vector<std::uint32_t> of_stage;
  std::vector<std::string> names;
  for (std::uint32_t task = 0; task < plan.tasks.size(); ++task) {
    std::string candidate = plan.name(plan.tasks[task]);
    if (candidate == name) return task;
    if (plan.stage_of(plan.tasks[task]).name == name) of_stage.push_back(task);
    names.push_back(std::move(candidate));
  }
  if (of_stage.size() == 1) return of_stage.front();
  if (!of_stage.empty()) {
    return fail(ErrorCode::kInvalid, "the stage {} has {} tasks, such as {}; name one", name,
                of_stage.size(), names[of_stage.front()]);
  }
  const auto close = did_you_mean(name, names);
  return fail(ErrorCode::kNotFound, "there is no task \"{}\"{}", name,
              close ? fmt::format(", did you mean {}?", *close) : "; `unimo plan` lists them");
}

}  // namespace

std::string_view to_string(PlanAction action) {
  switch (action) {
    case PlanAction::kCached: return "cached";
    case PlanAction::kRun: return "run";
    case PlanAction::kUnknown: return "unknown";
  }
  return "unknown";
}

Result<PlanReport> plan_experiment(const Experiment& experiment,
                                   const EngineEnvironment& environment,
                                   const RunOptions& options) {
  const auto foresight = UNIMO_TRY(Foresight::make(experiment, environment, options));
  PlanReport report;
  double seconds = 0;
  bool all_known = true;
  for (std::uint32_t task = 0; task < foresight->plan().tasks.size(); ++task) {
    report.tasks.push_back(UNIMO_TRY(foresight->entry(task)));
    const PlanEntry& entry = report.tasks.back();
    report.cached += entry.action == PlanAction::kCached ? 1 : 0;
    report.run += entry.action == PlanAction::kRun ? 1 : 0;
    report.unknown += entry.action == PlanAction::kUnknown ? 1 : 0;
    if (entry.action == PlanAction::kCached) continue;
    all_known = all_known && entry.expected_s.has_value();
    seconds += entry.expected_s.value_or(0);
  }
  if (all_known) report.expected_s = seconds;
  return report;
}

Result<Explanation> explain_task(const Experiment& experiment, const EngineEnvironment& environment,
                                 const RunOptions& options, const std::string& task) {
  const auto foresight = UNIMO_TRY(Foresight::make(experiment, environment, options));
  const std::uint32_t index = UNIMO_TRY(find_task(foresight->plan(), task));
  Explanation explanation;
  explanation.entry = UNIMO_TRY(foresight->entry(index));
  explanation.parts = UNIMO_TRY(foresight->parts(index));
  const auto earlier = UNIMO_TRY(
      foresight->history().earlier_key(explanation.entry.task, explanation.entry.kind, ""));
  if (!earlier) return explanation;
  explanation.earlier_task = earlier->run + "/" + earlier->task;
  explanation.earlier_parts = UNIMO_TRY(foresight->history().key_parts(earlier->key));
  std::vector<KeyPart> comparable = explanation.earlier_parts;
  if (!explanation.entry.key) {
    std::erase_if(comparable, [](const KeyPart& part) { return part.name.starts_with("input."); });
  }
  explanation.differences = key_differences(comparable, explanation.parts);
  return explanation;
}

}  // namespace unimo
