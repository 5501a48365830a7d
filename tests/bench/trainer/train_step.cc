// How fast a step of training is: bench_train_step [fp32|bf16] [rows] [steps] [threads]. The model
// is config's tiny one (4 layers of 256), the batch as many pairs of 37 visual positions and a
// caption of 12 tokens as fit, the loss the language-model head on one text row in six; forward,
// backward and AdamW, dropout on.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "trainer/loop/memory.h"
#include "trainer/model/unimo.h"
#include "trainer/optim/adamw.h"

namespace {

using unimo::trainer::ModelConfig;
using unimo::trainer::PackedBatch;

constexpr int kVisual = 37;
constexpr int kWords = 12;

PackedBatch pairs_of(int rows, const ModelConfig& config) {
  PackedBatch batch;
  while (batch.rows + kVisual + kWords <= rows) {
    const std::int32_t begin = batch.rows;
    for (int i = 0; i < kVisual; ++i) {
      batch.image_rows.push_back(batch.rows++);
      for (int k = 0; k < config.feature_size; ++k)
        batch.features.push_back(static_cast<float>((i * k) % 17) / 17);
      for (int k = 0; k < 5; ++k) batch.boxes.push_back(0.1F * static_cast<float>(k));
    }
    for (int i = 0; i < kWords; ++i) {
      batch.text_rows.push_back(batch.rows++);
      batch.token_ids.push_back((begin * 31 + i * 7) % config.vocabulary);
      batch.position_ids.push_back(2 + i);
    }
    batch.spans.push_back({.begin = begin, .end = batch.rows});
  }
  return batch;
}

// Of the processor, all threads: what a shared machine does not disturb.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Products of one row, forward and backward; attention counts the pairs of a row.
double flops_per_row(const ModelConfig& c) {
  const double linear = 4.0 * c.hidden * c.hidden + 2.0 * c.hidden * c.ffn;
  const double attention = 2.0 * (kVisual + kWords) * c.hidden;
  return 2 * c.layers * (3 * linear + 3.5 * attention);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace unimo::trainer;
  const Precision precision = choose_precision(argc > 1 ? argv[1] : "auto");
  const int rows = argc > 2 ? std::atoi(argv[2]) : 4500;
  const int steps = argc > 3 ? std::atoi(argv[3]) : 10;
  at::set_num_threads(argc > 4 ? std::atoi(argv[4]) : 2);
  keep_freed_memory();
  const ModelConfig config = tiny_model();
  Unimo model(config, 1, precision);
  AdamW optimizer(model.parameters(), {});
  const PackedBatch batch = pairs_of(rows, config);
  std::vector<std::int32_t> predicted, targets;
  for (std::size_t i = 0; i < batch.text_rows.size(); i += 6) {
    predicted.push_back(batch.text_rows[i]);
    targets.push_back(batch.token_ids[i]);
  }
  double best[4] = {1e9, 1e9, 1e9, 1e9};
  double best_cpu = 1e9;
  double loss = 0;
  for (int step = 0; step < steps; ++step) {
    const double start = seconds();
    const double start_cpu = cpu_seconds();
    model.parameters().zero_gradients();
    const at::Tensor hidden = model.encode(
        batch, {.training = true, .seed = 1, .step = static_cast<std::uint64_t>(step)});
    at::Tensor value = model.lm_loss_sum(gather_rows(hidden, predicted), targets)
                           .div(static_cast<double>(targets.size()));
    loss = static_cast<double>(value.item<float>());
    const double forward = seconds();
    value.backward();
    const double backward = seconds();
    optimizer.step(1e-4, optimizer.gradient_norm());
    const double end = seconds();
    const double times[4] = {forward - start, backward - forward, end - backward, end - start};
    best_cpu = std::min(best_cpu, cpu_seconds() - start_cpu);
    for (int i = 0; i < 4; ++i) best[i] = std::min(best[i], times[i]);
  }
  fmt::print("{} {} rows, {} predicted, {} parameters, {} threads: loss {:.4f}\n",
             precision_name(precision), batch.rows, targets.size(),
             model.parameters().parameter_count(), at::get_num_threads(), loss);
  fmt::print(
      "forward {:.1f} ms, backward {:.1f} ms, update {:.1f} ms, step {:.1f} ms (best of {})\n",
      best[0] * 1e3, best[1] * 1e3, best[2] * 1e3, best[3] * 1e3, steps);
  fmt::print("processor time {:.1f} ms a step, {:.0f} GFLOP/s of it in one core\n", best_cpu * 1e3,
             flops_per_row(config) * batch.rows / best_cpu / 1e9);
  fmt::print("{:.0f} rows/s, {:.0f} GFLOP/s in the encoder\n", batch.rows / best[3],
             flops_per_row(config) * batch.rows / best[3] / 1e9);
  return 0;
}
