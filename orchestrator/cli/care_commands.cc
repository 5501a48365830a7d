#include "orchestrator/cli/care_commands.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/base/process.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/run_reader.h"
#include "orchestrator/store/run_writer.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

Json to_json(const Damage& damage) {
  return {{"artifact", damage.artifact}, {"path", damage.path}, {"what", damage.what}};
}

// The runs whose artifacts stay: the newest of each experiment, and all that still go on.
Result<std::set<std::string>> kept_artifacts(RunReader& reader, int keep_last) {
  std::set<std::string> kept;
  std::map<std::string, int> seen;
  for (const RunRow& run : UNIMO_TRY(reader.runs(1'000'000))) {
    if (seen[run.experiment]++ >= keep_last && run.state != state::kRunning) continue;
    for (std::string& digest : UNIMO_TRY(reader.artifacts_of_run(run.id)))
      kept.insert(std::move(digest));
  }
  return kept;
}

// Checkpoints of cache keys that are done: nobody will continue from them.
Result<std::vector<fs::path>> finished_checkpoints(RunReader& reader) {
  std::set<std::string> done;
  UNIMO_TRY(reader.database().query("SELECT key FROM cache",
                                    [&](const Row& row) { done.insert(row.text(0)); }));
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(reader.paths().resume(), error), end; !error && it != end;
       it.increment(error)) {
    if (done.contains(it->path().filename().string())) folders.push_back(it->path());
  }
  return folders;
}

struct Check {
  std::string name;
  bool good = true;
  std::string text;
};

Check check_program(const std::string& name) {
  const fs::path path = program_directory() / name;
  const bool there = ::access(path.c_str(), X_OK) == 0;
  return {name, there,
          there ? path.string() : fmt::format("{} is missing; build it", path.string())};
}

Check check_space(const fs::path& root) {
  std::error_code error;
  fs::path existing = fs::absolute(root, error);
  while (!fs::exists(existing, error) && existing.has_parent_path() &&
         existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  const fs::space_info space = fs::space(existing, error);
  if (error)
    return {"disk space", false, fmt::format("{}: {}", existing.string(), error.message())};
  constexpr std::uintmax_t kEnough = 2'000'000'000;
  return {"disk space", space.available > kEnough,
          fmt::format("{} free where {} lies",
                      human_bytes(static_cast<std::int64_t>(space.available)), root.string())};
}

Check check_sqlite() {
  return {"SQLite", true,
          fmt::format("{} ({}); one process writes, so its WAL-reset fault cannot strike",
                      Database::library_version(), Database::library_source_id().substr(0, 19))};
}

void check_store(const fs::path& root, std::vector<Check>& checks) {
  auto database = open_store_reader(root);
  if (!database) {
    const bool absent = database.error().code == ErrorCode::kNotFound;
    checks.push_back({"store", absent, database.error().message});
    return;
  }
  std::string answer;
  const auto asked =
      database->query("PRAGMA quick_check(1)", [&](const Row& row) { answer = row.text(0); });
  checks.push_back(
      {"store", asked && answer == "ok",
       asked ? fmt::format("{}: {}", database->path().string(), answer) : asked.error().message});
  const auto holder = FileLock::holder(store_paths(root).lock());
  checks.push_back({"engine", true, holder ? "running: " + *holder : "not running"});
}

Check check_processor() {
  const auto text = read_file("/proc/cpuinfo");
  if (!text) return {"processor", false, text.error().message};
  std::string found;
  for (const char* flag : {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}) {
    if (text->find(std::string(" ") + flag + " ") != std::string::npos)
      found += std::string(" ") + flag;
  }
  return {"processor", true,
          fmt::format("{} cores,{}", std::thread::hardware_concurrency(),
                      found.empty() ? " no vector extension known here" : found)};
}

Check check_gpu() {
  std::error_code error;
  const bool there = fs::exists("/dev/nvidia0", error);
  return {"GPU", true, there ? "found" : "none; everything runs on the CPU"};
}

}  // namespace

Result<int> verify(const fs::path& root, const std::vector<std::string>& digests,
                   const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  std::vector<ArtifactRow> wanted;
  for (const std::string& digest : digests)
    wanted.push_back(UNIMO_TRY(reader.find_artifact(digest)));
  if (digests.empty()) wanted = UNIMO_TRY(reader.artifacts());
  std::vector<Damage> damages;
  std::set<std::string> known;
  std::int64_t checked = 0;
  for (const ArtifactRow& artifact : wanted) {
    known.insert(artifact.digest);
    if (!artifact.present) continue;
    ++checked;
    const auto files = UNIMO_TRY(reader.artifact_files(artifact.digest));
    for (Damage& damage : UNIMO_TRY(verify_artifact(reader.paths(), artifact.digest, files))) {
      damages.push_back(std::move(damage));
    }
  }
  if (digests.empty()) {
    for (const std::string& digest : UNIMO_TRY(stored_artifacts(reader.paths()))) {
      if (!known.contains(digest))
        damages.push_back({digest, "", "not recorded (left by a crash; gc removes it)"});
    }
  }
  if (console.json) {
    Json document{{"checked", checked}, {"damages", Json::array()}};
    for (const Damage& damage : damages) document["damages"].push_back(to_json(damage));
    print_json(document);
  } else {
    for (const Damage& damage : damages) {
      print_out(
          fmt::format("{} {}: {}\n", short_digest(damage.artifact), damage.path, damage.what));
    }
    print_out(fmt::format("{} artifact(s) re-hashed, {} problem(s)\n", checked, damages.size()));
  }
  const bool damaged = std::any_of(damages.begin(), damages.end(), [](const Damage& damage) {
    return !damage.what.starts_with("not recorded (");
  });
  return damaged ? exit_code::kIntegrity : exit_code::kSuccess;
}

Result<int> collect_garbage(const fs::path& root, const GcOptions& options,
                            const ConsoleOptions& console) {
  // Before the store is opened for writing: gc must not create one.
  auto reader = UNIMO_TRY(RunReader::open(root));
  WritableStore store = UNIMO_TRY(
      WritableStore::open(root, fmt::format("process {}, collecting garbage", ::getpid())));
  RunWriter writer(store.database());
  const auto kept = UNIMO_TRY(kept_artifacts(reader, options.keep_last));
  std::map<std::string, std::int64_t> sizes;
  for (const ArtifactRow& artifact : UNIMO_TRY(reader.artifacts()))
    sizes[artifact.digest] = artifact.size_bytes;
  Json removed = Json::array();
  std::int64_t bytes = 0;
  for (const std::string& digest : UNIMO_TRY(stored_artifacts(store.paths()))) {
    if (kept.contains(digest)) continue;
    bytes += sizes[digest];
    removed.push_back(digest);
    if (!options.remove) continue;
    // First forgotten, then removed: a crash between leaves an unrecorded folder, never a missing
    // one.
    UNIMO_TRY(writer.drop_artifact(digest));
    UNIMO_TRY(remove_tree(artifact_path(store.paths(), digest)));
  }
  const auto checkpoints = UNIMO_TRY(finished_checkpoints(reader));
  for (const fs::path& folder : checkpoints) {
    if (options.remove) UNIMO_TRY(remove_tree(folder));
  }
  if (console.json) {
    print_json({{"removed", options.remove},
                {"artifacts", removed},
                {"bytes", bytes},
                {"kept", kept.size()},
                {"checkpoints", checkpoints.size()}});
  } else {
    print_out(fmt::format(
        "{} {} artifact(s), {}, and {} finished checkpoint folder(s); {} artifact(s) stay\n",
        options.remove ? "removed" : "would remove", removed.size(), human_bytes(bytes),
        checkpoints.size(), kept.size()));
    if (!options.remove && (!removed.empty() || !checkpoints.empty()))
      print_out("add --delete to do it\n");
  }
  return exit_code::kSuccess;
}

Result<int> doctor(const fs::path& root, const ConsoleOptions& console) {
  std::vector<Check> checks;
  for (const char* program : {"unimo-stage", "unimo-tensor", "unimo-web"})
    checks.push_back(check_program(program));
  checks.push_back(check_sqlite());
  check_store(root, checks);
  checks.push_back(check_space(root));
  checks.push_back(check_processor());
  checks.push_back(check_gpu());
  bool good = true;
  Json document = Json::array();
  for (const Check& check : checks) {
    good = good && check.good;
    document.push_back({{"name", check.name}, {"good", check.good}, {"text", check.text}});
    if (!console.json) {
      print_out(fmt::format("{}  {:<13} {}\n", check.good ? "ok     " : "PROBLEM", check.name,
                            check.text));
    }
  }
  if (console.json) print_json(document);
  return good ? exit_code::kSuccess : exit_code::kEnvironment;
}

Result<int> stop(const fs::path& root, double timeout_s, const ConsoleOptions& console) {
  const fs::path lock = store_paths(root).lock();
  const auto holder = FileLock::holder(lock);
  if (!holder) {
    if (console.json) print_json({{"stopped", false}, {"text", "nothing is running"}});
    if (!console.json) print_out("nothing is running\n");
    return exit_code::kSuccess;
  }
  int pid = 0;
  if (std::sscanf(holder->c_str(), "process %d", &pid) != 1 || pid <= 0) {
    return fail(ErrorCode::kConflict, "the store is held by \"{}\", which cannot be asked to stop",
                *holder);
  }
  ::kill(pid, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  while (FileLock::holder(lock) == holder) {
    if (std::chrono::steady_clock::now() > deadline) {
      print_note(
          fmt::format("process {} has not stopped after {}\n", pid, human_duration(timeout_s)));
      return exit_code::kTimedOut;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (console.json) print_json({{"stopped", true}, {"pid", pid}});
  if (!console.json)
    print_out(fmt::format("stopped process {}; the same `unimo run` goes on from here\n", pid));
  return exit_code::kSuccess;
}

Result<int> start_dashboard(const fs::path& root, std::vector<std::string> arguments) {
  const fs::path log = store_paths(root).root / "web.log";
  UNIMO_TRY(make_directories(log.parent_path()));
  UNIMO_TRY(write_file_atomic(log, ""));
  arguments.insert(arguments.begin(), (program_directory() / "unimo-web").string());
  const pid_t pid = UNIMO_TRY(start_child({.argv = std::move(arguments),
                                           .stdout_path = log,
                                           .stderr_path = log,
                                           .die_with_parent = false}));
  // The address is its first line; a port that is taken ends it at once.
  for (int tries = 0; tries < 50; ++tries) {
    const std::string text = UNIMO_TRY(read_file(log));
    if (UNIMO_TRY(poll_child(pid))) {
      print_note(text);
      return exit_code::kEnvironment;
    }
    if (text.find('\n') != std::string::npos) {
      print_out(fmt::format("dashboard: {}stop it with `kill {}`\n", text, pid));
      return exit_code::kSuccess;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  print_note(
      fmt::format("unimo-web (process {}) has not told its address; see {}\n", pid, log.string()));
  return exit_code::kEnvironment;
}

Result<int> version(const ConsoleOptions& console) {
  const Json document{{"unimo", UNIMO_VERSION},
                      {"compiler", fmt::format("GCC {}", __VERSION__)},
                      {"sqlite", Database::library_version()},
                      {"store", "1"}};
  if (console.json) {
    print_json(document);
  } else {
    print_out(fmt::format("unimo {} ({}, SQLite {})\n", UNIMO_VERSION,
                          document["compiler"].get<std::string>(), Database::library_version()));
  }
  return exit_code::kSuccess;
}

}  // namespace unimo
