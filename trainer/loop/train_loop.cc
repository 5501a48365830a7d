#include "trainer/loop/train_loop.h"

#include <c10/core/GradMode.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

#include "trainer/comm/single_comm.h"
#include "trainer/loop/checkpoint.h"
#include "trainer/loop/gradient_exchange.h"
#include "trainer/loop/loader.h"
#include "trainer/loop/mean_log.h"
#include "trainer/loop/memory.h"
#include "trainer/loop/numerics.h"
#include "trainer/loop/numerics_guard.h"
#include "trainer/loop/stall_report.h"
#include "trainer/loop/stretch_buffer.h"
#include "trainer/loop/weight_check.h"
#include "trainer/model/memory_plan.h"
#include "trainer/optim/adamw.h"
#include "trainer/optim/loss_scaler.h"
#include "trainer/optim/lr_schedule.h"

namespace unimo::trainer {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What ranks but the first report to.
class NoSink : public MetricSink {
 public:
  void metric(std::string_view, double, std::int64_t) override {}
  void progress(std::int64_t, std::int64_t) override {}
  void note(std::string_view) override {}
};

// The stretch of the flat buffers that each rank updates; nothing when each updates all.
std::vector<Part> parts_of(const ParameterStore& store, const TrainConfig& config,
                           const Comm& comm) {
  std::vector<Part> parts;
  if (!config.reduction.shard_optimizer || comm.size() == 1) return parts;
  for (const AdamW::Stretch& share : AdamW::shares(store, comm.size()))
    parts.push_back({.offset = share.begin, .count = share.end - share.begin});
  return parts;
}

AdamW::Stretch own_part(const ParameterStore& store, const std::vector<Part>& parts, int rank) {
  if (parts.empty()) return {0, store.size()};
  const Part& part = parts[static_cast<std::size_t>(rank)];
  return {part.offset, part.offset + part.count};
}

class TrainLoop {
 public:
  TrainLoop(Unimo& model, const Objective& objective, const TrainConfig& config,
            const TrainOptions& options, Comm& comm, const std::string& token, MetricSink& sink)
      : model_(model),
        objective_(objective),
        config_(config),
        options_(options),
        comm_(comm),
        sink_(sink),
        parts_(parts_of(model.parameters(), config, comm)),
        optimizer_(model.parameters(), config.optimizer,
                   own_part(model.parameters(), parts_, comm.rank())),
        writer_({.folder = options.checkpoints,
                 .part = parts_.empty() ? 0 : comm.rank(),
                 .parts = parts_.empty() ? 1 : comm.size(),
                 .token = token},
                model.parameters(), optimizer_),
        exchange_(model.parameters(), comm, config.reduction, parts_) {}

  Result<TrainSummary> run() {
    UNIMO_TRY(resume());
    summary_.first_step = step_;
    plan_memory();
    start_loader();
    UNIMO_TRY(check_weights());
    report_start_ = Clock::now();
    stopping_ = options_.stop && options_.stop();
    UNIMO_TRY(agree());
    while (step_ < options_.steps) {
      if (stopping_) return stop();
      UNIMO_TRY(run_step());
      UNIMO_TRY(after_step());
    }
    UNIMO_TRY(finish_save());
    summary_.steps = step_;
    return summary_;
  }

 private:
  // Steps of the data run ahead of those of the training once a rollback has passed over some.
  std::int64_t data_step() const { return step_ + data_offset_; }

  std::size_t rank() const { return static_cast<std::size_t>(comm_.rank()); }
  std::size_t ranks() const { return static_cast<std::size_t>(comm_.size()); }

  void start_loader() {
    loader_ =
        std::make_unique<Loader>(objective_, LoaderOptions{.first_step = data_step(),
                                                           .steps = options_.steps + data_offset_,
                                                           .threads = config_.loader.threads,
                                                           .slots = config_.loader.ahead,
                                                           .rank = comm_.rank(),
                                                           .ranks = comm_.size()});
  }

  // What one rank has met counts for all: a bad value, a wish to stop.
  Status agree() {
    std::vector<std::int64_t> flags = {is_bad_ ? 1 : 0, stopping_ ? 1 : 0};
    UNIMO_TRY(comm_.all_reduce(host_buffer(std::span(flags))));
    is_bad_ = flags[0] > 0;
    stopping_ = flags[1] > 0;
    return ok();
  }

  // The weights of all ranks are equal, or training ends naming the first tensor that is not.
  Status check_weights() {
    return comm_.size() == 1 ? ok() : compare_weights(model_.parameters(), comm_, step_);
  }

  // Brings the averages of all ranks to rank 0.
  Status collect_means() {
    if (comm_.size() == 1) return ok();
    const std::string own = log_.take_bytes();
    const std::vector<std::string> all = UNIMO_TRY(comm_.gather(own));
    for (const std::string& bytes : all) UNIMO_TRY(log_.add_bytes(bytes));
    return ok();
  }

  Result<bool> load_checkpoint() {
    const LoadOptions load{.folder = options_.checkpoints,
                           .skipped = [this](std::string_view text) { sink_.note(text); },
                           .remove_leftovers = comm_.rank() == 0};
    UNIMO_TRY(comm_.barrier());
    const auto state = UNIMO_TRY(load_newest_checkpoint(load, model_.parameters(), optimizer_));
    UNIMO_TRY(check_same_step(state ? state->step : -1));
    if (!state) return false;
    step_ = state->step;
    saved_step_ = step_;
    summary_.skipped_steps = state->skipped_steps;
    UNIMO_TRY(take_extra(state->extra));
    numerics_ = state->numerics;
    return true;
  }

  // What save() put beside the weights.
  Status take_extra(const Json& extra) {
    try {
      summary_.last_loss = extra.value("last_loss", 0.0);
      data_offset_ = extra.value("data_offset", std::int64_t{0});
      rollbacks_ = extra.value("rollbacks", 0);
      window_ = MeanWindow::from_json(extra.value("window", Json::object()));
      if (extra.contains("loss_scaler")) {
        scaler_ =
            UNIMO_TRY(LossScaler::from_json(extra["loss_scaler"], options_.checkpoints.string()));
      }
      return ok();
    } catch (const Json::exception& error) {
      return fail(
          ErrorCode::kInvalid,
          "{}: state.json of step {}: {}; remove that checkpoint to go on from the one before",
          options_.checkpoints.string(), step_, error.what());
    }
  }

  Status check_same_step(std::int64_t step) {
    std::vector<std::int64_t> steps(ranks(), 0);
    steps[rank()] = step;
    UNIMO_TRY(comm_.all_reduce(host_buffer(std::span(steps))));
    for (std::size_t other = 1; other < steps.size(); ++other) {
      if (steps[other] == steps[0]) continue;
      return fail(ErrorCode::kInvalid,
                  "{}: rank 0 finds the checkpoint of step {}, rank {} that of step {} (-1: none): "
                  "all ranks must see the same folder",
                  options_.checkpoints.string(), steps[0], other, steps[other]);
    }
    return ok();
  }

  Status resume() {
    if (options_.checkpoints.empty()) return ok();
    if (!UNIMO_TRY(load_checkpoint())) return ok();
    const std::string numerics = numerics_fingerprint(model_);
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
    UNIMO_TRY(collect_means());
    window_.add(log_);
    saved_step_ = step_;
    if (parts_.empty() && comm_.rank() != 0) return ok();
    return writer_.start({.step = step_,
                          .skipped_steps = summary_.skipped_steps,
                          .numerics = numerics_fingerprint(model_),
                          .extra = {{"last_loss", summary_.last_loss},
                                    {"data_offset", data_offset_},
                                    {"rollbacks", rollbacks_},
                                    {"loss_scaler", scaler_.to_json()},
                                    {"window", window_.to_json()}}});
  }

  // When it returns, rank 0 has published.
  Status finish_save() {
    UNIMO_TRY(writer_.finish());
    return comm_.barrier();
  }

  Result<TrainSummary> stop() {
    UNIMO_TRY(save());
    UNIMO_TRY(finish_save());
    return fail(ErrorCode::kCancelled, "stopped at step {} of {}", step_, options_.steps);
  }

  void plan_memory() {
    const auto limit = config_.memory_gb > 0 ? static_cast<std::int64_t>(config_.memory_gb * 1e9)
                                             : free_memory_bytes(model_.device());
    memory_limit_ = limit;
  }

  // Told before the step rather than discovered in it.
  Status check_memory(const Loaded& loaded) const {
    const std::int64_t rows = loaded.batch.rows();
    const std::int64_t wanted = activation_bytes({.model = model_.config(),
                                                  .precision = model_.precision(),
                                                  .recompute = config_.recompute,
                                                  .on_gpu = model_.device().is_cuda()},
                                                 rows);
    if (wanted <= memory_limit_) return ok();
    return fail(ErrorCode::kInvalid,
                "step {}, micro-batch {} ({}): its {} rows take {:.2f} GB until the backward pass, "
                "{:.2f} GB are there: lower the batch sizes and raise mixture.micro_batches, or "
                "set train.recompute",
                step_, loaded.index, objective_.describe(loaded.step, loaded.index), rows,
                static_cast<double>(wanted) / 1e9, static_cast<double>(memory_limit_) / 1e9);
  }

  Status run_step() {
    const std::int64_t count = objective_.micro_batch_count(data_step());
    if (count < comm_.size()) {
      return fail(
          ErrorCode::kInvalid,
          "step {} has {} micro-batch(es) for {} processes: raise mixture.micro_batches to at "
          "least that, or lower train.processes",
          step_, count, comm_.size());
    }
    exchange_.begin_step(count);
    double loss = 0;
    for (std::int64_t i = comm_.rank(); i < count; i += comm_.size()) {
      const Loaded loaded = UNIMO_TRY(loader_->next());
      stalls_.add(loaded);
      UNIMO_TRY(check_memory(loaded));
      loss += run_micro_batch(loaded, i + comm_.size() >= count);
    }
    const bool in_range = UNIMO_TRY(exchange_.finish());
    is_bad_ = !in_range || !std::isfinite(loss);
    return update(loss);
  }

  double run_micro_batch(const Loaded& loaded, bool is_last) {
    const MicroLoss result = loaded.batch(model_);
    const auto loss = static_cast<double>(result.loss.item<float>());
    exchange_.begin_backward(is_last);
    // A micro-batch without anything to predict has a constant loss.
    if (result.loss.requires_grad()) scaled(result.loss).backward();
    exchange_.end_backward();
    for (const NamedMean& mean : result.means) log_.add(step_, loaded.index, mean);
    // The loss of the step is the sum over its micro-batches.
    log_.add(step_, loaded.index, {"loss", loss, loaded.index == 0 ? 1.0 : 0.0});
    rows_ += result.rows;
    return loss;
  }

  Result<double> gradient_norm() {
    std::vector<double> squares = optimizer_.squares();
    if (!parts_.empty()) UNIMO_TRY(comm_.all_reduce(host_buffer(std::span(squares))));
    return AdamW::norm_of(squares);
  }

  Status update(double loss) {
    const double norm = UNIMO_TRY(gradient_norm());
    is_bad_ = is_bad_ || !std::isfinite(norm);
    stopping_ = options_.stop && options_.stop();
    UNIMO_TRY(agree());
    const double scale = loss_scale();
    if (scales()) scaler_.update(!is_bad_);
    if (is_bad_ && scale > LossScaler::kLeast) return overflow(scale);
    if (is_bad_) return skip(loss, norm / scale);
    bad_in_a_row_ = 0;
    const auto start = Clock::now();
    writer_.wait_copied();
    save_seconds_ += seconds_since(start);
    optimizer_.step(rate_of(step_), norm, scale);
    if (!parts_.empty()) {
      ParameterStore& store = model_.parameters();
      UNIMO_TRY(comm_.all_gather(stretch_buffer(store.flat_values(), 0, store.size()), parts_));
      store.changed();
    }
    summary_.last_loss = loss;
    if (comm_.rank() == 0) log_.add(step_, 0, {"gradient_norm", norm / scale, 1});
    if (scales() && comm_.rank() == 0) log_.add(step_, 0, {"loss_scale", scale, 1});
    ++step_;
    return ok();
  }

  // Of fp16 gradients, with a scale that was too large: the step counts as skipped, and the next
  // one has a smaller scale.
  Status overflow(double scale) {
    ++summary_.skipped_steps;
    log_.drop(step_);
    sink_.note(fmt::format("step {} is skipped: gradients overflow with a loss scale of {}", step_,
                           scale));
    sink_.metric("skipped_steps", static_cast<double>(summary_.skipped_steps), step_ + 1);
    ++step_;
    return ok();
  }

  // fp16 alone has a scale.
  bool scales() const { return model_.precision() == Precision::kFp16; }
  double loss_scale() const { return scales() ? scaler_.scale() : 1; }
  at::Tensor scaled(const at::Tensor& loss) const {
    return scales() ? loss.mul(scaler_.scale()) : loss;
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
    const std::int64_t count = objective_.micro_batch_count(data_step());
    for (std::int64_t i = comm_.rank(); i < count; i += comm_.size()) indices.push_back(i);
    const std::string own = find_not_finite(model_, objective_, data_step(), indices);
    const std::vector<std::string> all = UNIMO_TRY(comm_.gather(own));
    for (const std::string& found : all) {
      if (!found.empty()) return fmt::format("; not finite first: {}", found);
    }
    return std::string();
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
    UNIMO_TRY(finish_save());
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
    UNIMO_TRY(report());
    UNIMO_TRY(measure_held_out());
    UNIMO_TRY(writer_.failure());
    if (step_ % config_.reduction.check_every == 0) UNIMO_TRY(check_weights());
    const bool last = step_ == options_.steps;
    return step_ % config_.checkpoint_every == 0 || last ? save() : ok();
  }

  Status measure_held_out() {
    const HeldOut& held_out = options_.held_out;
    if (held_out.batches.empty()) return ok();
    if (step_ % held_out.every != 0 && step_ != options_.steps) return ok();
    const c10::AutoGradMode no_gradients(false);
    MeanLog log;
    for (std::size_t i = rank(); i < held_out.batches.size(); i += ranks()) {
      for (const NamedMean& mean : held_out.batches[i](model_).means)
        log.add(step_, static_cast<std::int64_t>(i), mean);
    }
    const std::vector<std::string> all = UNIMO_TRY(comm_.gather(log.take_bytes()));
    for (const std::string& bytes : all) UNIMO_TRY(log.add_bytes(bytes));
    MeanWindow window;
    window.add(log);
    window.report(sink_, step_);
    return ok();
  }

  Status report() {
    if (step_ % config_.log_every != 0 && step_ != options_.steps) return ok();
    UNIMO_TRY(collect_means());
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
    return ok();
  }

  Unimo& model_;
  const Objective& objective_;
  const TrainConfig& config_;
  const TrainOptions& options_;
  Comm& comm_;
  MetricSink& sink_;
  std::vector<Part> parts_;
  AdamW optimizer_;
  CheckpointWriter writer_;
  GradientExchange exchange_;
  std::unique_ptr<Loader> loader_;
  TrainSummary summary_;
  LossScaler scaler_;
  MeanLog log_;
  MeanWindow window_;
  StallReport stalls_;
  std::string numerics_;  // of the checkpoint that was loaded
  std::int64_t step_ = 0;
  std::int64_t saved_step_ = -1;
  std::int64_t data_offset_ = 0;
  std::int64_t memory_limit_ = 0;
  bool is_bad_ = false;
  bool stopping_ = false;
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
  model.set_recompute(config.recompute);
  SingleComm alone;
  Comm& comm = options.comm != nullptr ? *options.comm : alone;
  NoSink silence;
  MetricSink& own_sink = comm.rank() == 0 ? sink : silence;
  // Tells this training's unfinished checkpoints from those of one that was killed.
  std::int64_t token = Clock::now().time_since_epoch().count();
  UNIMO_TRY(comm.broadcast(std::as_writable_bytes(std::span(&token, 1)), 0));
  auto result =
      TrainLoop(model, objective, config, options, comm, std::to_string(token), own_sink).run();
  // Whoever fails alone must not let the others wait.
  if (!result && result.error().code != ErrorCode::kCancelled) comm.abort(result.error());
  return result;
}

}  // namespace unimo::trainer
