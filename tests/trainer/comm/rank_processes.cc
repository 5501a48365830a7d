#include "tests/trainer/comm/rank_processes.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace unimo::testing {

namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  pid_t pid = -1;
  trainer::Descriptor report;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void live(const RankFunction& function, RankPlace& place, int report) {
  std::string said;
  try {
    said = function(place);
  } catch (const std::exception& error) {
    said = std::string("exception: ") + error.what();
  }
  [[maybe_unused]] const ssize_t written = ::write(report, said.data(), said.size());
  ::_exit(0);
}

// Reads until the rank has ended; a rank that is too slow is killed.
RankEnd collect(const Child& child, Clock::time_point start) {
  constexpr double kLimit_s = 60;
  RankEnd end;
  while (true) {
    pollfd watched{child.report.get(), POLLIN, 0};
    const double left = kLimit_s - seconds_since(start);
    if (left <= 0 || ::poll(&watched, 1, static_cast<int>(left * 1e3)) == 0) {
      ::kill(child.pid, SIGKILL);
      end.said += " (killed by the test: still running after a minute)";
      break;
    }
    char bytes[4096];
    const ssize_t got = ::read(child.report.get(), bytes, sizeof bytes);
    if (got <= 0) break;
    end.said.append(bytes, static_cast<std::size_t>(got));
  }
  int status = 0;
  ::waitpid(child.pid, &status, 0);
  end.seconds = seconds_since(start);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

}  // namespace

std::vector<RankEnd> run_ranks(int ranks, const RankFunction& function,
                               const std::vector<int>& absent) {
  trainer::Listener listener = trainer::listen_on(0, true).value();
  const auto start = Clock::now();
  std::vector<Child> children;
  std::vector<pid_t> pids;
  for (int rank = 0; rank < ranks; ++rank) {
    if (std::find(absent.begin(), absent.end(), rank) != absent.end()) continue;
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) std::terminate();
    trainer::Descriptor report(ends[0]);
    const trainer::Descriptor told(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) {
      report.close();
      children.clear();  // closes the ends of the ranks before
      RankPlace place{.launch = {.rank = rank,
                                 .size = ranks,
                                 .local_rank = rank,
                                 .local_size = ranks,
                                 .address = "127.0.0.1",
                                 .port = listener.port},
                      .others = pids};
      if (rank == 0) place.listener = std::move(listener.socket);
      listener.socket.close();
      live(function, place, told.get());
    }
    pids.push_back(pid);
    children.push_back({.pid = pid, .report = std::move(report)});
  }
  listener.socket.close();
  std::vector<RankEnd> ends;
  for (const Child& child : children) ends.push_back(collect(child, start));
  return ends;
}

std::vector<RankEnd> run_group(int ranks, const std::function<std::string(trainer::Comm&)>& work,
                               double timeout_s) {
  return run_ranks(ranks, [&](RankPlace& place) -> std::string {
    auto comm = trainer::join(
        place.launch,
        {.timeout_s = timeout_s, .meeting_s = 20, .listener = std::move(place.listener)});
    if (!comm) return comm.error().message;
    return work(**comm);
  });
}

std::string text_of(const Status& status) { return status ? "ok" : status.error().message; }

}  // namespace unimo::testing
