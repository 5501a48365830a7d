#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/trainer/comm/rank_processes.h"

namespace unimo::trainer {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using unimo::testing::RankEnd;
using unimo::testing::RankPlace;
using unimo::testing::run_group;
using unimo::testing::run_ranks;
using unimo::testing::text_of;

// "Within seconds": far below the time-out of 30 s that these groups have.
constexpr double kSoon_s = 10;

Status sum_of(Comm& comm, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count), 1.0F);
  return comm.all_reduce(host_buffer(std::span(values)));
}

void sleep_s(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

TEST(Failures, ARankThatIsKilledEndsTheOthersWithOneMessage) {
  const auto ends = run_group(4, [](Comm& comm) -> std::string {
    for (int i = 0; i < 3; ++i) {
      if (const Status status = sum_of(comm, 1000); !status) return text_of(status);
    }
    if (comm.rank() == 2) ::kill(::getpid(), SIGKILL);
    return text_of(sum_of(comm, 1000));
  });
  EXPECT_EQ(ends[2].signal, SIGKILL);
  for (const int rank : {0, 1, 3}) {
    const RankEnd& end = ends[static_cast<std::size_t>(rank)];
    // What one found out first is told to the others; it may not have seen the end of #3 yet.
    EXPECT_THAT(end.said, AllOf(HasSubstr("rank 2 died while rank "),
                                AnyOf(HasSubstr("in all_reduce #3 of 1000 float for "),
                                      HasSubstr("in all_reduce #4 of 1000 float for "),
                                      HasSubstr("between operations (after #3)"))));
    EXPECT_LT(end.seconds, kSoon_s);
  }
}

TEST(Failures, ARankThatIsKilledInTheMiddleOfALargeSumEndsTheOthers) {
  const auto ends = run_group(3, [](Comm& comm) -> std::string {
    std::vector<float> values(40'000'000, 1.0F);
    const auto work = comm.start_all_reduce(host_buffer(std::span(values)));
    if (comm.rank() == 1) {
      sleep_s(0.01);
      ::kill(::getpid(), SIGKILL);
    }
    return text_of(work->wait());
  });
  EXPECT_EQ(ends[1].signal, SIGKILL);
  for (const std::size_t rank : {0U, 2U}) {
    EXPECT_THAT(ends[rank].said, HasSubstr("rank 1 died while rank "));
    EXPECT_LT(ends[rank].seconds, kSoon_s);
  }
}

TEST(Failures, AStoppedRankIsToldFromASlowOneWhenTheTimeIsOver) {
  const auto ends = run_ranks(3, [](RankPlace& place) -> std::string {
    auto comm = join(place.launch, {.timeout_s = 2, .listener = std::move(place.listener)});
    if (!comm) return comm.error().message;
    if (const Status status = (*comm)->barrier(); !status) return text_of(status);
    if (place.launch.rank == 1) ::kill(::getpid(), SIGSTOP);
    const Status status = sum_of(**comm, 10);
    // Nobody else would wake it.
    if (place.launch.rank == 2) ::kill(place.others[1], SIGCONT);
    return text_of(status);
  });
  for (const std::size_t rank : {0U, 2U}) {
    EXPECT_THAT(ends[rank].said, AllOf(HasSubstr("s in all_reduce #2 of 10 float for rank 1; "),
                                       HasSubstr("no sign of life from it for ")));
  }
  // It learns what has become of the others when it goes on.
  EXPECT_THAT(ends[1].said, HasSubstr("waited 2."));
}

TEST(Failures, ASlowRankIsNamedWithWhatItDid) {
  const auto ends = run_group(
      2,
      [](Comm& comm) -> std::string {
        if (const Status status = comm.barrier(); !status) return text_of(status);
        if (comm.rank() == 1) sleep_s(4);
        return text_of(sum_of(comm, 10));
      },
      3);
  EXPECT_THAT(ends[0].said, HasSubstr("for rank 1; it lives and has ended its operation #1"));
  EXPECT_THAT(ends[1].said, HasSubstr("for rank 1; it lives"));
}

TEST(Failures, AReasonReachesEveryRankAlsoThoseThatDoNotWait) {
  const auto ends = run_group(3, [](Comm& comm) -> std::string {
    if (comm.rank() == 1) {
      comm.abort({ErrorCode::kIo, "step 17: the disk is full"});
      return text_of(comm.barrier());
    }
    if (comm.rank() == 2) sleep_s(0.3);  // computes meanwhile
    const Status status = comm.barrier();
    if (!status && status.error().code != ErrorCode::kIo) return "another code";
    return text_of(status);
  });
  for (const RankEnd& end : ends) {
    EXPECT_THAT(end.said, HasSubstr("rank 1: step 17: the disk is full"));
    EXPECT_LT(end.seconds, kSoon_s);
  }
}

TEST(Failures, ARankThatLeavesEarlyIsNoDeadOne) {
  const auto ends = run_group(2, [](Comm& comm) -> std::string {
    if (const Status status = comm.barrier(); !status) return text_of(status);
    if (comm.rank() == 1) return "ok";
    return text_of(sum_of(comm, 100));
  });
  EXPECT_EQ(ends[1].said, "ok");
  EXPECT_THAT(ends[0].said, HasSubstr("rank 1 has left after its operation #1 while rank 0 waited "
                                      "in all_reduce #2 of 100 float"));
}

TEST(Failures, EveryLaterCallGivesTheSameError) {
  const auto ends = run_group(2, [](Comm& comm) -> std::string {
    if (comm.rank() == 1) return "ok";
    const std::string first = text_of(comm.barrier());
    const auto texts = comm.gather("x");
    const bool same = !texts && texts.error().message == first &&
                      text_of(sum_of(comm, 3)) == first && text_of(comm.barrier()) == first;
    return same ? "the same" : first;
  });
  EXPECT_EQ(ends[0].said, "the same");
}

// What two ranks call, and what both must be told of.
struct Mismatch {
  const char* name;
  std::function<Status(Comm&)> first, second;
  const char* told;
};

TEST(Failures, RanksThatCallDifferentThingsAreBothNamed) {
  const auto gathered = [](std::vector<Part> parts) {
    return [parts = std::move(parts)](Comm& comm) {
      std::vector<double> values(10);
      return comm.all_gather(host_buffer(std::span(values)), parts);
    };
  };
  const Mismatch mismatches[] = {
      {"operation", [](Comm& comm) { return sum_of(comm, 10); },
       [](Comm& comm) { return comm.barrier(); }, "barrier #1"},
      {"count", [](Comm& comm) { return sum_of(comm, 10'000'000); },
       [](Comm& comm) { return sum_of(comm, 10'000'001); }, "all_reduce #1 of 10000001 float"},
      {"type", [](Comm& comm) { return sum_of(comm, 10); },
       [](Comm& comm) {
         std::vector<double> values(10);
         return comm.all_reduce(host_buffer(std::span(values)));
       },
       "all_reduce #1 of 10 double"},
      {"parts", gathered({{0, 5}, {5, 5}}), gathered({{0, 4}, {4, 6}}), "with other parts"},
  };
  for (const Mismatch& mismatch : mismatches) {
    const auto ends = run_group(2, [&](Comm& comm) {
      return text_of(comm.rank() == 0 ? mismatch.first(comm) : mismatch.second(comm));
    });
    for (const RankEnd& end : ends) {
      EXPECT_THAT(end.said, AllOf(HasSubstr("called"), HasSubstr(mismatch.told),
                                  HasSubstr("the same calls in the same order")))
          << mismatch.name;
      EXPECT_LT(end.seconds, kSoon_s) << mismatch.name;
    }
  }
}

TEST(Failures, ACallThatCannotBeMadeEndsTheGroup) {
  const auto ends = run_group(2, [](Comm& comm) -> std::string {
    std::vector<float> values(10);
    if (comm.rank() == 1) return text_of(comm.barrier());
    const Part outside[] = {{0, 5}, {5, 6}};
    return text_of(comm.reduce_scatter(host_buffer(std::span(values)), outside));
  });
  for (const RankEnd& end : ends) {
    EXPECT_THAT(end.said, HasSubstr("rank 0: reduce_scatter: the part of 6 elements at 5 lies "
                                    "outside the 10 elements"));
  }
}

TEST(Failures, HandlesThatOutliveTheGroupEndWithAnError) {
  const auto ends = run_ranks(2, [](RankPlace& place) -> std::string {
    std::vector<float> values(1000);
    std::vector<std::unique_ptr<Work>> works;
    {
      auto comm = join(place.launch, {.listener = std::move(place.listener)});
      if (!comm) return comm.error().message;
      if (place.launch.rank == 1) {
        sleep_s(1);
        return text_of((*comm)->barrier());
      }
      works.push_back((*comm)->start_all_reduce(host_buffer(std::span(values))));
      works.push_back((*comm)->start_all_reduce(host_buffer(std::span(values))));
      sleep_s(0.2);  // the first of them waits for rank 1 by now
    }
    return text_of(works[0]->wait()) + text_of(works[1]->wait());
  });
  for (const RankEnd& end : ends) {
    EXPECT_THAT(end.said,
                HasSubstr("rank 0: left the group with operations that were not waited for"));
    EXPECT_LT(end.seconds, kSoon_s);
  }
}

TEST(Parts, RefusesWhatIsNotInsideOrNotApart) {
  const CommBuffer buffer{.count = 10};
  const auto mistake = [&buffer](std::vector<Part> parts) {
    return text_of(check_parts(buffer, parts, 2));
  };
  EXPECT_EQ(mistake({{0, 5}, {5, 5}}), "ok");
  EXPECT_EQ(mistake({{9, 1}, {0, 0}}), "ok");
  EXPECT_EQ(mistake({{10, 0}, {10, 0}}), "ok");
  EXPECT_THAT(mistake({{0, 10}}), HasSubstr("1 parts for 2 ranks"));
  EXPECT_THAT(mistake({{0, 6}, {5, 5}}), HasSubstr("overlaps"));
  EXPECT_THAT(mistake({{-1, 5}, {5, 5}}), HasSubstr("outside"));
  EXPECT_THAT(mistake({{0, 5}, {INT64_MAX, 1}}), HasSubstr("outside"));
  EXPECT_THAT(mistake({{0, 5}, {5, INT64_MAX}}), HasSubstr("outside"));
}

TEST(Parts, AreOfEqualSizeUpToOne) {
  EXPECT_EQ(equal_parts(7, 3), (std::vector<Part>{{0, 3}, {3, 2}, {5, 2}}));
  EXPECT_EQ(equal_parts(1, 2), (std::vector<Part>{{0, 1}, {1, 0}}));
}

}  // namespace
}  // namespace unimo::trainer
