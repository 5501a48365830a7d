// One try of a task on the disk: its folder with job.json and an empty output, the publication of
// what it made, and the record beside it from which the store can be mended after a crash.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/process.h"
#include "orchestrator/base/result.h"
#include "orchestrator/engine/cache_key.h"
#include "orchestrator/engine/runner.h"
#include "orchestrator/stage/job.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/run_writer.h"

namespace unimo {

// runs/<run>/<task>/<number>, relative to the root. Task names are made safe for a file system.
std::string attempt_directory(const std::string& run, const std::string& task, int number);

// A name for one attempt that no other has; processes carry it in their environment.
std::string new_token();

// Makes the folder (removing what may lie there), the empty output folder and job.json.
Status prepare_attempt(const StorePaths& paths, const AttemptRow& attempt, Job& job);

// What the runner needs to start it.
RunnerJob runner_job(const StorePaths& paths, const AttemptRow& attempt, const Job& job,
                     const std::filesystem::path& program);

// What is known of a finished attempt, written as result.json before anything is renamed.
struct AttemptResult {
  CacheKey key;
  std::string kind;
  Artifact artifact;
  ExitStatus exit;
};
Status write_result(const std::filesystem::path& directory, const AttemptResult& result);
Result<AttemptResult> read_result(const std::filesystem::path& directory);

// From output folder to artifact, in this order: measure, result.json, sync and rename. What
// follows is RunWriter::publish. Killed anywhere in between, the next engine either finishes it or
// finds nothing.
Result<Artifact> keep_output(const StorePaths& paths, const AttemptRow& attempt,
                             const CacheKey& key, const std::string& kind, const ExitStatus& exit);

// Both steps from result.json, after a crash. False when the attempt had not come so far.
Result<bool> finish_publication(const StorePaths& paths, RunWriter& writer,
                                const AttemptRow& attempt);

// The last lines of a log, for the message of a failure.
std::string last_lines(const std::filesystem::path& file, std::size_t lines);

}  // namespace unimo
