#include "stages/pretrain/rank_children.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

namespace {

// How long children that know the end may take, and then how long after a request to stop.
constexpr double kPatience_s = 20;
constexpr double kStopPatience_s = 5;

// This program, also after its file was replaced; in a program that only contains the stages (a
// test), the real one beside it.
std::string program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (self.filename().string().starts_with("unimo-tensor")) return "/proc/self/exe";
  return (program_directory() / "unimo-tensor").string();
}

// One write for each line, so that those of several processes do not mix.
void write_line(int rank, const std::string& line) {
  const std::string text = fmt::format("[rank {}] {}\n", rank, line);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Result<std::unique_ptr<RankChildren>> RankChildren::start(const trainer::Launch& own,
                                                          const std::filesystem::path& job_file) {
  std::unique_ptr<RankChildren> group(new RankChildren());
  for (trainer::Launch launch = own; ++launch.rank < own.size;) {
    launch.local_rank = launch.rank;
    group->children_.push_back(UNIMO_TRY(group->start_child_of(launch, job_file)));
  }
  group->thread_ = std::thread([raw = group.get()] { raw->watch(); });
  return group;
}

Result<RankChildren::Child> RankChildren::start_child_of(const trainer::Launch& launch,
                                                         const std::filesystem::path& job_file) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, "cannot make a pipe: {}", std::strerror(errno));
  }
  Child child{.rank = launch.rank, .output = trainer::Descriptor(ends[0])};
  const trainer::Descriptor end_of_child(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  // The child opens the pipe by this name before it becomes the program.
  const std::string pipe = fmt::format("/proc/self/fd/{}", ends[1]);
  child.pid =
      UNIMO_TRY(start_child({.argv = {program(), job_file.string()},
                             .environment = {{"RANK", std::to_string(launch.rank)},
                                             {"WORLD_SIZE", std::to_string(launch.size)},
                                             {"LOCAL_RANK", std::to_string(launch.rank)},
                                             {"LOCAL_WORLD_SIZE", std::to_string(launch.size)},
                                             {"MASTER_ADDR", launch.address},
                                             {"MASTER_PORT", std::to_string(launch.port)}},
                             .stdout_path = pipe,
                             .stderr_path = pipe}));
  return child;
}

RankChildren::~RankChildren() {
  if (!all_ended()) {
    signal_all(SIGTERM);
    if (!wait_until_ended(kStopPatience_s)) signal_all(SIGKILL);
    (void)wait_until_ended(kStopPatience_s);
  }
  ended_.wake();
  if (thread_.joinable()) thread_.join();
}

std::optional<std::string> RankChildren::ended_early() const {
  const std::lock_guard lock(mutex_);
  for (const Child& child : children_) {
    if (!child.exit) continue;
    const std::string& words = child.line.empty() ? child.last_line : child.line;
    return fmt::format("rank {}: {}{}{}", child.rank, child.exit->text(),
                       words.empty() ? "" : "; its last line: ", words);
  }
  return std::nullopt;
}

std::string RankChildren::wait(bool told) {
  bool killed = false;
  if (!wait_until_ended(kPatience_s)) {
    killed = true;
    signal_all(SIGTERM);
    if (!wait_until_ended(kStopPatience_s)) signal_all(SIGKILL);
    (void)wait_until_ended(kStopPatience_s);
  }
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Child& child : children_) {
    if (!child.exit || child.exit->success()) continue;
    if (told && (child.exit->signal == 0 || killed)) continue;
    text += fmt::format("{}rank {}: {}", text.empty() ? "" : "; ", child.rank, child.exit->text());
  }
  return text;
}

bool RankChildren::all_ended() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(children_.begin(), children_.end(),
                     [](const Child& child) { return child.exit.has_value(); });
}

bool RankChildren::wait_until_ended(double seconds) const {
  const auto deadline = trainer::CommClock::now() + std::chrono::duration<double>(seconds);
  while (!all_ended()) {
    if (trainer::CommClock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void RankChildren::signal_all(int number) {
  const std::lock_guard lock(mutex_);
  for (const Child& child : children_) {
    if (!child.exit) signal_group(child.pid, number);
  }
}

void RankChildren::watch() {
  bool stop_passed_on = false;
  while (true) {
    std::vector<pollfd> watched = {{ended_.fd(), POLLIN, 0}};
    for (const Child& child : children_) watched.push_back({child.output.get(), POLLIN, 0});
    constexpr int kTick_ms = 20;
    ::poll(watched.data(), watched.size(), kTick_ms);
    if (!stop_passed_on && StageContext::stop_requested()) {
      signal_all(SIGTERM);
      stop_passed_on = true;
    }
    const std::lock_guard lock(mutex_);
    for (Child& child : children_) {
      // Asked before the last read, so that nothing of what it wrote is missed.
      std::optional<ExitStatus> exit;
      if (!child.exit) exit = poll_child(child.pid).value_or(ExitStatus{.code = 127});
      if (child.output) read_output(child);
      if (exit) child.exit = exit;
    }
    if ((watched[0].revents & POLLIN) != 0) return;
  }
}

void RankChildren::read_output(Child& child) {
  std::array<char, 4096> bytes;
  while (true) {
    const ssize_t got = ::read(child.output.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) child.output.close();
    if (got <= 0) break;
    child.line.append(bytes.data(), static_cast<std::size_t>(got));
    write_lines(child);
  }
}

void RankChildren::write_lines(Child& child) {
  std::size_t begin = 0;
  for (std::size_t end; (end = child.line.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    child.last_line = child.line.substr(begin, end - begin);
    write_line(child.rank, child.last_line);
  }
  child.line.erase(0, begin);
}

}  // namespace unimo::stages
