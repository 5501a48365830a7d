#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "tests/trainer/comm/rank_processes.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using unimo::testing::RankEnd;
using unimo::testing::RankPlace;
using unimo::testing::run_ranks;
using unimo::testing::text_of;

std::string joined(RankPlace& place, double meeting_s) {
  auto comm = join(place.launch, {.meeting_s = meeting_s, .listener = std::move(place.listener)});
  return comm ? text_of((*comm)->barrier()) : comm.error().message;
}

TEST(Rendezvous, SaysWhichRanksHaveComeWhenOneIsMissing) {
  const auto ends = run_ranks(4, [](RankPlace& place) { return joined(place, 1.5); }, {2});
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_THAT(ends[0].said, AllOf(HasSubstr("rank 0 has waited 1.5 s"),
                                  HasSubstr("of 4 have come 0, 1, 3, missing 2")));
  // All are told the same.
  for (const RankEnd& end : ends) {
    EXPECT_THAT(end.said, HasSubstr("of 4 have come 0, 1, 3, missing 2"));
    EXPECT_LT(end.seconds, 15);
  }
}

TEST(Rendezvous, SaysSoWhenNobodyServes) {
  const auto ends = run_ranks(2, [](RankPlace& place) { return joined(place, 1); }, {0});
  EXPECT_THAT(ends[0].said, AllOf(HasSubstr("rank 1 of 2 found no rank 0 at 127.0.0.1:"),
                                  HasSubstr("has it been started")));
}

TEST(Rendezvous, SaysSoWhenThePortIsTaken) {
  const Listener other = listen_on(0, true).value();
  const auto comm =
      join({.rank = 0, .size = 2, .address = "127.0.0.1", .port = other.port}, {.meeting_s = 2});
  ASSERT_FALSE(comm);
  EXPECT_THAT(comm.error().message,
              AllOf(HasSubstr(fmt::format("127.0.0.1:{}", other.port)), HasSubstr("another port")));
  EXPECT_EQ(comm.error().code, ErrorCode::kConflict);
}

TEST(Rendezvous, RefusesTwoProcessesOfOneNumber) {
  const auto ends = run_ranks(3, [](RankPlace& place) {
    if (place.launch.rank == 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      place.launch.rank = 1;
    }
    return joined(place, 2);
  });
  EXPECT_THAT(ends[2].said, HasSubstr("two processes call themselves rank 1 of 3"));
}

TEST(Rendezvous, RefusesRanksThatWereToldOfOtherNumbers) {
  const auto ends = run_ranks(2, [](RankPlace& place) {
    if (place.launch.rank == 1) place.launch.size = 3;
    return joined(place, 2);
  });
  EXPECT_THAT(ends[0].said, HasSubstr("rank 0 was told of 2 ranks, rank 1 of 3"));
}

TEST(Rendezvous, IgnoresStrangersWhoTalkNonsense) {
  const auto ends = run_ranks(3, [](RankPlace& place) -> std::string {
    std::vector<Descriptor> strangers;
    if (place.launch.rank == 1) {
      // At the port of the table: nonsense, a request of another protocol, and silence.
      for (const std::string& text :
           {std::string(4000, '\xff'), std::string("GET / HTTP/1.1\r\n\r\n"), std::string()}) {
        auto stranger =
            connect_to("127.0.0.1", place.launch.port, CommClock::now() + std::chrono::seconds(5));
        if (!stranger) return stranger.error().message;
        (void)send_all(stranger->get(), std::as_bytes(std::span(text)),
                       CommClock::now() + std::chrono::seconds(5));
        strangers.push_back(*std::move(stranger));
      }
    }
    return joined(place, 20);
  });
  for (const RankEnd& end : ends) EXPECT_EQ(end.said, "ok");
}

// Ports at which a process listens, from /proc.
std::vector<int> listening_ports(pid_t pid) {
  std::set<std::string> sockets;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid))) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error).string();
    if (target.starts_with("socket:[")) sockets.insert(target.substr(8, target.size() - 9));
  }
  std::vector<int> ports;
  std::ifstream table(fmt::format("/proc/{}/net/tcp", pid));
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string number, local, remote, state, skipped, inode;
    fields >> number >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) fields >> skipped;
    fields >> inode;
    const bool listens = state == "0A" && sockets.contains(inode);
    if (listens) ports.push_back(std::stoi(local.substr(local.find(':') + 1), nullptr, 16));
  }
  return ports;
}

TEST(Rendezvous, IgnoresStrangersAtThePortOfARank) {
  const auto ends = run_ranks(2, [](RankPlace& place) -> std::string {
    if (place.launch.rank == 0) return joined(place, 20);
    // One port for the meeting, one for the connections of the group.
    while (listening_ports(place.others[0]).size() < 2)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::vector<Descriptor> strangers;
    for (const int port : listening_ports(place.others[0])) {
      for (const std::size_t size : {0U, 7U, 24U, 217U, 5000U}) {
        auto stranger = connect_to("127.0.0.1", port, CommClock::now() + std::chrono::seconds(5));
        if (!stranger) return stranger.error().message;
        const std::string text(size, 'x');
        (void)send_all(stranger->get(), std::as_bytes(std::span(text)), CommClock::now());
        strangers.push_back(*std::move(stranger));
      }
    }
    return joined(place, 20);
  });
  for (const RankEnd& end : ends) EXPECT_EQ(end.said, "ok");
}

TEST(Rendezvous, GivesUpWhenItsCallerDoes) {
  const auto ends = run_ranks(2,
                              [](RankPlace& place) -> std::string {
                                const auto comm = join(
                                    place.launch, {.meeting_s = 20,
                                                   .listener = std::move(place.listener),
                                                   .given_up = []() -> std::optional<std::string> {
                                                     return "rank 1 ended with exit code 2";
                                                   }});
                                return comm ? "ok" : comm.error().message;
                              },
                              {1});
  EXPECT_THAT(ends[0].said, HasSubstr("rank 1 ended with exit code 2"));
  EXPECT_LT(ends[0].seconds, 10);
}

}  // namespace
}  // namespace unimo::trainer
