// The loop of a run: start what is ready and fits, take over what the tasks tell, publish what they
// made, and tell the observer. One thread; everything else is a child process.
//
// What a task goes through: decided (its key is known: cached, or queued), started, and then
// succeeded, failed, tried again later, or interrupted. Every step is recorded before the next one
// depends on it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/decisions.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/forecast.h"
#include "orchestrator/engine/machine.h"
#include "orchestrator/engine/readiness.h"
#include "orchestrator/engine/ready_queue.h"
#include "orchestrator/engine/runner.h"
#include "orchestrator/engine/survey.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"

namespace unimo {

// What the scheduler works with; all of it outlives the scheduler.
struct SchedulerContext {
  const Plan& plan;
  const EngineEnvironment& environment;
  const RunOptions& options;
  Decisions& decisions;
  History& history;
  WritableStore& store;
  RunWriter& writer;
  Runner& runner;
  Observer& observer;
  std::string run;
  std::vector<bool> forced;  // per stage
  std::vector<TaskRow>
      rows;  // per task of the plan, with ids; succeeded and cached ones stay as they are
};

class Scheduler {
 public:
  Scheduler(SchedulerContext context, Machine machine, Forecast forecast);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // `survey` says what was there before. An Error is a failure of the machine or the store, not of
  // a task; then nothing is left running.
  Result<RunOutcome> run(const Survey& survey);

 private:
  struct Running {
    std::uint32_t task = 0;
    AttemptRow attempt;
    CacheKey key;
    Grant grant;
    TaskNews news;
    double started = 0;
    double last_word = 0;    // when it last told something
    double stop_asked = -1;  // when it was asked to stop
    bool killed = false;
    bool timed_out = false;
    bool silence_told = false;
    std::optional<Event> finished;
  };

  Result<RunOutcome> loop();
  Status take_survey(const Survey& survey);
  // Looks at tasks whose inputs became known; cached ones may make others known in turn.
  Status decide(std::vector<std::uint32_t> tasks);
  Status settle(std::vector<std::pair<std::uint32_t, SettledTask>>& settled);
  Status start_ready();
  Result<StartOutcome> start(std::uint32_t task);
  Status launch(std::uint32_t task, CacheKey key, Grant grant);
  Result<Job> make_job(std::uint32_t task, const AttemptRow& attempt, const CacheKey& key,
                       const Grant& grant);
  Result<std::vector<InputRow>> input_rows(std::uint32_t task);

  Status look_after_running();
  Status listen(Running& running);
  void watch(Running& running);
  void handle_stop();
  Status finish(Running& running, const ExitStatus& exit);
  Status succeed(Running& running, const ExitStatus& exit);
  Status end_without_result(Running& running, const ExitStatus& exit, const std::string& error,
                            bool worth_another_try);
  Status give_up(std::uint32_t task, const std::string& error);
  Status skip_dependents(std::uint32_t task);
  Status mark_done(std::uint32_t task, const std::string& artifact);
  Status check_free_space();
  Status close_run(RunEnd end);

  double now() const;
  bool may_start() const { return !stopping_ && (options().keep_going || outcome_.failed.empty()); }
  const RunOptions& options() const { return context_.options; }
  RunNews counts() const;
  TaskNews news_of(std::uint32_t task) const;
  std::filesystem::path directory_of(const AttemptRow& attempt) const {
    return context_.store.paths().root / attempt.directory;
  }

  SchedulerContext context_;
  Slots slots_;
  Forecast forecast_;
  Readiness readiness_;
  ReadyQueue queue_;
  std::map<std::string, Running> running_;  // by token
  std::map<std::string, std::vector<std::uint32_t>>
      same_key_;                           // by running key: tasks that wait for its result
  std::map<std::uint32_t, int> failures_;  // attempts of this call that failed, by task
  std::set<std::uint32_t> skipped_;
  std::vector<std::uint32_t> left_;  // tasks per stage that are not over
  RunOutcome outcome_;
  bool stopping_ = false;
};

}  // namespace unimo
