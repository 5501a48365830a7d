// Ranks whose launcher keeps the table, as torchrun's agent does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <exception>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "tests/trainer/comm/rank_processes.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;
using unimo::testing::RankPlace;
using unimo::testing::run_ranks;
using unimo::testing::text_of;

// Keeps a table until the other processes have ended.
std::string keep_table(const RankPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.launch.port);
  options.isServer = true;
  options.waitWorkers = false;
  for (int attempt = 0; attempt < 100; ++attempt) {
    try {
      const c10d::TCPStore table("127.0.0.1", options);
      for (const pid_t pid : place.others) {
        while (::kill(pid, 0) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      return "kept";
    } catch (const std::exception&) {  // the other processes still hold the test's socket
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return "no table";
}

std::string join_at_launcher(RankPlace& place, int ranks, double meeting_s) {
  place.listener.close();
  place.launch.size = ranks;
  place.launch.served = true;
  place.launch.attempt = "1";
  auto comm = join(place.launch, {.meeting_s = meeting_s});
  return comm ? text_of((*comm)->barrier()) : comm.error().message;
}

TEST(LauncherTable, BringsTheRanksTogether) {
  const auto ends = run_ranks(3, [](RankPlace& place) {
    return place.launch.rank == 2 ? keep_table(place) : join_at_launcher(place, 2, 30);
  });
  EXPECT_EQ(ends[0].said, "ok");
  EXPECT_EQ(ends[1].said, "ok");
  EXPECT_EQ(ends[2].said, "kept");
}

TEST(LauncherTable, SaysWhoIsMissing) {
  const auto ends = run_ranks(3, [](RankPlace& place) {
    return place.launch.rank == 2 ? keep_table(place) : join_at_launcher(place, 3, 2);
  });
  EXPECT_THAT(ends[0].said, HasSubstr("missing 2"));
}

}  // namespace
}  // namespace unimo::trainer
