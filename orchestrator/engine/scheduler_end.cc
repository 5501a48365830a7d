// The second half of the scheduler: listening to running tasks, and what happens when they end.
#include <algorithm>
#include <cmath>
#include <csignal>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "orchestrator/engine/attempt.h"
#include "orchestrator/engine/recovery.h"
#include "orchestrator/engine/scheduler.h"

namespace unimo {

namespace {

constexpr std::size_t kLogLinesInError = 5;

// True when there is something behind the offset; saves opening the file a few times a second.
bool has_grown(const std::filesystem::path& file, std::int64_t offset) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return !error && static_cast<std::int64_t>(size) > offset;
}

}  // namespace

Status Scheduler::look_after_running() {
  std::vector<std::string> tokens;
  for (const auto& [token, running] : running_) tokens.push_back(token);
  for (const std::string& token : tokens) {
    Running& running = running_.at(token);
    // Asked before reading: what is written before the end is then in the file.
    const auto exit = UNIMO_TRY(context_.runner.poll(token));
    UNIMO_TRY(listen(running));
    if (exit) {
      Running ended = std::move(running);
      running_.erase(token);
      UNIMO_TRY(finish(ended, *exit));
    } else {
      watch(running);
    }
  }
  return ok();
}

Status Scheduler::listen(Running& running) {
  const std::filesystem::path file = directory_of(running.attempt) / "events.jsonl";
  running.news.seconds = now() - running.started;
  if (!has_grown(file, running.attempt.events_offset)) return ok();
  const std::int64_t before = running.attempt.events_offset;
  UNIMO_TRY(ingest_all(context_.store.database(), running.attempt, file,
                       [&](const IngestOutcome& outcome) {
                         if (outcome.finished) running.finished = outcome.finished;
                         if (outcome.progress) {
                           running.news.done = outcome.progress->step;
                           running.news.total = outcome.progress->total;
                           running.news.unit = outcome.progress->name;
                         }
                       }));
  if (running.attempt.events_offset == before) return ok();
  running.last_word = now();
  running.silence_told = false;
  context_.observer.task_progress(running.news);
  return ok();
}

// Time-outs, silence, and the patience after asking to stop.
void Scheduler::watch(Running& running) {
  const double time = now();
  const double timeout = context_.plan.stage_of(context_.plan.tasks[running.task]).timeout_s;
  if (timeout > 0 && !running.timed_out && time - running.started > timeout) {
    running.timed_out = true;
    if (running.stop_asked < 0) {
      running.stop_asked = time;
      context_.runner.ask_to_stop(running.attempt.token);
    }
  }
  if (running.stop_asked >= 0 && !running.killed && time - running.stop_asked > options().grace_s) {
    running.killed = true;
    context_.runner.kill(running.attempt.token);
  }
  const double silence = time - running.last_word;
  if (options().silence_s > 0 && silence > options().silence_s && !running.silence_told) {
    running.silence_told = true;
    const auto noted = context_.writer.add_note(
        running.attempt, "warning", fmt::format("has said nothing for {:.0f} s", silence));
    if (!noted) log_line(LogLevel::kWarning, "engine", "{}", noted.error().message);
    context_.observer.task_silent(running.news, silence);
  }
}

void Scheduler::handle_stop() {
  const int requests = options().stop_requests ? options().stop_requests() : 0;
  if (requests == 0) return;
  stopping_ = true;
  for (auto& [token, running] : running_) {
    if (running.stop_asked < 0) {
      running.stop_asked = now();
      context_.runner.ask_to_stop(token);
    }
    if (requests > 1 && !running.killed) {
      running.killed = true;
      context_.runner.kill(token);
    }
  }
}

Status Scheduler::finish(Running& running, const ExitStatus& exit) {
  slots_.release(running.grant);
  if (exit.success()) return succeed(running, exit);
  if (running.timed_out) {
    const double timeout = context_.plan.stage_of(context_.plan.tasks[running.task]).timeout_s;
    return end_without_result(running, exit,
                              fmt::format("ran longer than its timeout_s of {} s", timeout), true);
  }
  std::string error = exit.text();
  bool transient = exit.signal != 0;
  if (running.finished && !running.finished->succeeded) {
    error = running.finished->text;
    transient = running.finished->transient;
  } else if (const std::string lines = last_lines(running.news.log, kLogLinesInError);
             !lines.empty()) {
    error += "; its last words: " + lines;
  }
  if (exit.signal == SIGKILL && !running.killed) {
    error += fmt::format(" (out of memory? it used {} MiB of the {} MiB granted)",
                         exit.max_rss_kib / 1024, running.grant.resources.memory_mb);
  }
  return end_without_result(running, exit, std::move(error), transient);
}

Status Scheduler::succeed(Running& running, const ExitStatus& exit) {
  const std::string changed = UNIMO_TRY(context_.decisions.changed_raw_input(running.task));
  if (!changed.empty()) {
    return end_without_result(
        running, exit,
        fmt::format("the input {} changed while the task ran; run again when it is written",
                    changed),
        false);
  }
  const std::string& kind = context_.plan.stage_of(context_.plan.tasks[running.task]).kind;
  const auto artifact =
      keep_output(context_.store.paths(), running.attempt, running.key, kind, exit);
  if (!artifact) {
    return end_without_result(running, exit, artifact.error().message,
                              artifact.error().code == ErrorCode::kIo);
  }
  UNIMO_TRY(context_.writer.publish(running.attempt, exit, running.key.digest, kind, *artifact));
  if (const auto removed = remove_tree(context_.store.paths().resume() / running.key.digest);
      !removed) {
    log_line(LogLevel::kWarning, "engine", "{}", removed.error().message);
  }
  ++outcome_.counts.done;
  --left_[context_.plan.tasks[running.task].stage];
  context_.observer.task_succeeded(running.news);
  return mark_done(running.task, artifact->digest);
}

Status Scheduler::mark_done(std::uint32_t task, const std::string& artifact) {
  context_.decisions.set_output(task, artifact);
  std::vector<std::uint32_t> next = readiness_.done(task);
  const CacheKey key = UNIMO_TRY(context_.decisions.key(task));
  if (auto twins = same_key_.extract(key.digest); !twins.empty()) {
    next.insert(next.end(), twins.mapped().begin(), twins.mapped().end());
  }
  return decide(std::move(next));
}

Status Scheduler::end_without_result(Running& running, const ExitStatus& exit,
                                     const std::string& error, bool worth_another_try) {
  const bool by_user = stopping_ && running.stop_asked >= 0 && !running.timed_out;
  const int retries = context_.plan.stage_of(context_.plan.tasks[running.task]).retries;
  const int failures = by_user ? 0 : ++failures_[running.task];
  const bool again = !by_user && worth_another_try && failures <= retries && may_start();
  const std::string_view task_state = by_user ? state::kInterrupted
                                      : again ? state::kPending
                                              : state::kFailed;
  UNIMO_TRY(remove_tree(directory_of(running.attempt) / "output"));
  UNIMO_TRY(context_.writer.end_attempt(
      running.attempt, exit, by_user ? state::kStopped : state::kFailed, task_state, error));
  std::vector<std::uint32_t> twins;
  if (auto node = same_key_.extract(running.key.digest); !node.empty())
    twins = std::move(node.mapped());
  for (const std::uint32_t twin : twins) queue_.add(twin);
  running.news.error = error;
  if (by_user) return ok();
  if (again) {
    const double wait = options().retry_wait_s * std::pow(2, failures - 1);
    queue_.add_later(running.task, now() + wait);
    context_.observer.task_will_retry(running.news, wait);
    return ok();
  }
  ++outcome_.counts.failed;
  --left_[context_.plan.tasks[running.task].stage];
  outcome_.failed.push_back({running.news.name, error, running.news.log});
  context_.observer.task_failed(running.news);
  return skip_dependents(running.task);
}

// A task that could not even be started.
Status Scheduler::give_up(std::uint32_t task, const std::string& error) {
  UNIMO_TRY(context_.writer.fail_task(context_.rows[task].id, error));
  ++outcome_.counts.failed;
  --left_[context_.plan.tasks[task].stage];
  TaskNews news = news_of(task);
  news.error = error;
  outcome_.failed.push_back({news.name, error, {}});
  context_.observer.task_failed(news);
  return skip_dependents(task);
}

Status Scheduler::skip_dependents(std::uint32_t task) {
  const std::string reason =
      "needs " + context_.plan.name(context_.plan.tasks[task]) + ", which failed";
  for (const std::uint32_t dependent : readiness_.dependents(task)) {
    if (!skipped_.insert(dependent).second) continue;
    --left_[context_.plan.tasks[dependent].stage];
    UNIMO_TRY(context_.writer.set_task_state(context_.rows[dependent].id, state::kSkipped, reason));
    TaskNews news = news_of(dependent);
    news.reason = reason;
    context_.observer.task_skipped(news);
  }
  return ok();
}

Status Scheduler::close_run(RunEnd end) {
  outcome_.end = end;
  const std::string_view name = end == RunEnd::kSucceeded ? state::kSucceeded
                                : end == RunEnd::kFailed  ? state::kFailed
                                                          : state::kInterrupted;
  UNIMO_TRY(context_.writer.finish_run(context_.run, name));
  context_.observer.run_finished(counts());
  return ok();
}

}  // namespace unimo
