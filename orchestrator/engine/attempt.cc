#include "orchestrator/engine/attempt.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

constexpr int kResultFormat = 1;
constexpr const char* kResultFile = "result.json";
constexpr const char* kOutputFolder = "output";

// Brackets, '=' and ',' stay, so that people find their task; the rest of the world is replaced.
std::string safe_name(const std::string& task) {
  constexpr std::size_t kLongest = 120;
  std::string safe;
  for (const char c : task) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                       std::string_view("_-.=,[]+").find(c) != std::string_view::npos;
    safe += plain ? c : '_';
  }
  if (safe.size() > kLongest) safe.resize(kLongest);
  if (safe != task) safe += "-" + sha256_hex(task).substr(0, 8);
  return safe;
}

Json exit_to_json(const ExitStatus& exit) {
  return {{"code", exit.code},
          {"signal", exit.signal},
          {"user_s", exit.user_s},
          {"system_s", exit.system_s},
          {"max_rss_kib", exit.max_rss_kib}};
}

}  // namespace

std::string attempt_directory(const std::string& run, const std::string& task, int number) {
  return fmt::format("runs/{}/{}/{}", run, safe_name(task), number);
}

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  UNIMO_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
              "no random bytes");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

Status prepare_attempt(const StorePaths& paths, const AttemptRow& attempt, Job& job) {
  const fs::path directory = paths.root / attempt.directory;
  UNIMO_TRY(remove_tree(directory));
  job.output = directory / kOutputFolder;
  job.events = directory / "events.jsonl";
  UNIMO_TRY(make_directories(job.output));
  return write_job(directory / "job.json", job);
}

RunnerJob runner_job(const StorePaths& paths, const AttemptRow& attempt, const Job& job,
                     const fs::path& program) {
  RunnerJob started;
  started.token = attempt.token;
  started.program = program;
  started.directory = paths.root / attempt.directory;
  started.job_file = started.directory / "job.json";
  const std::string cores = std::to_string(job.resources.cores);
  started.environment = {{"UNIMO_RUN_ID", job.run},
                         {"UNIMO_STAGE", job.task},
                         {"UNIMO_ATTEMPT", std::to_string(attempt.number)},
                         {"UNIMO_EVENTS", job.events.string()},
                         {"UNIMO_OUT", job.output.string()},
                         {"OMP_NUM_THREADS", cores},
                         {"MKL_NUM_THREADS", cores},
                         {"OPENBLAS_NUM_THREADS", cores},
                         {"CUDA_VISIBLE_DEVICES", fmt::format("{}", fmt::join(job.gpu_ids, ","))}};
  return started;
}

Status write_result(const fs::path& directory, const AttemptResult& result) {
  Json parts = Json::object();
  for (const KeyPart& part : result.key.parts) parts[part.name] = part.value;
  Json files = Json::array();
  for (const FileEntry& file : result.artifact.files) {
    files.push_back(
        {{"path", file.path}, {"size_bytes", file.size_bytes}, {"sha256", file.sha256}});
  }
  // Not synced: it mends what a kill interrupts; after a power cut the task simply runs again.
  const Json document = Json{{"format", kResultFormat},
                             {"kind", result.kind},
                             {"key", result.key.digest},
                             {"key_parts", parts},
                             {"artifact", result.artifact.digest},
                             {"files", files},
                             {"exit", exit_to_json(result.exit)}};
  return write_file(directory / kResultFile, canonical_text(document) + "\n");
}

Result<AttemptResult> read_result(const fs::path& directory) {
  const fs::path file = directory / kResultFile;
  const Json document = UNIMO_TRY(read_json(file));
  try {
    if (document.at("format") != kResultFormat) {
      return fail(ErrorCode::kInvalid, "{}: format {} is not {}", file.string(),
                  document.at("format").dump(), kResultFormat);
    }
    AttemptResult result;
    result.kind = document.at("kind");
    result.key.digest = document.at("key");
    for (const auto& [name, value] : document.at("key_parts").items())
      result.key.parts.push_back({name, value});
    result.artifact.digest = document.at("artifact");
    for (const Json& entry : document.at("files")) {
      result.artifact.files.push_back(
          {entry.at("path"), entry.at("size_bytes"), entry.at("sha256")});
    }
    const Json& exit = document.at("exit");
    result.exit.code = exit.at("code");
    result.exit.user_s = exit.at("user_s");
    result.exit.system_s = exit.at("system_s");
    result.exit.max_rss_kib = exit.at("max_rss_kib");
    return result;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalid, "{}: not a result: {}", file.string(), error.what());
  }
}

Result<Artifact> keep_output(const StorePaths& paths, const AttemptRow& attempt,
                             const CacheKey& key, const std::string& kind, const ExitStatus& exit) {
  const fs::path directory = paths.root / attempt.directory;
  const fs::path output = directory / kOutputFolder;
  Artifact artifact = UNIMO_TRY(measure_artifact(output));
  UNIMO_TRY(write_result(directory, {key, kind, artifact, exit}));
  UNIMO_TRY(place_artifact(paths, output, artifact));
  return artifact;
}

Result<bool> finish_publication(const StorePaths& paths, RunWriter& writer,
                                const AttemptRow& attempt) {
  const fs::path directory = paths.root / attempt.directory;
  std::error_code error;
  if (!fs::exists(directory / kResultFile, error)) return false;
  const auto result = read_result(directory);
  if (!result || !result->exit.success()) return false;
  if (!artifact_exists(paths, result->artifact.digest)) {
    // The engine died between the record and the rename: what lies there counts only if it is still
    // the same.
    const fs::path output = directory / kOutputFolder;
    if (!fs::is_directory(output, error)) return false;
    const auto measured = measure_artifact(output);
    if (!measured || measured->digest != result->artifact.digest) return false;
    UNIMO_TRY(place_artifact(paths, output, *measured));
  }
  UNIMO_TRY(
      writer.publish(attempt, result->exit, result->key.digest, result->kind, result->artifact));
  UNIMO_TRY(remove_tree(paths.resume() / result->key.digest));
  return true;
}

std::string last_lines(const fs::path& file, std::size_t count) {
  constexpr std::size_t kMost = 4000;
  const auto text = read_file(file);
  if (!text) return {};
  std::string_view rest(*text);
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  if (rest.size() > kMost) rest.remove_prefix(rest.size() - kMost);
  std::size_t begin = rest.size();
  for (std::size_t found = 0; found < count && begin > 0; ++found) {
    const std::size_t newline = rest.rfind('\n', begin - 1);
    begin = newline == std::string_view::npos ? 0 : newline;
    if (begin == 0) break;
  }
  if (begin < rest.size() && rest[begin] == '\n') ++begin;
  return std::string(rest.substr(begin));
}

}  // namespace unimo
