#include "trainer/comm/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;
using Environment = std::map<std::string, std::string>;

Result<Launch> launch_in(const Environment& environment) {
  return launch_of_process({}, [&environment](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

// "rank/size local/localsize address:port", or the error.
std::string text_of(const Result<Launch>& launch) {
  if (!launch) return launch.error().message;
  return fmt::format("{}/{} {}/{} {}:{}", launch->rank, launch->size, launch->local_rank,
                     launch->local_size, launch->address, launch->port);
}

const Environment kTorchrun = {{"RANK", "5"},          {"WORLD_SIZE", "8"},
                               {"LOCAL_RANK", "1"},    {"LOCAL_WORLD_SIZE", "4"},
                               {"MASTER_ADDR", "n01"}, {"MASTER_PORT", "29500"}};
const Environment kSlurm = {{"SLURM_STEP_ID", "0"},      {"SLURM_PROCID", "3"},
                            {"SLURM_NTASKS", "4"},       {"SLURM_LOCALID", "1"},
                            {"SLURM_JOB_ID", "1234567"}, {"SLURM_JOB_NODELIST", "n[01-03,7]"}};

Environment changed(Environment environment, const std::string& name, const std::string& value) {
  environment[name] = value;
  return environment;
}

Environment without(Environment environment, const std::string& name) {
  environment.erase(name);
  return environment;
}

TEST(Launch, IsOneRankWhereNothingSaysOtherwise) {
  EXPECT_EQ(text_of(launch_in({})), "0/1 0/1 :0");
}

TEST(Launch, ReadsTheVariablesOfTorchrun) {
  EXPECT_EQ(text_of(launch_in(kTorchrun)), "5/8 1/4 n01:29500");
}

TEST(Launch, ReadsTheVariablesOfASlurmStep) {
  EXPECT_EQ(text_of(launch_in(kSlurm)), "3/4 1/1 n01:24567");
}

TEST(Launch, GivesTwoStepsOfAJobTwoPorts) {
  EXPECT_EQ(text_of(launch_in(changed(kSlurm, "SLURM_STEP_ID", "1"))), "3/4 1/1 n01:25576");
}

TEST(Launch, TakesTheMasterAddressThatAUserGivesASlurmStep) {
  Environment environment = changed(kSlurm, "MASTER_ADDR", "10.0.0.1");
  environment["MASTER_PORT"] = "4000";
  EXPECT_EQ(text_of(launch_in(environment)), "3/4 1/1 10.0.0.1:4000");
}

TEST(Launch, PrefersTorchrunInsideASlurmStep) {
  Environment both = kSlurm;
  both.insert(kTorchrun.begin(), kTorchrun.end());
  EXPECT_EQ(text_of(launch_in(both)), "5/8 1/4 n01:29500");
}

TEST(Launch, PrefersWhatTheCallerGives) {
  const Launch given{.rank = 1, .size = 2, .address = "127.0.0.1", .port = 5};
  const auto launch = launch_of_process(given, [](const char*) { return "nonsense"; });
  EXPECT_EQ(text_of(launch), "1/2 0/1 127.0.0.1:5");
}

TEST(Launch, TakesABatchScriptForTheOneProcessThatItIs) {
  EXPECT_EQ(text_of(launch_in(without(kSlurm, "SLURM_STEP_ID"))), "0/1 0/1 :0");
}

TEST(Launch, NamesTheVariableThatIsWrong) {
  struct Case {
    Environment environment;
    const char* told;
  };
  const Case cases[] = {
      {without(kTorchrun, "RANK"), "RANK is not set although WORLD_SIZE is \"8\""},
      {without(kTorchrun, "WORLD_SIZE"), "WORLD_SIZE is not set although RANK is \"5\""},
      {without(kTorchrun, "LOCAL_RANK"), "LOCAL_RANK is not set although RANK is \"5\""},
      {without(kTorchrun, "MASTER_ADDR"), "MASTER_ADDR is not set although RANK is \"5\""},
      {without(kTorchrun, "MASTER_PORT"), "MASTER_PORT is not set although RANK is \"5\""},
      {{{"MASTER_PORT", "29500"}}, "RANK is not set although MASTER_PORT is \"29500\""},
      {{{"LOCAL_RANK", "0"}}, "RANK is not set although LOCAL_RANK is \"0\""},
      {changed(kTorchrun, "RANK", "8"), "RANK is 8 and WORLD_SIZE is 8"},
      {changed(kTorchrun, "RANK", "-1"), "RANK is \"-1\": it must be a number from 0"},
      {changed(kTorchrun, "WORLD_SIZE", "0"), "WORLD_SIZE is \"0\""},
      {changed(kTorchrun, "WORLD_SIZE", "8x"), "WORLD_SIZE is \"8x\""},
      {changed(kTorchrun, "WORLD_SIZE", "99999999999999999999"), "WORLD_SIZE is \"9999"},
      {changed(kTorchrun, "LOCAL_RANK", "6"), "local rank is 6 and RANK is 5"},
      {changed(kTorchrun, "LOCAL_WORLD_SIZE", "9"), "LOCAL_WORLD_SIZE is \"9\""},
      {changed(kTorchrun, "MASTER_PORT", "65536"), "MASTER_PORT is \"65536\""},
      {without(kSlurm, "SLURM_PROCID"), "SLURM_PROCID is not set although SLURM_STEP_ID is \"0\""},
      {without(kSlurm, "SLURM_JOB_NODELIST"), "SLURM_JOB_NODELIST is not set"},
      {changed(kSlurm, "SLURM_JOB_NODELIST", "n[01-"), "\"n[01-\": not a list of hosts"},
      {changed(kSlurm, "SLURM_PROCID", "4"), "SLURM_PROCID is 4 and SLURM_NTASKS is 4"},
      {changed(kSlurm, "MASTER_ADDR", "n9"), "MASTER_PORT is not set although MASTER_ADDR is"},
      {changed(kSlurm, "SLURM_STEP_ID", "batch"), "SLURM_STEP_ID is \"batch\""},
  };
  for (const Case& wrong : cases) {
    EXPECT_THAT(text_of(launch_in(wrong.environment)), HasSubstr(wrong.told));
  }
}

TEST(Launch, FindsTheFirstHostOfASlurmList) {
  const std::pair<const char*, const char*> lists[] = {
      {"n1", "n1"},
      {"n1,n2", "n1"},
      {"n[01-03,7]", "n01"},
      {"n[7,01-03],m[1-2]", "n7"},
      {"rack[2-3]node[05-08].cluster,login", "rack2node05.cluster"},
      {"gpu-a[100]", "gpu-a100"},
  };
  for (const auto& [list, host] : lists) EXPECT_EQ(first_host(list).value(), host);
  for (const char* list : {"", ",n1", "n[", "n[]", "n[x]", "n]1", "n[-3]", "n[1"}) {
    EXPECT_FALSE(first_host(list).has_value()) << list;
  }
}

}  // namespace
}  // namespace unimo::trainer
