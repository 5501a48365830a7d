#include "trainer/loop/train_loop.h"

#include <c10/core/GradMode.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

#include "trainer/loop/checkpoint.h"
#include "trainer/loop/loader.h"
#include "trainer/loop/mean_log.h"
#include "trainer/loop/memory.h"
#include "trainer/loop/numerics.h"
#include "trainer/loop/numerics_guard.h"
#include "trainer/loop/stall_report.h"
#include "trainer/model/memory_plan.h"
#include "trainer/optim/adamw.h"
#include "trainer/optim/lr_schedule.h"

namespace unimo::trainer {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class TrainLoop {
 public:
  TrainLoop(Unimo& model, const Objective& objective, const TrainConfig& config,
            const TrainOptions& options, MetricSink& sink)
      : model_(model),
        objective_(objective),
        config_(config),
        options_(options),
        sink_(sink),
        optimizer_(model.parameters(), config.optimizer),
        writer_({.folder = options.checkpoints}, model.parameters(), optimizer_) {}

  Result<TrainSummary> run() {
    UNIMO_TRY(resume());
    summary_.first_step = step_;
    plan_memory();
    start_loader();
    report_start_ = Clock::now();
    while (step_ < options_.steps) {
      if (options_.stop && options_.stop()) return stop();
      UNIMO_TRY(run_step());
      UNIMO_TRY(after_step());
    }
    UNIMO_TRY(writer_.finish());
    summary_.steps = step_;
    return summary_;
  }

 private:
  // Steps of the data run ahead of those of the training once a rollback has passed over some.
  std::int64_t data_step() const { return step_ + data_offset_; }

  void start_loader() {
    loader_ =
        std::make_unique<Loader>(objective_, LoaderOptions{.first_step = data_step(),
                                                           .steps = options_.steps + data_offset_,
                                                           .threads = config_.loader.threads,
                                                           .slots = config_.loader.ahead});
  }

  Result<bool> load_checkpoint() {
    const LoadOptions load{.folder = options_.checkpoints,
                           .skipped = [this](std::string_view text) { sink_.note(text); }};
    const auto state = UNIMO_TRY(load_newest_checkpoint(load, model_.parameters(), optimizer_));
    if (!state) return false;
    step_ = state->step;
    saved_step_ = step_;
    summary_.skipped_steps = state->skipped_steps;
    summary_.last_loss = state->extra.value("last_loss", 0.0);
    data_offset_ = state->extra.value("data_offset", std::int64_t{0});
    rollbacks_ = state->extra.value("rollbacks", 0);
    window_ = MeanWindow::from_json(state->extra.value("window", Json::object()));
    numerics_ = state->numerics;
    return true;
  }

  Status resume() {
    if (options_.checkpoints.empty()) return ok();
    if (!UNIMO_TRY(load_checkpoint())) return ok();
    const std::string numerics = numerics_fingerprint(model_.precision());
    if (numerics_ != numerics) {
      sink_.note(fmt::format(
          "the checkpoint was made with {}, this is {}: results are right but not the same bits",
          numerics_, numerics));
    }
    sink_.note(fmt::format("resumed at step {}", step_));
    return ok();
  }

  Status save() {
    if (options_.checkpoints.empty() || step_ == saved_step_) return ok();
    window_.add(log_);
    saved_step_ = step_;
    return writer_.start({.step = step_,
                          .skipped_steps = summary_.skipped_steps,
                          .numerics = numerics_fingerprint(model_.precision()),
                          .extra = {{"last_loss", summary_.last_loss},
                                    {"data_offset", data_offset_},
                                    {"rollbacks", rollbacks_},
                                    {"window", window_.to_json()}}});
  }

  Result<TrainSummary> stop() {
    UNIMO_TRY(save());
    UNIMO_TRY(writer_.finish());
    return fail(ErrorCode::kCancelled, "stopped at step {} of {}", step_, options_.steps);
  }

  void plan_memory() {
    const auto limit = config_.memory_gb > 0 ? static_cast<std::int64_t>(config_.memory_gb * 1e9)
                                             : free_memory_bytes();
    memory_limit_ = limit;
  }

  // Told before the step rather than discovered in it.
  Status check_memory(const Loaded& loaded) const {
    const std::int64_t rows = loaded.batch.rows();
    const std::int64_t wanted =
        activation_bytes({.model = model_.config(), .precision = model_.precision()}, rows);
    if (wanted <= memory_limit_) return ok();
    return fail(ErrorCode::kInvalid,
                "step {}, micro-batch {} ({}): its {} rows take {:.2f} GB until the backward pass, "
                "{:.2f} GB are there: lower the batch sizes and raise mixture.micro_batches",
                step_, loaded.index, objective_.describe(loaded.step, loaded.index), rows,
                static_cast<double>(wanted) / 1e9, static_cast<double>(memory_limit_) / 1e9);
  }

  Status run_step() {
    model_.parameters().zero_gradients();
    const std::int64_t count = objective_.micro_batch_count(data_step());
    UNIMO_CHECK(count > 0, "step {} has no micro-batch", step_);
    double loss = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const Loaded loaded = UNIMO_TRY(loader_->next());
      stalls_.add(loaded);
      UNIMO_TRY(check_memory(loaded));
      loss += run_micro_batch(loaded);
    }
    return update(loss);
  }

  double run_micro_batch(const Loaded& loaded) {
    const MicroLoss result = loaded.batch(model_);
    const auto loss = static_cast<double>(result.loss.item<float>());
    // A micro-batch without anything to predict has a constant loss.
    if (result.loss.requires_grad()) result.loss.backward();
    for (const NamedMean& mean : result.means) log_.add(step_, loaded.index, mean);
    // The loss of the step is the sum over its micro-batches.
    log_.add(step_, loaded.index, {"loss", loss, loaded.index == 0 ? 1.0 : 0.0});
    rows_ += result.rows;
    return loss;
  }

  Status update(double loss) {
    const double norm = optimizer_.gradient_norm();
    if (!std::isfinite(norm) || !std::isfinite(loss)) return skip(loss, norm);
    bad_in_a_row_ = 0;
    const auto start = Clock::now();
    writer_.wait_copied();
    save_seconds_ += seconds_since(start);
    optimizer_.step(rate_of(step_), norm);
    summary_.last_loss = loss;
    log_.add(step_, 0, {"gradient_norm", norm, 1});
    ++step_;
    return ok();
  }

  double rate_of(std::int64_t step) const {
    return learning_rate(config_.schedule, config_.optimizer.lr, step, options_.steps);
  }

  // The weights stay as they are; the step counts as done.
  Status skip(double loss, double norm) {
    ++summary_.skipped_steps;
    ++bad_in_a_row_;
    log_.drop(step_);
    const std::string culprit = UNIMO_TRY(find_culprit());
    sink_.note(
        fmt::format("step {} is skipped: loss {}, gradient norm {}{}", step_, loss, norm, culprit));
    sink_.metric("skipped_steps", static_cast<double>(summary_.skipped_steps), step_ + 1);
    ++step_;
    if (bad_in_a_row_ < config_.numerics.bad_steps_limit) return ok();
    return roll_back(culprit);
  }

  Result<std::string> find_culprit() {
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < objective_.micro_batch_count(data_step()); ++i)
      indices.push_back(i);
    const std::string found = find_not_finite(model_, objective_, data_step(), indices);
    return found.empty() ? std::string() : fmt::format("; not finite first: {}", found);
  }

  // Back to the last checkpoint, and on with data that were not seen yet.
  Status roll_back(const std::string& culprit) {
    const std::int64_t failed_step = step_ - 1, next_data = data_step();
    const auto give_up = [&](std::string_view why) {
      return fail(ErrorCode::kFailed,
                  "step {}: {} steps in a row had a value that is not finite{}; {}: lower the "
                  "learning rate, or look for bad values in the data",
                  failed_step, bad_in_a_row_, culprit, why);
    };
    if (rollbacks_ >= config_.numerics.rollbacks) {
      return give_up(fmt::format("training has gone back {} time(s) already", rollbacks_));
    }
    const int rollbacks = rollbacks_ + 1;
    UNIMO_TRY(writer_.finish());
    if (options_.checkpoints.empty() || !UNIMO_TRY(load_checkpoint())) {
      return give_up("there is no checkpoint to go back to");
    }
    rollbacks_ = rollbacks;
    data_offset_ = next_data - step_;
    bad_in_a_row_ = 0;
    log_ = {};
    start_loader();
    sink_.note(fmt::format("went back from step {} to step {}; the data in between are passed over",
                           failed_step, step_));
    return ok();
  }

  Status after_step() {
    report();
    UNIMO_TRY(measure_held_out());
    UNIMO_TRY(writer_.failure());
    const bool last = step_ == options_.steps;
    return step_ % config_.checkpoint_every == 0 || last ? save() : ok();
  }

  Status measure_held_out() {
    const HeldOut& held_out = options_.held_out;
    if (held_out.objective == nullptr) return ok();
    if (step_ % held_out.every != 0 && step_ != options_.steps) return ok();
    const c10::AutoGradMode no_gradients(false);
    MeanLog log;
    for (std::int64_t i = 0; i < held_out.objective->micro_batch_count(0); ++i) {
      const MicroBatch batch = UNIMO_TRY(held_out.objective->micro_batch(0, i));
      for (const NamedMean& mean : batch(model_).means)
        log.add(step_, i, {"heldout." + mean.name, mean.sum, mean.weight});
    }
    MeanWindow window;
    window.add(log);
    window.report(sink_, step_);
    return ok();
  }

  void report() {
    if (step_ % config_.log_every != 0 && step_ != options_.steps) return;
    window_.add(log_);
    window_.report(sink_, step_);
    sink_.metric("lr", rate_of(step_ - 1), step_);
    const double seconds = seconds_since(report_start_);
    if (seconds > 0)
      sink_.metric("system.rows_per_second", static_cast<double>(rows_) / seconds, step_);
    stalls_.report(sink_, step_, seconds);
    sink_.metric("system.checkpoint_stall_ms", save_seconds_ * 1e3, step_);
    report_start_ = Clock::now();
    rows_ = 0;
    save_seconds_ = 0;
    sink_.progress(step_, options_.steps);
  }

  Unimo& model_;
  const Objective& objective_;
  const TrainConfig& config_;
  const TrainOptions& options_;
  MetricSink& sink_;
  AdamW optimizer_;
  CheckpointWriter writer_;
  std::unique_ptr<Loader> loader_;
  TrainSummary summary_;
  MeanLog log_;
  MeanWindow window_;
  StallReport stalls_;
  std::string numerics_;  // of the checkpoint that was loaded
  std::int64_t step_ = 0;
  std::int64_t saved_step_ = -1;
  std::int64_t data_offset_ = 0;
  std::int64_t memory_limit_ = 0;
  int bad_in_a_row_ = 0;
  int rollbacks_ = 0;
  std::int64_t rows_ = 0;
  double save_seconds_ = 0;
  Clock::time_point report_start_;
};

}  // namespace

Result<TrainSummary> train(Unimo& model, const Objective& objective, const TrainConfig& config,
                           const TrainOptions& options, MetricSink& sink) {
  keep_freed_memory();
  use_threads(options.threads);
  return TrainLoop(model, objective, config, options, sink).run();
}

}  // namespace unimo::trainer
