#include "stages/command/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

class CommandStage : public ::testing::Test {
 protected:
  Status run(const std::string& command) {
    job_.task = "step";
    job_.kind = "command";
    job_.seed = 7;
    job_.params = {{"command", command}};
    job_.output = folder_.path() / "out";
    job_.events = folder_.path() / "events.jsonl";
    EXPECT_TRUE(make_directories(job_.output).has_value());
    auto events = EventWriter::open(job_.events);
    StageContext context(job_, *events);
    return run_command(context);
  }

  TempDir folder_ = *TempDir::make("unimo-command-");
  Job job_;
};

TEST_F(CommandStage, FillsTheOutputFromInputsSeedAndShard) {
  job_.inputs["my-data"] = {{.path = "/data/a"}, {.path = "/data/b"}};
  job_.shard_index = 2;
  ASSERT_TRUE(
      run("echo \"$UNIMO_INPUT_MY_DATA $UNIMO_SEED $UNIMO_SHARD_INDEX\" > result.txt").has_value());
  EXPECT_EQ(*read_file(job_.output / "result.txt"), "/data/a\n/data/b 7 2\n");
}

TEST_F(CommandStage, AFailureNamesTheExitCodeAndTheCommand) {
  const Status status = run("exit 3");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kFailed);
  EXPECT_THAT(status.error().message, HasSubstr("exit code 3: exit 3"));
}

TEST_F(CommandStage, ExitCode75IsWorthAnotherTry) {
  EXPECT_EQ(run("exit 75").error().code, ErrorCode::kIo);
}

TEST_F(CommandStage, AnEmptyCommandIsAMistakeOfTheFile) {
  EXPECT_EQ(run("").error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace unimo::stages
