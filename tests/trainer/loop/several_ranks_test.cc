// Training on several ranks; here each is a thread with its own model, joined over loopback.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/comm/join.h"
#include "trainer/loop/train_loop.h"

namespace unimo::trainer {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kMicroBatches = 4;

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

struct RankOutcome {
  Result<TrainSummary> summary = fail(ErrorCode::kFailed, "did not run");
  std::vector<float> weights;
  RecordingSink sink;
};

// What can be changed for one rank alone.
struct RankSetup {
  const Objective* objective = nullptr;
  TrainOptions options;
  float first_weight_off = 0;
};
using Change = std::function<void(int rank, RankSetup& setup)>;

RankOutcome run_rank(int rank, int ranks, int port, const TrainConfig& config, RankSetup setup) {
  RankOutcome outcome;
  JoinRequest request{.timeout_s = 20, .meeting_s = 20};
  auto comm = join({.rank = rank,
                    .size = ranks,
                    .local_rank = rank,
                    .local_size = ranks,
                    .address = "127.0.0.1",
                    .port = port},
                   std::move(request));
  if (!comm) {
    outcome.summary = tl::unexpected(comm.error());
    return outcome;
  }
  setup.options.comm = comm->get();
  Unimo model(tiny_test_model(), 7);
  model.parameters().values()[0] += setup.first_weight_off;
  outcome.summary = train(model, *setup.objective, config, setup.options, outcome.sink);
  outcome.weights.assign(model.parameters().values().begin(), model.parameters().values().end());
  return outcome;
}

class SeveralRanks : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make("several-ranks-");
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::make_unique<TempDir>(std::move(*made));
    config_.optimizer.lr = 3e-3;
    config_.checkpoint_every = 3;
    config_.log_every = 2;
    config_.reduction.bucket_mb = 0.02;
    config_.reduction.sums = "exact";
  }
  std::vector<RankOutcome> run(int ranks, const TrainOptions& options, const Change& change = {}) {
    const int port = free_port();
    std::vector<RankOutcome> outcomes(static_cast<std::size_t>(ranks));
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < ranks; ++rank) {
      threads.emplace_back([&, rank] {
        RankSetup own{.objective = &objective_, .options = options};
        if (change) change(rank, own);
        outcomes[static_cast<std::size_t>(rank)] = run_rank(rank, ranks, port, config_, own);
      });
    }
    threads.clear();
    return outcomes;
  }
  // The weights, equal on all ranks.
  std::vector<float> weights_of(const std::vector<RankOutcome>& outcomes) {
    for (const RankOutcome& outcome : outcomes) {
      EXPECT_TRUE(outcome.summary) << outcome.summary.error().message;
      EXPECT_EQ(outcome.weights, outcomes[0].weights);
    }
    return outcomes[0].weights;
  }
  TrainOptions steps(std::int64_t count) const {
    return {.steps = count, .seed = 11, .threads = 1};
  }

  TinyObjective objective_{11, kMicroBatches};
  TrainConfig config_;
  std::unique_ptr<TempDir> folder_;
};

TEST_F(SeveralRanks, ExactSumsGiveTheSameBitsForAnyNumberOfRanks) {
  const auto one = run(1, steps(5));
  for (const int ranks : {2, 3, 4}) {
    const auto several = run(ranks, steps(5));
    EXPECT_EQ(weights_of(several), weights_of(one)) << ranks;
    EXPECT_EQ(several[0].sink.lines, one[0].sink.lines) << ranks;
  }
}

TEST_F(SeveralRanks, SharedOutMomentsGiveTheSameBits) {
  for (const char* sums : {"exact", "fast"}) {
    config_.reduction.sums = sums;
    config_.reduction.shard_optimizer = false;
    const auto whole = run(2, steps(5));
    config_.reduction.shard_optimizer = true;
    const auto shared = run(2, steps(5));
    EXPECT_EQ(weights_of(shared), weights_of(whole)) << sums;
    EXPECT_EQ(shared[0].sink.lines, whole[0].sink.lines) << sums;
  }
}

TEST_F(SeveralRanks, GoesOnWithAnyNumberOfRanks) {
  const auto unbroken = run(1, steps(12));
  for (const bool shard : {false, true}) {
    config_.reduction.shard_optimizer = shard;
    TrainOptions options = steps(12);
    options.checkpoints = folder_->path() / (shard ? "shared" : "whole");
    const std::vector<std::pair<int, std::int64_t>> parts = {{1, 3}, {2, 6}, {4, 9}, {1, 12}};
    std::vector<std::string> lines;
    for (const auto& [ranks, until] : parts) {
      const auto outcomes = run(ranks, options, [&](int, RankSetup& setup) {
        setup.options.stop = [asked = 0]() mutable { return asked++ >= 3; };
      });
      const auto& printed = outcomes[0].sink.lines;
      lines.insert(lines.end(), printed.begin(), printed.end());
      if (until < 12) {
        ASSERT_FALSE(outcomes[0].summary);
        ASSERT_EQ(outcomes[0].summary.error().code, ErrorCode::kCancelled)
            << outcomes[0].summary.error().message;
      } else {
        EXPECT_EQ(weights_of(outcomes), weights_of(unbroken));
      }
    }
    EXPECT_EQ(lines, unbroken[0].sink.lines);
  }
}

TEST_F(SeveralRanks, FastSumsRepeatAndComeCloseToThoseOfOneRank) {
  config_.reduction.sums = "fast";
  const auto one = weights_of(run(1, steps(5)));
  const auto two = weights_of(run(2, steps(5)));
  EXPECT_EQ(weights_of(run(2, steps(5))), two);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], two[i], 2e-4) << i;
}

TEST_F(SeveralRanks, WeightsThatDifferEndTheTrainingNamingTheTensor) {
  const auto outcomes = run(2, steps(5), [](int rank, RankSetup& setup) {
    if (rank == 1) setup.first_weight_off = 0.5F;
  });
  ASSERT_FALSE(outcomes[0].summary);
  EXPECT_EQ(outcomes[0].summary.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(outcomes[0].summary.error().message,
              AllOf(HasSubstr("word_embedding"), HasSubstr("rank 1")));
  EXPECT_FALSE(outcomes[1].summary);
}

// Fails on one rank alone.
class Broken : public TinyObjective {
 public:
  Broken() : TinyObjective(11, kMicroBatches) {}
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override {
    if (step == 2 && index == 1) return fail(ErrorCode::kIntegrity, "record 17 is damaged");
    return TinyObjective::micro_batch(step, index);
  }
};

TEST_F(SeveralRanks, AnErrorOnOneRankEndsAllWithItsMessage) {
  const Broken broken;
  const auto outcomes = run(2, steps(5), [&](int, RankSetup& setup) { setup.objective = &broken; });
  for (const RankOutcome& outcome : outcomes) {
    ASSERT_FALSE(outcome.summary);
    EXPECT_THAT(outcome.summary.error().message, HasSubstr("record 17 is damaged"));
  }
}

TEST_F(SeveralRanks, AWishToStopOnOneRankStopsAllAtTheSameStep) {
  TrainOptions options = steps(50);
  options.checkpoints = folder_->path();
  const auto outcomes = run(2, options, [](int rank, RankSetup& setup) {
    if (rank == 1) setup.options.stop = [asked = 0]() mutable { return asked++ == 4; };
  });
  for (const RankOutcome& outcome : outcomes) {
    ASSERT_FALSE(outcome.summary);
    EXPECT_THAT(outcome.summary.error().message, HasSubstr("stopped at step 4 of 50"));
  }
  EXPECT_TRUE(std::filesystem::exists(folder_->path() / "step-00000004" / "state.json"));
}

TEST_F(SeveralRanks, HeldOutLossesDoNotDependOnTheRanks) {
  HeldOut held_out{.batches = {}, .every = 2};
  for (std::int64_t i = 0; i < 3; ++i)
    held_out.batches.push_back(*TinyObjective(99, 3).micro_batch(0, i));
  std::vector<std::string> wanted;
  for (const int ranks : {1, 2}) {
    const auto outcomes =
        run(ranks, steps(4), [&](int, RankSetup& setup) { setup.options.held_out = held_out; });
    std::vector<std::string> lines;
    for (const std::string& line : outcomes[0].sink.lines) {
      if (line.find("loss.lm") != std::string::npos) lines.push_back(line);
    }
    EXPECT_EQ(lines.size(), 4U);  // two of training, two of these
    if (wanted.empty()) wanted = lines;
    EXPECT_EQ(lines, wanted);
  }
}

TEST_F(SeveralRanks, MoreRanksThanMicroBatchesAreRefused) {
  const TinyObjective small(11, 1);
  const auto outcomes = run(2, steps(4), [&](int, RankSetup& setup) { setup.objective = &small; });
  ASSERT_FALSE(outcomes[0].summary);
  EXPECT_THAT(outcomes[0].summary.error().message,
              AllOf(HasSubstr("1 micro-batch"), HasSubstr("2 processes"),
                    HasSubstr("mixture.micro_batches")));
}

}  // namespace
}  // namespace unimo::trainer
