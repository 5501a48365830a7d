#include "orchestrator/stage/stage.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "orchestrator/stage/event_log.h"

namespace unimo {

namespace {

volatile std::sig_atomic_t stop_flag = 0;

void remember_stop(int) { stop_flag = 1; }

void listen_for_stop() {
  struct sigaction action {};
  action.sa_handler = remember_stop;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGUSR1, SIGINT}) ::sigaction(number, &action, nullptr);
}

Status run_guarded(StageFunction run, StageContext& context) {
  try {
    return run(context);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kFailed,
                "out of memory; give the stage more memory_mb or a smaller batch");
  } catch (const std::exception& error) {
    return fail(ErrorCode::kFailed, "{}", error.what());
  }
}

const StageEntry* entry_of(std::span<const StageEntry> entries, std::string_view kind) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [kind](const StageEntry& entry) { return entry.kind == kind; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Result<std::filesystem::path> StageContext::input(std::string_view name) const {
  const auto items = inputs(name);
  if (items.size() == 1) return items[0].path;
  if (items.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: the input \"{}\" is missing; name a stage or a path under inputs:", job_.task,
                name);
  }
  return fail(ErrorCode::kInvalid,
              "{}: the input \"{}\" takes one artifact, not {}; select one with [key=value]",
              job_.task, name, items.size());
}

std::span<const InputItem> StageContext::inputs(std::string_view name) const {
  const auto found = job_.inputs.find(std::string(name));
  if (found == job_.inputs.end()) return {};
  return found->second;
}

Result<std::filesystem::path> StageContext::resume_directory() const {
  UNIMO_TRY(make_directories(job_.resume));
  return job_.resume;
}

bool StageContext::stop_requested() { return stop_flag != 0; }

int run_stage_program(int argc, char** argv, std::span<const StageEntry> entries) {
  if (argc != 2 || std::string_view(argv[1]).starts_with("-")) {
    std::fprintf(stderr,
                 "usage: %s JOB.json\nRuns one job written by `unimo run`. Kinds:", argv[0]);
    for (const StageEntry& entry : entries)
      std::fprintf(stderr, " %.*s", static_cast<int>(entry.kind.size()), entry.kind.data());
    std::fprintf(stderr, "\n");
    return 2;
  }
  const auto job = read_job(argv[1]);
  if (!job) {
    log_line(LogLevel::kError, "stage", "{}", job.error().message);
    return 2;
  }
  const StageEntry* const entry = entry_of(entries, job->kind);
  const Result<int> rank = entry != nullptr && entry->rank != nullptr ? entry->rank() : 0;
  if (!rank) {
    log_line(LogLevel::kError, "stage", "{}", rank.error().message);
    return 2;
  }
  auto events = EventWriter::open(*rank == 0 ? job->events : "/dev/null");
  if (!events) {
    log_line(LogLevel::kError, "stage", "{}", events.error().message);
    return 1;
  }
  EventLog log(job->task);
  if (*rank == 0) events->on_event([&log](const Event& event) { log.tell(event); });
  listen_for_stop();
  events->started();
  StageContext context(*job, *events);
  Status status =
      fail(ErrorCode::kInvalid, "{}: this program does not run the kind {}", job->task, job->kind);
  if (entry != nullptr) status = run_guarded(entry->run, context);
  if (events->lost() > 0) {
    log_line(LogLevel::kWarning, "stage", "{} events could not be written (disk full?)",
             events->lost());
  }
  if (status) {
    events->finished_ok();
    return 0;
  }
  log_line(LogLevel::kError, job->task, "{}", status.error().message);
  events->finished_failed(status.error().message, status.error().code == ErrorCode::kIo);
  return status.error().code == ErrorCode::kCancelled ? 8 : 1;
}

}  // namespace unimo
