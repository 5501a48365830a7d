// Runs jobs inside the test: what a job does is a function, when it ends is up to the test, time is
// a number.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/engine/runner.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/stage/job.h"

namespace unimo::test {

// How a job ends, and after how many looks at it.
struct FakeEnd {
  ExitStatus exit;
  int polls = 0;
  bool hears_stop = true;  // ends when it is asked to stop
};

// Writes what it got: parameters, seed, shard and the contents of its inputs.
inline std::string content_of(const Job& job) {
  std::string content =
      job.kind + " " + job.params.value("text", "") + " size=" + job.params["size"].dump() +
      " lr=" + job.params["optimizer"]["lr"].dump() + " seed=" + std::to_string(job.seed) +
      " shard=" + std::to_string(job.shard_index) + "\n";
  for (const auto& [name, items] : job.inputs) {
    for (const InputItem& item : items) {
      content += name + " " + canonical_text(item.cell) + "\n";
      if (std::filesystem::is_directory(item.path)) {
        for (const std::string& file : std::vector(*list_files(item.path)))
          content += file + ": " + *read_file(item.path / file);
      } else {
        content += *read_file(item.path);
      }
    }
  }
  return content;
}

inline FakeEnd do_work(const Job& job) {
  auto events = EventWriter::open(job.events);
  events->started();
  events->metric("seed", static_cast<double>(job.seed), 1);
  (void)make_directories(job.output / "sub");
  (void)write_file_atomic(job.output / "out.txt", content_of(job));
  (void)write_file_atomic(job.output / "sub" / "constant.txt", "always the same\n");
  events->finished_ok();
  return {};
}

// Fails with a message.
inline FakeEnd do_fail(const Job& job, const std::string& message, bool transient = false) {
  auto events = EventWriter::open(job.events);
  events->started();
  events->finished_failed(message, transient);
  return {.exit = {.code = 1}};
}

class FakeRunner : public Runner {
 public:
  std::function<FakeEnd(const Job&)> work = do_work;
  std::vector<std::string> started;  // names of tasks, in order
  std::vector<std::string> stopped, killed, fenced;
  std::vector<Job> jobs;
  std::size_t most_at_once = 0;
  double time = 1000;
  bool cannot_start = false;

  Result<std::int64_t> start(const RunnerJob& job) override {
    if (cannot_start) return fail(ErrorCode::kNotFound, "cannot start {}", job.program.string());
    const Job read = *read_job(job.job_file);
    started.push_back(read.task);
    jobs.push_back(read);
    running_[job.token] = {read.task, work(read)};
    most_at_once = std::max(most_at_once, running_.size());
    return std::int64_t{1};
  }
  Result<std::optional<ExitStatus>> poll(const std::string& token) override {
    auto& [task, end] = running_.at(token);
    if (end.polls-- > 0) return std::optional<ExitStatus>();
    const ExitStatus exit = end.exit;
    running_.erase(token);
    return std::optional(exit);
  }
  void ask_to_stop(const std::string& token) override {
    auto& [task, end] = running_.at(token);
    stopped.push_back(task);
    if (end.hears_stop) end = {.exit = {.code = 8}};
  }
  void kill(const std::string& token) override {
    const auto found = running_.find(token);
    if (found == running_.end()) return;
    killed.push_back(found->second.first);
    found->second.second = {.exit = {.signal = 9}};
  }
  void wait(int timeout_ms) override { time += timeout_ms / 1000.0; }
  int fence(const std::string& token) override {
    fenced.push_back(token);
    return 0;
  }

 private:
  std::map<std::string, std::pair<std::string, FakeEnd>> running_;
};

}  // namespace unimo::test
