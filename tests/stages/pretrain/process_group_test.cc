// Jobs of several processes, with the real program as the other ranks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "orchestrator/base/process.h"
#include "tests/stages/pretrain/stage_process.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using unimo::testing::StageWorld;
using unimo::testing::tiny_pretrain_params;
using namespace std::chrono_literals;

// Started ranks carry what the engine knows an attempt by.
class ProcessGroups : public ::testing::Test {
 protected:
  ProcessGroups() { ::setenv("UNIMO_TOKEN", token_.c_str(), 1); }
  ~ProcessGroups() override { ::unsetenv("UNIMO_TOKEN"); }

  static Json params(int steps, int processes) {
    Json params = tiny_pretrain_params(steps);
    params["train"]["processes"] = processes;
    params["train"]["comm_timeout_s"] = 60;
    params["train"]["reduction"] = {{"sums", "exact"}, {"bucket_mb", 0.02}};
    params["objectives"]["mixture"]["micro_batches"] = 3;
    return params;
  }
  int run(const std::string& task, const Json& parameters,
          StageWorld::Disturbance disturbance = {}) {
    return world_.run(task, "pretrain", parameters, {{"data", world_.pack()}}, disturbance);
  }
  std::vector<pid_t> ranks() const { return processes_with_environment("UNIMO_TOKEN", token_); }
  bool soon(const std::function<bool()>& condition) const {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  const std::string token_ = "process-group-test-" + std::to_string(::getpid());
  StageWorld world_;
};

TEST_F(ProcessGroups, GiveTheSameCheckpointAsOneProcessAndOneSetOfEvents) {
  ASSERT_EQ(run("one", params(6, 1)), 0) << world_.error("one");
  ASSERT_EQ(run("three", params(6, 3)), 0) << world_.error("three");
  EXPECT_EQ(world_.digest("one"), world_.digest("three"));
  EXPECT_EQ(world_.metric("one", "loss"), world_.metric("three", "loss"));
  EXPECT_EQ(world_.metric("one", "gradient_norm"), world_.metric("three", "gradient_norm"));
  EXPECT_TRUE(ranks().empty());
}

TEST_F(ProcessGroups, WarnWhenTheyNeedMoreCoresThanTheJobHas) {
  ASSERT_EQ(run("a", params(1, 2)), 0) << world_.error("a");
  bool warned = false;
  for (const Event& event : world_.events("a")) {
    warned |= event.level == "warning" &&
              event.text.starts_with("2 processes of 1 threads share the 1 cores of the job");
  }
  EXPECT_TRUE(warned);
}

TEST_F(ProcessGroups, EndTogetherWhereThereIsNoGpuForThem) {
  Json wanted = params(2, 2);
  wanted["train"]["device"] = {{"kind", "cuda"}, {"index", 40}};
  EXPECT_NE(run("a", wanted), 0);
  EXPECT_THAT(world_.error("a"), HasSubstr("device"));
  EXPECT_TRUE(soon([this] { return ranks().empty(); }));
}

TEST_F(ProcessGroups, StopTogetherWhenOneIsAsked) {
  ::testing::internal::CaptureStderr();
  const int code = run("a", params(20000, 2), {SIGTERM, 3});
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 8) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("[rank 1] "), HasSubstr("stopped at step")));
  EXPECT_TRUE(soon([this] { return ranks().empty(); }));
}

TEST_F(ProcessGroups, DieWithTheFirst) {
  EXPECT_EQ(run("a", params(20000, 3), {SIGKILL, 3}), -SIGKILL);
  EXPECT_TRUE(soon([this] { return ranks().empty(); }));
}

TEST_F(ProcessGroups, FailWithTheRankThatWasKilledBeforeTheyMet) {
  std::thread killer([this] {
    EXPECT_TRUE(soon([this] { return !ranks().empty(); }));
    for (const pid_t pid : ranks()) ::kill(pid, SIGKILL);
  });
  EXPECT_EQ(run("a", params(20000, 2)), 1);
  killer.join();
  EXPECT_THAT(world_.error("a"), HasSubstr("rank 1: killed by signal 9"));
}

TEST_F(ProcessGroups, FailWithTheRankThatWasKilledWhileItTrained) {
  std::thread killer([this] {
    EXPECT_TRUE(soon([this] { return !world_.metric("a", "loss").empty(); }));
    for (const pid_t pid : ranks()) ::kill(pid, SIGKILL);
  });
  EXPECT_EQ(run("a", params(60, 2)), 1);
  killer.join();
  EXPECT_THAT(world_.error("a"), AllOf(HasSubstr("rank 1 died while rank 0 "),
                                       HasSubstr("(rank 1: killed by signal 9 (Killed))")));
}

TEST_F(ProcessGroups, FailWhenTheProgramCannotDoTheJob) {
  Json parameters = params(5, 2);
  parameters["splits"] = {"trian"};
  EXPECT_EQ(run("a", parameters), 1);
  EXPECT_THAT(world_.error("a"), HasSubstr("it knows the splits train, val"));
  EXPECT_TRUE(soon([this] { return ranks().empty(); }));
}

TEST_F(ProcessGroups, RefuseAnotherNumberThanTheLaunchers) {
  const std::pair<const char*, const char*> variables[] = {{"RANK", "0"},
                                                           {"WORLD_SIZE", "2"},
                                                           {"LOCAL_RANK", "0"},
                                                           {"MASTER_ADDR", "127.0.0.1"},
                                                           {"MASTER_PORT", "29999"}};
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
  EXPECT_EQ(run("a", params(5, 3)), 1);
  for (const auto& [name, value] : variables) ::unsetenv(name);
  EXPECT_THAT(world_.error("a"),
              HasSubstr("train.processes is 3, but a launcher has started 2 ranks"));
}

}  // namespace
}  // namespace unimo::stages
