#include "trainer/loop/train_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "trainer/loop/checkpoint.h"
#include "trainer/loop/memory.h"
#include "trainer/loop/numerics.h"
#include "trainer/optim/adamw.h"
#include "trainer/optim/loss_scale.h"
#include "trainer/optim/lr_schedule.h"

namespace unimo::trainer {

namespace {

// Sums since the last report; they travel with the checkpoint, so that a resumed run reports the
// same averages.
class Window {
 public:
  void add(const std::string& name, double sum, double weight) {
    auto& entry = means_[name];
    entry.first += sum;
    entry.second += weight;
  }
  void report(MetricSink& sink, std::int64_t step) {
    for (const auto& [name, entry] : means_) {
      if (entry.second != 0) sink.metric(name, entry.first / entry.second, step);
    }
    means_.clear();
  }
  Json to_json() const {
    Json json = Json::object();
    for (const auto& [name, entry] : means_) json[name] = {entry.first, entry.second};
    return json;
  }
  static Window from_json(const Json& json) {
    Window window;
    for (const auto& [name, entry] : json.items()) {
      // A sum that is not finite is null in JSON.
      if (entry[0].is_number())
        window.means_[name] = {entry[0].get<double>(), entry[1].get<double>()};
    }
    return window;
  }

 private:
  std::map<std::string, std::pair<double, double>> means_;
};

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
        loss_scale_(model.precision()) {}

  Result<TrainSummary> run() {
    UNIMO_TRY(resume());
    summary_.first_step = step_;
    saved_step_ = step_;
    window_start_ = std::chrono::steady_clock::now();
    while (step_ < options_.steps) {
      if (options_.stop && options_.stop()) {
        if (step_ != saved_step_) UNIMO_TRY(save());
        return fail(ErrorCode::kCancelled, "stopped at step {} of {}", step_, options_.steps);
      }
      UNIMO_TRY(run_step());
      ++step_;
      report();
      if (step_ % config_.checkpoint_every == 0 || step_ == options_.steps) UNIMO_TRY(save());
    }
    summary_.steps = step_;
    return summary_;
  }

 private:
  Status resume() {
    if (options_.checkpoints.empty()) return ok();
    const auto state =
        UNIMO_TRY(load_newest_checkpoint(options_.checkpoints, model_.parameters(), optimizer_,
                                         [&](std::string_view text) { sink_.note(text); }));
    if (!state) return ok();
    step_ = state->step;
    summary_.skipped_steps = state->skipped_steps;
    summary_.last_loss = state->extra.value("last_loss", 0.0);
    window_ = Window::from_json(state->extra.value("window", Json::object()));
    loss_scale_.restore(state->extra.value("loss_scale", Json()));
    const std::string numerics = numerics_fingerprint(model_);
    if (state->numerics != numerics) {
      sink_.note(fmt::format(
          "the checkpoint was made with {}, this is {}: results are right but not the same bits",
          state->numerics, numerics));
    }
    sink_.note(fmt::format("resumed at step {}", step_));
    return ok();
  }

  Status save() {
    if (options_.checkpoints.empty()) return ok();
    saved_step_ = step_;
    return save_checkpoint(options_.checkpoints,
                           {.step = step_,
                            .skipped_steps = summary_.skipped_steps,
                            .numerics = numerics_fingerprint(model_),
                            .extra = {{"last_loss", summary_.last_loss},
                                      {"window", window_.to_json()},
                                      {"loss_scale", loss_scale_.to_json()}}},
                           model_.parameters(), optimizer_);
  }

  Status run_step() {
    const std::vector<MicroBatch> batches = UNIMO_TRY(objective_(step_));
    UNIMO_CHECK(!batches.empty(), "step {} has no micro-batch", step_);
    model_.parameters().zero_gradients();
    double loss = 0;
    for (const MicroBatch& batch : batches) {
      const MicroLoss result = batch(model_);
      loss += static_cast<double>(result.loss.item<float>());
      // A micro-batch without anything to predict has a constant loss.
      if (result.loss.requires_grad()) backward(result.loss);
      for (const NamedMean& mean : result.means) window_.add(mean.name, mean.sum, mean.weight);
      rows_ += result.rows;
    }
    return update(loss);
  }

  void backward(const at::Tensor& loss) const {
    if (loss_scale_.value() == 1) return loss.backward();
    loss.mul(loss_scale_.value()).backward();
  }

  Status update(double loss) {
    const double gradient_scale = 1 / loss_scale_.value();
    const double norm = optimizer_.gradient_norm() * gradient_scale;
    if (!std::isfinite(norm) || !std::isfinite(loss)) return skip(loss, norm);
    bad_in_a_row_ = 0;
    loss_scale_.good_step();
    optimizer_.step(rate_of(step_), norm, gradient_scale);
    summary_.last_loss = loss;
    window_.add("loss", loss, 1);
    window_.add("gradient_norm", norm, 1);
    return ok();
  }

  double rate_of(std::int64_t step) const {
    return learning_rate(config_.schedule, config_.optimizer.lr, step, options_.steps);
  }

  Status skip(double loss, double norm) {
    ++summary_.skipped_steps;
    // An overflow of fp16 is no fault of the data while a smaller factor may help.
    if (!std::isfinite(loss) || !loss_scale_.lower()) ++bad_in_a_row_;
    sink_.note(fmt::format("step {} is skipped: loss {}, gradient norm {}", step_, loss, norm));
    sink_.metric("skipped_steps", static_cast<double>(summary_.skipped_steps), step_ + 1);
    if (bad_in_a_row_ < config_.bad_steps_limit) return ok();
    return fail(ErrorCode::kFailed,
                "step {}: the gradient was not finite in {} steps in a row (loss {}, gradient norm "
                "{}): lower the "
                "learning rate, or look for bad values in the data",
                step_, bad_in_a_row_, loss, norm);
  }

  void report() {
    if (step_ % config_.log_every != 0 && step_ != options_.steps) return;
    window_.report(sink_, step_);
    sink_.metric("lr", rate_of(step_ - 1), step_);
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - window_start_).count();
    if (seconds > 0)
      sink_.metric("system.rows_per_second", static_cast<double>(rows_) / seconds, step_);
    window_start_ = now;
    rows_ = 0;
    sink_.progress(step_, options_.steps);
  }

  Unimo& model_;
  const Objective& objective_;
  const TrainConfig& config_;
  const TrainOptions& options_;
  MetricSink& sink_;
  AdamW optimizer_;
  LossScale loss_scale_;
  TrainSummary summary_;
  Window window_;
  std::int64_t step_ = 0;
  std::int64_t saved_step_ = -1;
  int bad_in_a_row_ = 0;
  std::int64_t rows_ = 0;
  std::chrono::steady_clock::time_point window_start_;
};

}  // namespace

Result<TrainSummary> train(Unimo& model, const Objective& objective, const TrainConfig& config,
                           const TrainOptions& options, MetricSink& sink) {
  keep_freed_memory();
  if (options.threads > 0) use_threads(options.threads);
  return TrainLoop(model, objective, config, options, sink).run();
}

}  // namespace unimo::trainer
