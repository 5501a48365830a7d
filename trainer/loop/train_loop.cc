#include "trainer/loop/train_loop.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "trainer/comm/single_comm.h"
#include "trainer/loop/agreement.h"
#include "trainer/loop/checkpoint.h"
#include "trainer/loop/gradient_exchange.h"
#include "trainer/loop/loader.h"
#include "trainer/loop/mean_log.h"
#include "trainer/loop/memory.h"
#include "trainer/loop/memory_guard.h"
#include "trainer/loop/numerics.h"
#include "trainer/loop/numerics_guard.h"
#include "trainer/loop/stretch_buffer.h"
#include "trainer/loop/throughput.h"
#include "trainer/loop/weight_check.h"
#include "trainer/optim/loss_scaler.h"
#include "trainer/optim/lr_schedule.h"
#include "trainer/optim/optimizer.h"

namespace unimo::trainer {

namespace {

using Clock = std::chrono::steady_clock;

// The stretch of the flat buffers that each rank updates; nothing when each updates all.
std::vector<Part> parts_of(const ParameterStore& store, const TrainConfig& config,
                           const Comm& comm) {
  std::vector<Part> parts;
  if (!config.reduction.shard_optimizer || comm.size() == 1) return parts;
  for (const Optimizer::Stretch& share : Optimizer::shares(store, comm.size()))
    parts.push_back({.offset = share.begin, .count = share.end - share.begin});
  return parts;
}

Optimizer::Stretch own_part(const ParameterStore& store, const std::vector<Part>& parts, int rank) {
  if (parts.empty()) return {0, store.size()};
  const Part& part = parts[static_cast<std::size_t>(rank)];
  return {part.offset, part.offset + part.count};
}

class TrainLoop {
 public:
  TrainLoop(TrainedModel& model, const Objective& objective, const TrainConfig& config,
            const TrainOptions& options, Comm& comm, const std::string& token, MetricSink& sink)
      : model_(model),
        objective_(objective),
        config_(config),
        options_(options),
        comm_(comm),
        sink_(sink),
        parts_(parts_of(model.parameters(), config, comm)),
        optimizer_(make_optimizer(model.parameters(), config.optimizer,
                                  own_part(model.parameters(), parts_, comm.rank()))),
        writer_({.folder = options.checkpoints,
                 .part = parts_.empty() ? 0 : comm.rank(),
                 .parts = parts_.empty() ? 1 : comm.size(),
                 .token = token},
                model.parameters(), *optimizer_),
        exchange_(model.parameters(), comm, config.reduction, parts_) {}

  Result<TrainSummary> run() {
    UNIMO_TRY(resume());
    summary_.first_step = step_;
    memory_.emplace(model_, config_);
    start_loader();
    UNIMO_TRY(check_weights());
    throughput_.start();
    flags_.stopping = asked_to_stop();
    UNIMO_TRY(agree(comm_, flags_));
    while (step_ < options_.steps) {
      if (flags_.stopping) return stop();
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

  bool asked_to_stop() const { return options_.stop && options_.stop(); }

  void start_loader() {
    loader_ =
        std::make_unique<Loader>(objective_, LoaderOptions{.first_step = data_step(),
                                                           .steps = options_.steps + data_offset_,
                                                           .threads = config_.loader.threads,
                                                           .slots = config_.loader.ahead,
                                                           .rank = comm_.rank(),
                                                           .ranks = comm_.size()});
  }

  // The weights of all ranks are equal, or training ends naming the first tensor that is not.
  Status check_weights() {
    return comm_.size() == 1 ? ok() : compare_weights(model_.parameters(), comm_, step_);
  }

  Result<bool> load_checkpoint() {
    const LoadOptions load{.folder = options_.checkpoints,
                           .skipped = [this](std::string_view text) { sink_.note(text); },
                           .remove_leftovers = comm_.rank() == 0};
    UNIMO_TRY(comm_.barrier());
    const auto state = UNIMO_TRY(load_newest_checkpoint(load, model_.parameters(), *optimizer_));
    UNIMO_TRY(check_same_step(comm_, state ? state->step : -1, options_.checkpoints));
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
    UNIMO_TRY(collect(comm_, log_));
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
      throughput_.waited(loaded);
      UNIMO_TRY(memory_->check(step_, loaded, objective_));
      loss += run_micro_batch(loaded, i + comm_.size() >= count);
    }
    const bool in_range = UNIMO_TRY(exchange_.finish());
    flags_.is_bad = !in_range || !std::isfinite(loss);
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
    throughput_.encoded(result.rows);
    return loss;
  }

  Result<double> gradient_norm() {
    std::vector<double> squares = optimizer_->squares();
    if (!parts_.empty()) UNIMO_TRY(comm_.all_reduce(host_buffer(std::span(squares))));
    return Optimizer::norm_of(squares);
  }

  Status update(double loss) {
    const double norm = UNIMO_TRY(gradient_norm());
    flags_.is_bad = flags_.is_bad || !std::isfinite(norm);
    flags_.stopping = asked_to_stop();
    UNIMO_TRY(agree(comm_, flags_));
    const double scale = loss_scale();
    if (scales()) scaler_.update(!flags_.is_bad);
    if (flags_.is_bad && scale > LossScaler::kLeast) return overflow(scale);
    if (flags_.is_bad) return skip(loss, norm / scale);
    bad_in_a_row_ = 0;
    const auto start = Clock::now();
    writer_.wait_copied();
    throughput_.saving(Clock::now() - start);
    optimizer_->step(rate_of(step_), norm, scale);
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
    pass_over(fmt::format("gradients overflow with a loss scale of {}", scale));
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
  void pass_over(const std::string& why) {
    ++summary_.skipped_steps;
    log_.drop(step_);
    sink_.note(fmt::format("step {} is skipped: {}", step_, why));
    ++step_;
    sink_.metric("skipped_steps", static_cast<double>(summary_.skipped_steps), step_);
  }

  Status skip(double loss, double norm) {
    ++bad_in_a_row_;
    const std::string culprit = UNIMO_TRY(find_culprit());
    pass_over(fmt::format("loss {}, gradient norm {}{}", loss, norm, culprit));
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
    const bool last = step_ == options_.steps;
    if (last || step_ % config_.log_every == 0) UNIMO_TRY(report());
    const HeldOut& held_out = options_.held_out;
    if (!held_out.batches.empty() && (last || step_ % held_out.every == 0))
      UNIMO_TRY(measure_held_out(held_out, step_, model_, comm_, sink_));
    UNIMO_TRY(writer_.failure());
    if (step_ % config_.reduction.check_every == 0) UNIMO_TRY(check_weights());
    return last || step_ % config_.checkpoint_every == 0 ? save() : ok();
  }

  Status report() {
    UNIMO_TRY(collect(comm_, log_));
    window_.add(log_);
    window_.report(sink_, step_);
    sink_.metric("lr", rate_of(step_ - 1), step_);
    throughput_.report(sink_, step_);
    sink_.progress(step_, options_.steps);
    return ok();
  }

  TrainedModel& model_;
  const Objective& objective_;
  const TrainConfig& config_;
  const TrainOptions& options_;
  Comm& comm_;
  MetricSink& sink_;
  std::vector<Part> parts_;
  std::unique_ptr<Optimizer> optimizer_;
  CheckpointWriter writer_;
  GradientExchange exchange_;
  std::unique_ptr<Loader> loader_;
  TrainSummary summary_;
  LossScaler scaler_;
  MeanLog log_;
  MeanWindow window_;
  Throughput throughput_;
  std::optional<MemoryGuard> memory_;
  std::string numerics_;  // of the checkpoint that was loaded
  std::int64_t step_ = 0;
  std::int64_t saved_step_ = -1;
  std::int64_t data_offset_ = 0;
  RankFlags flags_;
  int bad_in_a_row_ = 0;
  int rollbacks_ = 0;
};

}  // namespace

Result<TrainSummary> train(TrainedModel& model, const Objective& objective,
                           const TrainConfig& config, const TrainOptions& options,
                           MetricSink& sink) {
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
