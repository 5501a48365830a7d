// fetch.images as a process of its own that is stopped or killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stages/fetch/fetch_bench.h"
#include "tests/stages/fetch/picture_server.h"

namespace unimo::stages {
namespace {

using namespace std::chrono_literals;

constexpr int kRows = 120;

class KilledFetch : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> urls;
    for (int i = 0; i < kRows; ++i) {
      const std::string path = fmt::format("/{}.jpg", i);
      urls.push_back(server_.url(path));
      if (i % 10 == 3) continue;  // missing
      server_.picture(path, make_picture(i % 17 == 0 ? 0 : i));
    }
    bench_.list(urls);
    server_.latency([](const std::string& path) { return 4 + static_cast<int>(path.size()) * 2; });
    params_.connections = params_.per_host = 4;
    params_.placeholder_limit = 5;
  }

  pid_t start() {
    bench_.prepare(params_);
    const auto file = bench_.path("job.json");
    EXPECT_TRUE(write_job(file, bench_.job()).has_value());
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl(UNIMO_FETCH_PROGRAM, UNIMO_FETCH_PROGRAM, file.c_str(), nullptr);
      ::_exit(127);
    }
    return child;
  }
  // The exit code, or minus the signal.
  static int end_of(pid_t child) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run() { return end_of(start()); }
  // Sends the signal when the host was asked so often more.
  int interrupt(int after, int signal) {
    const int before = server_.all_asked();
    const pid_t child = start();
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (server_.all_asked() - before < after && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(1ms);
    EXPECT_EQ(::kill(child, signal), 0);
    return end_of(child);
  }

  PictureServer server_;
  FetchBench bench_;
  FetchImages params_ = loopback_params();
};

TEST_F(KilledFetch, AfterKillsAnywhereOnlyTheRestIsFetchedAndTheArtifactIsTheSame) {
  ASSERT_EQ(run(), 0);
  const std::string digest = bench_.digest();
  const int whole = server_.all_asked();
  EXPECT_EQ(whole, kRows);

  bench_.forget();
  int kills = 0;
  for (const int after : {1, 13, 40, 17}) {
    EXPECT_EQ(interrupt(after, SIGKILL), -SIGKILL);
    ++kills;
  }
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(bench_.digest(), digest);
  // Each kill loses what was under way: on the wire or being looked at.
  const int again = server_.all_asked() - whole - kRows;
  EXPECT_GE(again, 0);
  EXPECT_LE(again, kills * 2 * params_.connections);
}

TEST_F(KilledFetch, AStopKeepsWhatWasFetched) {
  EXPECT_EQ(interrupt(50, SIGTERM), 8);
  const int before = server_.all_asked();
  ASSERT_EQ(run(), 0);
  EXPECT_LE(server_.all_asked() - before, kRows - 50 + 2 * params_.connections);
  EXPECT_EQ(bench_.statistics()["rows"], kRows);
}

}  // namespace
}  // namespace unimo::stages
