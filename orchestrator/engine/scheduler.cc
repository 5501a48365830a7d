#include "orchestrator/engine/scheduler.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include "orchestrator/base/log.h"
#include "orchestrator/engine/attempt.h"
#include "orchestrator/engine/host.h"

namespace unimo {

namespace {

constexpr std::size_t kSettledAtOnce = 5000;

}  // namespace

Scheduler::Scheduler(SchedulerContext context, Machine machine, Forecast forecast)
    : context_(std::move(context)),
      slots_(std::move(machine), context_.options.jobs),
      forecast_(std::move(forecast)),
      readiness_(context_.plan),
      queue_(context_.plan, forecast_.guesses()),
      left_(context_.plan.stages.size()) {
  outcome_.counts.run = context_.run;
  outcome_.counts.total = static_cast<std::int64_t>(context_.plan.tasks.size());
  for (const PlannedTask& task : context_.plan.tasks) ++left_[task.stage];
}

// After an error the loop is left in the middle; nothing may go on writing then.
Scheduler::~Scheduler() {
  for (auto& [token, running] : running_) context_.runner.kill(token);
}

Result<RunOutcome> Scheduler::run(const Survey& survey) {
  UNIMO_TRY(take_survey(survey));
  return loop();
}

Result<RunOutcome> Scheduler::loop() {
  while (true) {
    handle_stop();
    if (may_start()) UNIMO_TRY(start_ready());
    if (running_.empty() && (!may_start() || (queue_.empty() && queue_.nothing_later()))) break;
    context_.runner.wait(static_cast<int>(options().tick_s * 1000));
    UNIMO_TRY(look_after_running());
    context_.observer.tick(counts());
  }
  if (stopping_ && counts().done + counts().failed < counts().total) {
    UNIMO_TRY(close_run(RunEnd::kInterrupted));
  } else if (outcome_.failed.empty()) {
    UNIMO_CHECK(counts().done == counts().total, "{} of {} tasks were never started",
                counts().total - counts().done, counts().total);
    UNIMO_TRY(close_run(RunEnd::kSucceeded));
  } else {
    UNIMO_TRY(close_run(RunEnd::kFailed));
  }
  return outcome_;
}

Status Scheduler::take_survey(const Survey& survey) {
  std::vector<std::pair<std::uint32_t, SettledTask>> settled;
  for (std::uint32_t task = 0; task < survey.tasks.size(); ++task) {
    const SurveyedTask& surveyed = survey.tasks[task];
    if (!surveyed.hit) continue;
    const TaskRow& row = context_.rows[task];
    if (row.state == state::kSucceeded || row.state == state::kCached) {
      ++outcome_.counts.done;
      if (row.state == state::kCached) ++outcome_.counts.cached;
      --left_[context_.plan.tasks[task].stage];
      continue;
    }
    settled.emplace_back(task, SettledTask{row.id, surveyed.key, *surveyed.hit, {}, {}});
    if (settled.size() >= kSettledAtOnce) UNIMO_TRY(settle(settled));
  }
  UNIMO_TRY(settle(settled));
  for (std::uint32_t task = 0; task < survey.tasks.size(); ++task) {
    if (survey.tasks[task].hit) (void)readiness_.done(task);
  }
  std::vector<std::uint32_t> ready;
  for (std::uint32_t task = 0; task < survey.tasks.size(); ++task) {
    if (!survey.tasks[task].hit && context_.decisions.inputs_known(task)) ready.push_back(task);
  }
  return decide(std::move(ready));
}

// Writes cached tasks in one transaction and tells the observer.
Status Scheduler::settle(std::vector<std::pair<std::uint32_t, SettledTask>>& settled) {
  std::vector<SettledTask> rows;
  for (auto& [task, row] : settled) {
    row.reason = "cached from " + UNIMO_TRY(context_.history.task_label(row.hit.task));
    row.inputs = UNIMO_TRY(input_rows(task));
    rows.push_back(row);
  }
  UNIMO_TRY(context_.writer.settle_cached(rows));
  for (const auto& [task, row] : settled) {
    ++outcome_.counts.done;
    ++outcome_.counts.cached;
    --left_[context_.plan.tasks[task].stage];
    TaskNews news = news_of(task);
    news.reason = row.reason;
    context_.observer.task_cached(news);
  }
  settled.clear();
  return ok();
}

Status Scheduler::decide(std::vector<std::uint32_t> tasks) {
  std::deque<std::uint32_t> open(tasks.begin(), tasks.end());
  std::vector<std::pair<std::uint32_t, SettledTask>> settled;
  while (!open.empty()) {
    const std::uint32_t task = open.front();
    open.pop_front();
    const auto key = context_.decisions.key(task);
    if (!key) {
      UNIMO_TRY(give_up(task, key.error().message));
      continue;
    }
    std::optional<CacheHit> hit;
    if (!context_.forced[context_.plan.tasks[task].stage]) {
      hit = UNIMO_TRY(context_.decisions.find_result(key->digest));
    }
    if (!hit) {
      queue_.add(task);
      continue;
    }
    settled.emplace_back(task, SettledTask{context_.rows[task].id, key->digest, *hit, {}, {}});
    context_.decisions.set_output(task, hit->artifact);
    const std::vector<std::uint32_t> next = readiness_.done(task);
    open.insert(open.end(), next.begin(), next.end());
    if (settled.size() >= kSettledAtOnce) UNIMO_TRY(settle(settled));
  }
  return settle(settled);
}

Status Scheduler::start_ready() {
  if (queue_.empty() && queue_.nothing_later()) return ok();
  Status status = ok();
  queue_.offer(now(), [&](std::uint32_t task) {
    if (!status || !may_start()) return StartOutcome::kNoRoom;
    auto started = start(task);
    if (started) return *started;
    status = tl::unexpected(started.error());
    return StartOutcome::kNoRoom;
  });
  return status;
}

Result<StartOutcome> Scheduler::start(std::uint32_t task) {
  auto grant = slots_.acquire(context_.plan.stage_of(context_.plan.tasks[task]).resources);
  if (!grant) return StartOutcome::kNoRoom;
  CacheKey key = UNIMO_TRY(context_.decisions.key(task));
  // Another task of this run may be making the same result now, or have made it since this one was
  // queued.
  if (const auto twin = same_key_.find(key.digest); twin != same_key_.end()) {
    twin->second.push_back(task);
    slots_.release(*grant);
    return StartOutcome::kStarted;
  }
  UNIMO_TRY(check_free_space());
  UNIMO_TRY(launch(task, std::move(key), std::move(*grant)));
  return StartOutcome::kStarted;
}

Status Scheduler::launch(std::uint32_t task, CacheKey key, Grant grant) {
  const PlannedTask& planned = context_.plan.tasks[task];
  const std::string reason = UNIMO_TRY(context_.decisions.reason_to_run(task, key, context_.run));
  Running running;
  running.task = task;
  running.attempt.task = context_.rows[task].id;
  running.attempt.number = UNIMO_TRY(context_.writer.next_attempt_number(running.attempt.task));
  running.attempt.token = new_token();
  running.attempt.host = host_name();
  running.attempt.directory =
      attempt_directory(context_.run, context_.plan.name(planned), running.attempt.number);
  running.attempt.started_ms = now_ms();
  const std::vector<InputRow> inputs = UNIMO_TRY(input_rows(task));
  UNIMO_TRY(context_.writer.set_key(running.attempt.task, key.digest, key.parts, inputs));
  Job job = UNIMO_TRY(make_job(task, running.attempt, key, grant));
  UNIMO_TRY(prepare_attempt(context_.store.paths(), running.attempt, job));
  running.attempt.id = UNIMO_TRY(context_.writer.start_attempt(running.attempt, reason));
  const auto program = context_.environment.program(*context_.plan.stage_of(planned).schema);
  const auto pid =
      context_.runner.start(runner_job(context_.store.paths(), running.attempt, job, program));
  running.news = news_of(task);
  running.news.attempt = running.attempt.number;
  running.news.reason = reason;
  running.news.log = (directory_of(running.attempt) / "stderr.log").string();
  running.grant = std::move(grant);
  running.key = std::move(key);
  running.started = running.last_word = now();
  if (!pid) {
    slots_.release(running.grant);
    return end_without_result(running, ExitStatus{.code = 127}, pid.error().message, false);
  }
  UNIMO_TRY(context_.writer.set_attempt_pid(running.attempt.id, *pid));
  same_key_[running.key.digest];
  context_.observer.task_started(running.news);
  const std::string token = running.attempt.token;
  running_.emplace(token, std::move(running));
  return ok();
}

Result<Job> Scheduler::make_job(std::uint32_t task, const AttemptRow& attempt, const CacheKey& key,
                                const Grant& grant) {
  const PlannedTask& planned = context_.plan.tasks[task];
  const PlannedStage& stage = context_.plan.stage_of(planned);
  Job job;
  job.run = context_.run;
  job.task = context_.plan.name(planned);
  job.kind = stage.kind;
  job.attempt = attempt.number;
  job.token = attempt.token;
  job.seed = planned.seed;
  job.params = context_.plan.params[planned.params];
  for (const ResolvedInput& input : UNIMO_TRY(context_.decisions.inputs(task))) {
    auto& items = job.inputs[context_.plan.input_names[input.name]];
    for (const ResolvedItem& item : input.source->items) items.push_back(item.item);
  }
  job.resume = context_.store.paths().resume() / key.digest;
  job.shard_index = static_cast<int>(planned.shard);
  job.shard_count = static_cast<int>(stage.shards);
  job.resources = grant.resources;
  job.gpu_ids = grant.gpu_ids;
  return job;
}

Result<std::vector<InputRow>> Scheduler::input_rows(std::uint32_t task) {
  std::vector<InputRow> rows;
  for (const ResolvedInput& input : UNIMO_TRY(context_.decisions.inputs(task))) {
    const std::string& name = context_.plan.input_names[input.name];
    for (const ResolvedItem& item : input.source->items) {
      InputRow row;
      row.task = context_.rows[task].id;
      row.name = name;
      row.position = rows.empty() || rows.back().name != name ? 0 : rows.back().position + 1;
      row.label = item.item.label;
      row.digest = item.item.digest;
      if (!item.artifact.empty()) row.artifact = item.artifact;
      if (item.task != PlannedSource::kRaw) row.source_task = context_.rows[item.task].id;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Status Scheduler::check_free_space() {
  std::error_code error;
  const auto space = std::filesystem::space(context_.store.paths().root, error);
  if (error || options().min_free_mb <= 0) return ok();
  const auto free_mb = static_cast<std::int64_t>(space.available >> 20);
  if (free_mb >= options().min_free_mb) return ok();
  return fail(
      ErrorCode::kIo,
      "{}: only {} MiB are free, {} are wanted before a task starts; make room and run again",
      context_.store.paths().root.string(), free_mb, options().min_free_mb);
}

double Scheduler::now() const {
  if (options().clock) return options().clock();
  using std::chrono::steady_clock;
  return std::chrono::duration<double>(steady_clock::now().time_since_epoch()).count();
}

RunNews Scheduler::counts() const {
  RunNews counts = outcome_.counts;
  counts.running = static_cast<std::int64_t>(running_.size());
  // What is left, one task after the other, shared by as many as run now.
  double seconds = 0;
  for (std::size_t stage = 0; stage < left_.size(); ++stage) {
    if (left_[stage] == 0) continue;
    const auto& expected = forecast_.stage_seconds()[stage];
    if (!expected) return counts;
    seconds += *expected * left_[stage];
  }
  for (const auto& [token, running] : running_) {
    const auto& expected = forecast_.stage_seconds()[context_.plan.tasks[running.task].stage];
    const double spent = now() - running.started;
    const TaskNews& news = running.news;
    // A task that reports its progress knows better than history.
    const bool reports = news.total > 0 && news.done > 0;
    const double left = reports ? spent * static_cast<double>(news.total - news.done) /
                                      static_cast<double>(news.done)
                                : std::max(0.0, *expected - spent);
    seconds += left - *expected;
  }
  counts.seconds_left =
      std::max(0.0, seconds) / static_cast<double>(std::max<std::size_t>(running_.size(), 1));
  return counts;
}

TaskNews Scheduler::news_of(std::uint32_t task) const {
  const PlannedTask& planned = context_.plan.tasks[task];
  const PlannedStage& stage = context_.plan.stage_of(planned);
  TaskNews news;
  news.name = context_.plan.name(planned);
  news.stage = stage.name;
  news.kind = stage.kind;
  return news;
}

}  // namespace unimo
