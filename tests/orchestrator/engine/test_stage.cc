// A stage program for the engine's tests: real processes with checkpoints and every kind of
// trouble.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "tests/orchestrator/engine/fake_runner.h"
#include "tests/orchestrator/engine/test_schemas.h"

namespace unimo {
namespace {

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Leaves a grandchild in a session of its own that appends to a file for ever.
void leave_an_orphan(const std::filesystem::path& file) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  while (true) {
    std::ofstream(file, std::ios::app) << "x" << std::flush;
    pause(20);
  }
}

Status make_trouble(const std::string& trouble, StageContext& context) {
  if (trouble == "fail") return fail(ErrorCode::kInvalid, "the input is wrong in line 7");
  if (trouble == "crash") ::raise(SIGABRT);
  if (trouble == "exit") ::_exit(3);
  if (trouble == "orphan")
    leave_an_orphan(context.job().events.parent_path().parent_path() / "orphan.txt");
  if (trouble == "deaf") {
    for (const int number : {SIGTERM, SIGINT}) ::signal(number, SIG_IGN);
  }
  return ok();
}

// Counts to `steps`, keeping a checkpoint, so that a killed attempt goes on where it stopped. The
// output depends on the number of steps alone, not on how often it was interrupted.
Status run(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<test::TestParams>());
  UNIMO_TRY(make_trouble(params.trouble, context));
  const auto checkpoint = UNIMO_TRY(context.resume_directory()) / "step.txt";
  int step = 0;
  if (const auto text = read_file(checkpoint)) step = std::stoi(*text);
  while (step < params.steps) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped at step {}", step);
    ++step;
    pause(params.sleep_ms);
    context.events().metric("loss", 1.0 / step, step);
    context.events().progress(step, params.steps, "steps");
    UNIMO_TRY(write_file_atomic(checkpoint, std::to_string(step)));
  }
  std::string threads = std::getenv("OMP_NUM_THREADS");
  if (params.trouble == "threads")
    UNIMO_TRY(write_file_atomic(context.output() / "threads.txt", threads));
  UNIMO_TRY(make_directories(context.output() / "sub"));
  UNIMO_TRY(write_file_atomic(context.output() / "out.txt", test::content_of(context.job())));
  return write_file_atomic(context.output() / "sub" / "constant.txt", "always the same\n");
}

}  // namespace
}  // namespace unimo

int main(int argc, char** argv) {
  const unimo::StageEntry entries[] = {
      {"make", unimo::run}, {"use", unimo::run}, {"join", unimo::run}, {"split", unimo::run}};
  return unimo::run_stage_program(argc, argv, entries);
}
