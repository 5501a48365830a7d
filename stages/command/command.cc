#include "stages/command/command.h"

#include <csignal>

#include <algorithm>
#include <cctype>

#include "orchestrator/base/process.h"
#include "stages/schema/command.h"

namespace unimo::stages {

namespace {

constexpr int kTemporaryFailure = 75;
constexpr int kPollMs = 200;

std::string variable_name(std::string_view input) {
  std::string name = "UNIMO_INPUT_";
  for (const char c : input) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return name;
}

ChildSpec child_spec(const StageContext& context, const std::string& command) {
  const Job& job = context.job();
  ChildSpec spec{.argv = {"/bin/sh", "-c", command}, .directory = context.output()};
  for (const auto& [input, items] : job.inputs) {
    std::string paths;
    for (const InputItem& item : items) paths += (paths.empty() ? "" : "\n") + item.path.string();
    spec.environment.emplace_back(variable_name(input), paths);
  }
  spec.environment.emplace_back("UNIMO_OUT", context.output().string());
  spec.environment.emplace_back("UNIMO_EVENTS", job.events.string());
  spec.environment.emplace_back("UNIMO_SEED", fmt::to_string(job.seed));
  spec.environment.emplace_back("UNIMO_SHARD_INDEX", fmt::to_string(job.shard_index));
  spec.environment.emplace_back("UNIMO_SHARD_COUNT", fmt::to_string(job.shard_count));
  return spec;
}

// Waits for the end, handing on a request to stop.
Result<ExitStatus> follow(pid_t pid) {
  bool told = false;
  while (true) {
    if (const auto exit = UNIMO_TRY(poll_child(pid))) return *exit;
    if (StageContext::stop_requested() && !told) {
      signal_group(pid, SIGTERM);
      told = true;
    }
    wait_for_any({pid}, kPollMs);
  }
}

}  // namespace

Status run_command(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<CommandParams>());
  if (params.command.empty()) {
    return fail(ErrorCode::kInvalid, "{}: params.command is empty; give a shell command",
                context.job().task);
  }
  const pid_t pid = UNIMO_TRY(start_child(child_spec(context, params.command)));
  const ExitStatus exit = UNIMO_TRY(follow(pid));
  if (exit.success()) return ok();
  if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "stopped on request");
  return fail(exit.code == kTemporaryFailure ? ErrorCode::kIo : ErrorCode::kFailed,
              "the command ended with {}: {}", exit.text(), params.command);
}

}  // namespace unimo::stages
