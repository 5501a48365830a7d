#include "trainer/objectives/adversarial.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

constexpr std::uint32_t kPasses = 3;  // clean, text, image
constexpr double kSmallestNorm = 1e-8;

// The sample of every row: a span without context begins one, one with a context belongs to it.
std::vector<std::size_t> sample_of_rows(const PackedBatch& batch, std::size_t& samples) {
  std::vector<std::size_t> sample(static_cast<std::size_t>(batch.rows), 0);
  samples = 0;
  for (const AttentionSpan& span : batch.spans) {
    const bool begins = span.context_begin == span.context_end;
    const std::size_t own =
        begins ? samples++ : sample[static_cast<std::size_t>(span.context_begin)];
    std::fill(sample.begin() + span.begin, sample.begin() + span.end, own);
  }
  return sample;
}

// The disturbance of one side: rows of text or of images, grouped by sample.
class Disturbance {
 public:
  Disturbance(const PackedBatch& batch, const std::vector<std::int32_t>& rows, std::int64_t size)
      : size_(size) {
    const auto sample = sample_of_rows(batch, samples_);
    for (const std::int32_t row : rows) sample_.push_back(sample[static_cast<std::size_t>(row)]);
  }

  bool used() const { return delta_.defined(); }
  const at::Tensor& delta() const { return delta_; }

  // Uniform, scaled by sample.
  void start(double magnitude, Random random) {
    std::vector<double> positions(samples_, 0);
    for (const std::size_t sample : sample_) positions[sample] += 1;
    delta_ = at::empty({static_cast<std::int64_t>(sample_.size()), size_}, at::kFloat);
    float* value = delta_.data_ptr<float>();
    for (const std::size_t sample : sample_) {
      const double scale = magnitude / std::sqrt(positions[sample] * static_cast<double>(size_));
      for (std::int64_t c = 0; c < size_; ++c)
        *value++ = static_cast<float>((2 * random.uniform() - 1) * scale);
    }
    delta_.set_requires_grad(true);
  }

  // A new tensor: the old one is part of graphs that are still to be walked.
  // The disturbance lies on the host, wherever the model computes.
  void climb(const at::Tensor& gradient, const AdversarialConfig& config) {
    const at::Tensor g = gradient.contiguous();
    const float* slope = g.const_data_ptr<float>();
    std::vector<double> squares(samples_, 0);
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      for (std::int64_t c = 0; c < size_; ++c) {
        const double value = slope[static_cast<std::int64_t>(i) * size_ + c];
        squares[sample_[i]] += value * value;
      }
    }
    at::Tensor next = delta_.detach().clone();
    float* delta = next.data_ptr<float>();
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      const double norm = std::sqrt(squares[sample_[i]]);
      const double step = config.lr / std::max(norm, kSmallestNorm);
      const double shrink =
          config.max_norm > 0 && norm > config.max_norm ? config.max_norm / norm : 1.0;
      for (std::int64_t at = static_cast<std::int64_t>(i) * size_, end = at + size_; at < end; ++at)
        delta[at] = static_cast<float>((delta[at] + step * slope[at]) * shrink);
    }
    delta_ = next.set_requires_grad(true);
  }

 private:
  std::int64_t size_;
  std::size_t samples_ = 0;
  std::vector<std::size_t> sample_;  // of each row of delta
  at::Tensor delta_;
};

// One run of the task: predictions and what they cost.
struct Run {
  at::Tensor logits, loss;
};

Run run_task(Unimo& model, const AdversarialTask& task, const EncodeOptions& encode) {
  const at::Tensor hidden = model.encode(task.batch, encode);
  const at::Tensor logits = task.logits(model, hidden, encode);
  return {logits, task.loss(logits)};
}

}  // namespace

at::Tensor symmetric_divergence(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor log_q = at::log_softmax(a, 1), log_p = at::log_softmax(b, 1);
  return ((log_q.exp() - log_p.exp()) * (log_q - log_p)).sum() / a.size(0);
}

AdversarialLoss adversarial_loss(Unimo& model, const AdversarialTask& task,
                                 const AdversarialConfig& config, const EncodeOptions& encode) {
  UNIMO_CHECK(config.steps > 0, "adversarial training in {} steps", config.steps);
  const at::AutoGradMode gradients(true);
  Disturbance text(task.batch, task.batch.text_rows, model.config().hidden);
  Disturbance image(task.batch, task.batch.image_rows, model.config().feature_size);
  const auto random = [&](std::string_view stream) {
    return Random({.seed = encode.seed,
                   .stream = stream_of(stream),
                   .sample = encode.step,
                   .epoch = encode.pass});
  };
  if (config.text && !task.batch.text_rows.empty())
    text.start(config.magnitude, random("adversarial.text"));
  if (config.image && !task.batch.image_rows.empty())
    image.start(config.magnitude, random("adversarial.image"));

  AdversarialLoss result;
  const double share = 1.0 / config.steps;
  const auto add = [&](const at::Tensor& part) {
    result.loss = result.loss.defined() ? result.loss + part : part;
  };
  for (int k = 0; k < config.steps; ++k) {
    EncodeOptions options = encode;
    options.pass = encode.pass + static_cast<std::uint32_t>(k) * kPasses;
    const Run clean = run_task(model, task, options);
    add(clean.loss * share);
    result.clean += clean.loss.item<double>() * share;
    result.rows += task.batch.rows;
    const auto disturb = [&](Disturbance& side, at::Tensor EncodeOptions::*place, double& mean) {
      ++options.pass;
      if (!side.used()) return;
      EncodeOptions disturbed = options;
      disturbed.*place = side.delta();
      const Run run = run_task(model, task, disturbed);
      const at::Tensor loss = run.loss * share,
                       distance = symmetric_divergence(clean.logits, run.logits);
      add(loss + distance * config.kl_weight);
      mean += loss.item<double>();
      result.divergence += distance.item<double>() * share;
      result.rows += task.batch.rows;
      if (k + 1 == config.steps) return;
      // The graph stays: the total walks it once more.
      const auto slope = torch::autograd::grad({loss}, {side.delta()}, {}, true);
      side.climb(slope[0], config);
    };
    disturb(text, &EncodeOptions::text_delta, result.text);
    disturb(image, &EncodeOptions::feature_delta, result.image);
  }
  return result;
}

}  // namespace unimo::trainer
