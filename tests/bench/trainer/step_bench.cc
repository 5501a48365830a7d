// One side of the comparison with Hugging Face: step_peer.py starts this program and asks it for
// one step at a time, so that both sides run by turns in one call.
//
//   step_bench parity FOLDER           hidden states, logits, loss and gradients of one batch into
//                                      FOLDER/ours.safetensors
//   step_bench step FOLDER PRECISION DROPOUT THREADS
//                                      for every line read: a training step, answered by a line of
//                                      JSON
//   step_bench adamw THREADS           the same with the optimiser alone, over UNIMO-base
//   step_bench products                GFLOP/s of the matrix products on one core
//
// FOLDER holds what step_peer.py wrote: config.json, model.safetensors, batch.json.
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "trainer/loop/memory.h"
#include "trainer/loop/numerics.h"
#include "trainer/model/gemm.h"
#include "trainer/weights/safetensors.h"
#include "trainer/model/unimo.h"
#include "trainer/model/weights.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {
namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Wall and processor seconds since it was made.
class Stopwatch {
 public:
  Json read() const {
    return {{"wall", clock_seconds(CLOCK_MONOTONIC) - wall_},
            {"cpu", clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_}};
  }

 private:
  double wall_ = clock_seconds(CLOCK_MONOTONIC);
  double cpu_ = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
};

template <class T>
T unwrap(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "step_bench: {}\n", result.error().message);
  std::exit(1);
}

struct Case {
  ModelConfig config;
  PackedBatch batch;
  std::vector<std::int32_t> labelled, targets;
};

// batch.json: a list of sequences, each with "ids" and "labels" (-100: none).
Case read_case(const std::filesystem::path& folder) {
  Case c;
  c.config = unwrap(read_roberta_config(folder / "config.json"));
  c.config.feature_size = 16;
  c.config.class_size = 16;
  const Json sequences = unwrap(read_json(folder / "batch.json"));
  for (const Json& sequence : sequences) {
    const std::int32_t begin = c.batch.rows;
    for (std::size_t i = 0; i < sequence["ids"].size(); ++i) {
      const std::int32_t row = c.batch.rows++;
      c.batch.text_rows.push_back(row);
      c.batch.token_ids.push_back(sequence["ids"][i].get<std::int32_t>());
      c.batch.position_ids.push_back(row - begin + 2);
      const auto label = sequence["labels"][i].get<std::int32_t>();
      if (label < 0) continue;
      c.labelled.push_back(row);
      c.targets.push_back(label);
    }
    c.batch.spans.push_back({.begin = begin, .end = c.batch.rows});
  }
  return c;
}

at::Tensor mean_loss(Unimo& model, const Case& c, const at::Tensor& hidden) {
  return model.lm_loss_sum(gather_rows(hidden, c.labelled), c.targets)
      .div(static_cast<double>(c.targets.size()));
}

std::span<const float> values_of(const at::Tensor& t) {
  return {t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())};
}

void write_parity(const std::filesystem::path& folder) {
  const Case c = read_case(folder);
  Unimo model(c.config, 1);
  unwrap(load_roberta(folder / "model.safetensors", model.parameters()));
  const at::Tensor hidden = model.encode(c.batch, {.training = false});
  const at::Tensor logits = model.lm_logits(gather_rows(hidden, c.labelled)).contiguous();
  at::Tensor loss = mean_loss(model, c, hidden);
  loss.backward();
  std::vector<FloatTensor> out = {{"hidden", hidden.sizes().vec(), values_of(hidden)},
                                  {"logits", logits.sizes().vec(), values_of(logits)},
                                  {"loss", {1}, values_of(loss)}};
  for (const Parameter& p : model.parameters().all()) {
    const std::string name = roberta_name(p.spec.name);
    if (!name.empty()) out.push_back({"grad." + name, p.spec.shape, values_of(p.value.grad())});
  }
  const Status written = write_safetensors(folder / "ours.safetensors", out, {});
  if (!written) fmt::print(stderr, "step_bench: {}\n", written.error().message);
}

// Answers every line of the input until it ends.
template <class Answer>
void serve(const Answer& answer) {
  fmt::print("ready\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    fmt::print("{}\n", answer().dump());
    std::fflush(stdout);
  }
}

const OptimizerConfig kOptimizer{.lr = 1e-4, .eps = 1e-6, .weight_decay = 0.01, .clip_norm = 1.0};

void serve_steps(const std::filesystem::path& folder, const std::string& precision, double dropout,
                 int threads) {
  Case c = read_case(folder);
  c.config.dropout = c.config.attention_dropout = dropout;
  use_threads(threads);
  Unimo model(c.config, 1, choose_precision(precision));
  unwrap(load_roberta(folder / "model.safetensors", model.parameters()));
  AdamW optimizer(model.parameters(), kOptimizer);
  std::uint64_t step = 0;
  serve([&] {
    const Stopwatch watch;
    model.parameters().zero_gradients();
    const at::Tensor hidden = model.encode(c.batch, {.training = true, .seed = 1, .step = step++});
    at::Tensor loss = mean_loss(model, c, hidden);
    const Json forward = watch.read();
    loss.backward();
    const Json backward = watch.read();
    optimizer.step(kOptimizer.lr, optimizer.gradient_norm());
    Json answer = watch.read();
    answer["loss"] = loss.item<float>();
    answer["forward"] = forward["cpu"];
    answer["backward"] = backward["cpu"].get<double>() - forward["cpu"].get<double>();
    return answer;
  });
}

// The values and gradients that both sides start from: a fixed function of the place.
float spread(std::size_t place, std::size_t factor) {
  return static_cast<float>(static_cast<std::uint32_t>(place * factor)) / 4294967296.0F - 0.5F;
}

void serve_adamw(int threads) {
  use_threads(threads);
  Unimo model(base_model(), 1);
  ParameterStore& store = model.parameters();
  Json shapes = Json::array();
  for (const Parameter& p : store.all()) {
    shapes.push_back({{"shape", p.spec.shape}, {"decay", p.spec.decay}});
    for (std::int64_t i = 0; i < p.count; ++i) {
      const auto at = static_cast<std::size_t>(p.offset + i);
      store.values()[at] = spread(static_cast<std::size_t>(i), 2654435761) * 0.1F;
      store.gradients()[at] = spread(static_cast<std::size_t>(i), 2246822519) * 0.001F;
    }
  }
  AdamW optimizer(store, kOptimizer);
  fmt::print("{}\n", shapes.dump());
  serve([&] {
    const Stopwatch watch;
    optimizer.step(kOptimizer.lr, 0);
    Json answer = watch.read();
    double sum = 0;
    for (const float v : store.values()) sum += static_cast<double>(v);
    answer["sum"] = sum;
    return answer;
  });
}

template <class T>
double product_gflops(std::int64_t depth, std::int64_t columns) {
  constexpr std::int64_t kRows = 512;
  Packed<T> b{.depth = depth, .columns = columns, .values = {}};
  b.values.reserve(b.panels() * b.panel_size());
  Buffer<T> a(kRows * depth);
  Buffer<float> c(product_size(b));
  std::vector<float> row(static_cast<std::size_t>(b.panel_size()));
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = spread(i, 2654435761);
  for (std::int64_t p = 0; p < b.panels(); ++p) {
    typed_kernels<T>().from_float(row.data(), b.values.data() + p * b.panel_size(), b.panel_size());
  }
  for (std::int64_t r = 0; r < kRows; ++r)
    typed_kernels<T>().from_float(row.data() + r, a.data() + r * depth, depth);
  double best = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Stopwatch watch;
    for (std::int64_t r = 0; r < kRows; r += kRowBlock) {
      multiply_block(a.data() + r * depth, depth, b, c.data(), kRowBlock);
    }
    best = std::min(best, watch.read()["cpu"].get<double>());
  }
  finish_multiply<T>();
  return 2e-9 * static_cast<double>(kRows * depth * columns) / best;
}

void print_products() {
  for (const auto& [depth, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{768, 3072}, {3072, 768}, {768, 2304}}) {
    fmt::print("{}\n", Json{{"depth", depth},
                            {"columns", columns},
                            {"fp32", product_gflops<float>(depth, columns)},
                            {"bf16", product_gflops<Bf16>(depth, columns)}}
                           .dump());
  }
}

int run(const std::vector<std::string>& arguments) {
  keep_freed_memory();
  const std::string mode = arguments.empty() ? "" : arguments[0];
  if (mode == "parity" && arguments.size() == 2) {
    write_parity(arguments[1]);
  } else if (mode == "step" && arguments.size() == 5) {
    serve_steps(arguments[1], arguments[2], std::stod(arguments[3]), std::stoi(arguments[4]));
  } else if (mode == "adamw" && arguments.size() == 2) {
    serve_adamw(std::stoi(arguments[1]));
  } else if (mode == "products") {
    at::set_num_threads(1);
    print_products();
  } else {
    fmt::print(stderr,
               "step_bench parity FOLDER | step FOLDER PRECISION DROPOUT THREADS | adamw THREADS | "
               "products\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) { return unimo::trainer::run({argv + 1, argv + argc}); }
