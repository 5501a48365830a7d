// The program itself: what it refuses, what it prints, how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/base/process.h"

namespace unimo::web {
namespace {

using testing::HasSubstr;

class WebProgram : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("unimo-web-");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
  }

  pid_t start(std::vector<std::string> arguments) const {
    std::vector<std::string> argv{UNIMO_PROGRAM_DIR "/unimo-web", "--root", path("store")};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto pid =
        start_child({.argv = argv, .stdout_path = path("out"), .stderr_path = path("err")});
    EXPECT_TRUE(pid) << pid.error().message;
    return pid.value_or(-1);
  }
  ExitStatus wait(pid_t pid) const {
    const auto status = wait_child(pid);
    EXPECT_TRUE(status) << status.error().message;
    return status.value_or(ExitStatus{.code = -1});
  }
  std::string path(const char* name) const { return folder_->path() / name; }
  std::string said(const char* name) const { return read_file(path(name)).value_or(""); }

  std::unique_ptr<TempDir> folder_;
};

TEST_F(WebProgram, IsNotSeenFromOutsideWithoutAToken) {
  EXPECT_EQ(wait(start({"--bind", "0.0.0.0", "--port", "0"})).code, 2);
  EXPECT_THAT(said("err"), HasSubstr("--token-file"));
}

TEST_F(WebProgram, RefusesATokenThatCanBeGuessed) {
  std::ofstream(path("token")) << "secret\n";
  EXPECT_EQ(wait(start({"--port", "0", "--token-file", path("token")})).code, 2);
  EXPECT_THAT(said("err"), HasSubstr("openssl rand -hex 24"));
}

TEST_F(WebProgram, NamesAnUnknownOption) {
  EXPECT_EQ(wait(start({"--prot", "1"})).code, 2);
  EXPECT_THAT(said("err"), HasSubstr("--prot"));
}

TEST_F(WebProgram, PrintsItsAddressAndEndsWhenAsked) {
  const pid_t pid = start({"--port", "0"});
  for (int i = 0; i < 500 && said("out").find('\n') == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(said("out"), testing::MatchesRegex("http://127.0.0.1:[0-9]+/\n"));
  signal_group(pid, SIGTERM);
  EXPECT_EQ(wait(pid).code, 0);
}

}  // namespace
}  // namespace unimo::web
