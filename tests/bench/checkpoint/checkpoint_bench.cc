// What saving costs a training, and how soon a resumed one trains: checkpoint_bench [threads]
//
// A UNIMO-base (12 layers of 768, 131 million weights, fp32) on steps of 16 texts of 11 to 96
// tokens with 15 % of them predicted. First 12 steps without saving, then 15 with a save after
// every fifth: how much longer five steps take when a save runs beside them, as a share of one step
// and of 100 steps, and how long the training thread stood still. Then the time from the call to
// the end of the first step when training goes on from step 5 and from step 1,000,005.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "orchestrator/base/file.h"
#include "trainer/loop/checkpoint.h"
#include "trainer/loop/train_loop.h"
#include "trainer/model/counter_key.h"
#include "trainer/optim/adamw.h"

namespace {

using namespace unimo::trainer;
using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

class RaggedTexts : public Objective {
 public:
  std::int64_t micro_batch_count(std::int64_t) const override { return 1; }
  std::string describe(std::int64_t step, std::int64_t) const override {
    return fmt::format("texts of step {}", step);
  }
  unimo::Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t) const override {
    PackedBatch batch;
    std::vector<std::int32_t> rows, labels;
    for (int text = 0; text < 16; ++text) {
      const std::int32_t begin = batch.rows;
      const int length = 11 + text * 85 / 15;
      for (int i = 0; i < length; ++i) {
        const auto place = static_cast<std::uint64_t>(text * 128 + i);
        const auto token = static_cast<std::int32_t>(
            counter_key(static_cast<std::uint64_t>(step), place).words[0] % 50000);
        if (i % 7 == 3) {
          rows.push_back(batch.rows);
          labels.push_back(token);
        }
        batch.text_rows.push_back(batch.rows++);
        batch.token_ids.push_back(token);
        batch.position_ids.push_back(2 + i);
      }
      batch.spans.push_back({.begin = begin, .end = batch.rows});
    }
    return MicroBatch([=](Unimo& model) {
      const at::Tensor hidden = model.encode(
          batch, {.training = true, .seed = 1, .step = static_cast<std::uint64_t>(step)});
      const at::Tensor sum = model.lm_loss_sum(gather_rows(hidden, rows), labels);
      return MicroLoss{
          .loss = sum.div(static_cast<double>(labels.size())), .means = {}, .rows = batch.rows};
    });
  }
};

// When each step ended, and how long the training thread waited for the copy.
class Stopwatch : public MetricSink {
 public:
  void metric(std::string_view name, double value, std::int64_t) override {
    if (name == "system.checkpoint_stall_ms") stall += value / 1e3;
  }
  void progress(std::int64_t, std::int64_t) override { ends.push_back(Clock::now()); }
  void note(std::string_view) override {}
  std::vector<double> steps() const {
    std::vector<double> times;
    for (std::size_t i = 1; i < ends.size(); ++i) times.push_back(seconds(ends[i - 1], ends[i]));
    return times;
  }
  std::vector<Clock::time_point> ends;
  double stall = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

TrainConfig config_with(std::int64_t checkpoint_every) {
  TrainConfig config;
  config.log_every = 1;
  config.checkpoint_every = checkpoint_every;
  return config;
}

Stopwatch run(Unimo& model, std::int64_t steps, std::int64_t every, int threads,
              const std::filesystem::path& folder) {
  Stopwatch watch;
  const auto done =
      train(model, RaggedTexts(), config_with(every),
            {.steps = steps, .seed = 1, .threads = threads, .checkpoints = folder}, watch);
  if (!done) {
    fmt::print(stderr, "{}\n", done.error().message);
    std::exit(1);
  }
  return watch;
}

}  // namespace

namespace {

// Extra seconds of the five steps that follow a save.
double cost_of_a_save(const std::vector<double>& steps, double step) {
  const double first = std::accumulate(steps.begin() + 4, steps.begin() + 9, 0.0);
  const double second = std::accumulate(steps.begin() + 9, steps.begin() + 14, 0.0);
  return (first + second) / 2 - 5 * step;
}

// Seconds from the call to the end of the first step, for a checkpoint of that step.
double resume_seconds(Unimo& model, std::int64_t step, int threads) {
  const auto folder = unimo::TempDir::make("checkpoint-bench-");
  AdamW optimizer(model.parameters(), {});
  CheckpointWriter writer({.folder = folder->path()}, model.parameters(), optimizer);
  if (!writer.start({.step = step}) || !writer.finish()) std::exit(1);
  const auto start = Clock::now();
  const Stopwatch watch = run(model, step + 1, 10 * step, threads, folder->path());
  return seconds(start, watch.ends.front());
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  const auto folder = unimo::TempDir::make("checkpoint-bench-");
  if (!folder) return 1;
  Unimo model(base_model(), 1, Precision::kFp32);
  fmt::print("{:.1f} million weights, {} threads\n",
             static_cast<double>(model.parameters().parameter_count()) / 1e6, threads);
  const double step = median(run(model, 12, 1000, threads, {}).steps());
  const Stopwatch saving = run(model, 15, 5, threads, folder->path());
  const double cost = cost_of_a_save(saving.steps(), step);
  fmt::print("a step: {:.3f} s\n", step);
  fmt::print("standing still for two saves: {:.4f} s, {:.2f} % of a step each\n", saving.stall,
             100 * saving.stall / 2 / step);
  fmt::print("a save beside five steps: {:+.3f} s, {:.2f} % of 100 steps\n", cost, cost / step);
  for (const std::int64_t from : {std::int64_t{5}, std::int64_t{1000005}}) {
    fmt::print("from the call to the end of step {}: {:.2f} s\n", from,
               resume_seconds(model, from, threads));
  }
}
