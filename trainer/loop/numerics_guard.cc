#include "trainer/loop/numerics_guard.h"

#include <ATen/ops/isfinite.h>

#include <cmath>
#include <string_view>

namespace unimo::trainer {
namespace {

bool is_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

std::string bad_weight(const TrainedModel& model) {
  for (const Parameter& p : model.parameters().all()) {
    if (!is_finite(p.value.detach())) return fmt::format("the weight {}", p.spec.name);
  }
  return {};
}

// Heads stand behind the layers, layers in order, in the store: the gradient of the last one is
// computed first.
std::string bad_gradient(const TrainedModel& model) {
  const auto all = model.parameters().all();
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    if (!is_finite(p->value.grad())) return fmt::format("the gradient of {}", p->spec.name);
  }
  return {};
}

// The watcher is taken off again however the forward pass ends.
class Watch {
 public:
  Watch(TrainedModel& model, TrainedModel::Watcher watcher) : model_(model) {
    model_.watch(std::move(watcher));
  }
  ~Watch() { model_.watch({}); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  TrainedModel& model_;
};

std::string first_bad_of(TrainedModel& model, const MicroBatch& batch) {
  std::string found;
  MicroLoss result;
  {
    const Watch watch(model, [&found](std::string_view name, const at::Tensor& state) {
      if (found.empty() && !is_finite(state.detach())) found = name;
    });
    result = batch(model);
  }
  if (!found.empty()) return found;
  for (const NamedMean& mean : result.means) {
    if (!std::isfinite(mean.sum)) return mean.name;
  }
  if (!is_finite(result.loss.detach())) return "the loss";
  model.parameters().zero_gradients();
  if (result.loss.requires_grad()) result.loss.backward();
  return bad_gradient(model);
}

}  // namespace

std::string find_not_finite(TrainedModel& model, const Objective& objective, std::int64_t step,
                            std::span<const std::int64_t> indices) {
  if (std::string weight = bad_weight(model); !weight.empty()) return weight;
  for (const std::int64_t index : indices) {
    const auto batch = objective.micro_batch(step, index);
    if (!batch) return batch.error().message;
    const std::string found = first_bad_of(model, *batch);
    if (!found.empty()) {
      return fmt::format("{} in micro-batch {} ({})", found, index,
                         objective.describe(step, index));
    }
  }
  return {};
}

}  // namespace unimo::trainer
