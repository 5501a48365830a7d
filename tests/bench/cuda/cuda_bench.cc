// Training speed on one GPU, in real tokens a second:
//   cuda_bench [base|large|tiny] [tokens a step] [parts, such as
//   corpora,ladder,small,exact,save,attention]
//
// Tokens are random, lengths are drawn by a fixed seed and printed with their fill. A step is
// forward pass, backward pass, gradient norm and AdamW on one micro-batch. MFU is the FLOP of real
// tokens (6 for each multiplication of a weight and a token, 12 s H for attention) against 790
// TFLOP/s, what a large product reaches on an H200, and 989, the data sheet's number.
#include <ATen/Context.h>
#include <cuda_runtime.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "trainer/cuda/attention_run.h"
#include "trainer/cuda/device_store.h"
#include "trainer/data/random.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/unimo.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {
namespace {

constexpr double kMasked = 0.15;  // share of text rows that predict their token
constexpr int kRuns = 7;
constexpr int kWarmUps = 3;

struct Corpus {
  std::string name;
  int regions = 0;                // of each sequence, an [IMG] among them
  int shortest = 0, longest = 0;  // tokens of each sequence
};

struct Work {
  PackedBatch batch;
  std::vector<std::int32_t> predicted, targets;
  double real_tokens = 0;
  double squares = 0;  // sum of the squared lengths
  double regions = 0;
};

// Adds one sequence; `padded` rows of nothing follow where it is shorter.
void add_sequence(Work& w, int regions, int tokens, int padded, const ModelConfig& config,
                  bool predict_all, Random& random) {
  PackedBatch& b = w.batch;
  const std::int32_t begin = b.rows;
  for (int r = 0; r < regions; ++r) {
    b.image_rows.push_back(b.rows++);
    for (int f = 0; f < config.feature_size; ++f)
      b.features.push_back(static_cast<float>(random.uniform()));
    for (int k = 0; k < 5; ++k) b.boxes.push_back(static_cast<float>(random.uniform()));
  }
  for (int t = 0; t < tokens + padded; ++t) {
    const auto id =
        static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(config.vocabulary)));
    if (predict_all || (t < tokens && random.uniform() < kMasked)) {
      w.predicted.push_back(b.rows);
      w.targets.push_back(id);
    }
    b.text_rows.push_back(b.rows++);
    b.token_ids.push_back(id);
    b.position_ids.push_back(2 + t);
  }
  b.spans.push_back({.begin = begin, .end = b.rows});
  const double length = regions + tokens;
  w.real_tokens += length;
  w.squares += length * length;
  w.regions += regions;
}

// Sequences until there are about that many rows.
struct WorkOptions {
  bool padded = false, predict_all = false, recompute = false;
};
Work make_work(const Corpus& corpus, const ModelConfig& config, std::int64_t rows,
               const WorkOptions& options = {}) {
  Work work;
  Random random({.seed = 11, .stream = stream_of(corpus.name)});
  while (work.batch.rows + corpus.regions + corpus.longest <= rows) {
    const auto tokens = static_cast<int>(random.between(corpus.shortest, corpus.longest));
    add_sequence(work, corpus.regions, tokens, options.padded ? corpus.longest - tokens : 0, config,
                 options.predict_all, random);
  }
  return work;
}

double flop_of(const Work& w, const ModelConfig& c) {
  const double h = c.hidden, layers = c.layers;
  const double head = 6 * (h * h + h * c.vocabulary);
  return w.real_tokens * 72 * h * h * layers + 12 * w.squares * h * layers +
         (w.real_tokens - w.regions) * kMasked * head + w.regions * 4 * c.feature_size * h;
}

double seconds_of(const std::function<void()>& work) {
  cudaDeviceSynchronize();
  const auto start = std::chrono::steady_clock::now();
  work();
  cudaDeviceSynchronize();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Timing {
  double median = 0, least = 0, most = 0;
};
Timing time_of(const std::function<void()>& work) {
  for (int i = 0; i < kWarmUps; ++i) work();
  std::vector<double> seconds;
  for (int i = 0; i < kRuns; ++i) seconds.push_back(seconds_of(work));
  std::sort(seconds.begin(), seconds.end());
  return {seconds[kRuns / 2], seconds.front(), seconds.back()};
}

class Trainer {
 public:
  Trainer(const ModelConfig& config, const DeviceConfig& device)
      : model_(config, 1, Precision::kBf16, {}, device), optimizer_(model_.parameters(), {}) {}

  void step(const Work& w) {
    model_.parameters().zero_gradients();
    const at::Tensor hidden =
        model_.encode(w.batch, {.training = true, .seed = 1, .step = ++step_});
    model_.lm_loss_sum(gather_rows(hidden, w.predicted), w.targets)
        .div(static_cast<double>(w.targets.size()))
        .backward();
    optimizer_.step(1e-4, optimizer_.gradient_norm());
  }

  Unimo& model() { return model_; }
  AdamW& optimizer() { return optimizer_; }

 private:
  Unimo model_;
  AdamW optimizer_;
  std::uint64_t step_ = 0;
};

void report(const std::string& name, const Work& w, const ModelConfig& c, const Timing& t) {
  const double tflops = flop_of(w, c) / t.median / 1e12;
  fmt::print(
      "{:<44} {:>8.2f} ms ({:.2f} - {:.2f})  {:>9.0f} tokens/s  {:>6.1f} TFLOP/s  MFU790 {:>5.1f} %"
      "  MFU989 {:>5.1f} %  fill {:.2f}\n",
      name, t.median * 1e3, t.least * 1e3, t.most * 1e3, w.real_tokens / t.median, tflops,
      tflops / 7.90, tflops / 9.89, w.real_tokens / w.batch.rows);
  std::fflush(stdout);
}

struct Bench {
  ModelConfig config;
  std::int64_t rows;

  void run(const std::string& name, const Corpus& corpus, const DeviceConfig& device,
           std::int64_t some_rows, const WorkOptions& options = {}) const {
    const Work work = make_work(corpus, config, some_rows, options);
    Trainer trainer(config, device);
    trainer.model().set_recompute(options.recompute);
    report(name, work, config, time_of([&] { trainer.step(work); }));
  }
};

const Corpus kText = {.name = "text of 510", .shortest = 510, .longest = 510};
const Corpus kRagged = {.name = "text of 16 to 510", .shortest = 16, .longest = 510};

DeviceConfig gpu_with(const std::string& attention) {
  return {.kind = "cuda", .attention = attention};
}

void corpora(const Bench& b) {
  for (const Corpus& corpus :
       {kText, kRagged,
        Corpus{.name = "37 regions, 12 to 60 tokens", .regions = 37, .shortest = 12, .longest = 60},
        Corpus{.name = "101 regions, 12 to 60 tokens",
        .regions = 101,
        .shortest = 12,
        .longest = 60}}) {
    b.run("corpus: " + corpus.name, corpus, gpu_with("auto"), b.rows);
  }
}

// Each line leaves out one more thing that need not be computed.
void ladder(const Bench& b) {
  b.run("ladder: padded, all rows predict", kRagged, gpu_with("flash"), b.rows / 2,
        {.padded = true, .predict_all = true});
  b.run("ladder: padded, masked rows predict", kRagged, gpu_with("flash"), b.rows,
        {.padded = true});
  b.run("ladder: packed, own attention", kRagged, gpu_with("own"), b.rows);
  b.run("ladder: packed, flash attention", kRagged, gpu_with("flash"), b.rows);
  b.run("ladder: packed, flash, recomputing layers", kRagged, gpu_with("flash"), b.rows,
        {.recompute = true});
}

void small(const Bench& b) {
  const Corpus corpus{.name = "text of 128", .shortest = 128, .longest = 128};
  b.run("small: 8 sequences of 128", corpus, gpu_with("auto"), 8 * 128);
}

void exact(const Bench& b) {
  const Work work = make_work(kText, b.config, b.rows);
  Trainer trainer(b.config, gpu_with("auto"));
  report("exact: repeats its bits (as always)", work, b.config,
         time_of([&] { trainer.step(work); }));
  at::globalContext().setDeterministicAlgorithms(false, false);
  report("exact: free order in flash's backward pass", work, b.config,
         time_of([&] { trainer.step(work); }));
  at::globalContext().setDeterministicAlgorithms(true, false);
}

// How long a checkpoint copies weights and moments to the host, beside the next step's two passes.
void save(const Bench& b) {
  Trainer trainer(b.config, gpu_with("auto"));
  trainer.step(make_work(kText, b.config, 1024));
  const auto count = static_cast<std::size_t>(trainer.optimizer().count());
  std::vector<float> values(count), first(count), second(count);
  const Timing t = time_of([&] {
    trainer.model().parameters().copy_values(values);
    trainer.optimizer().copy_moments(first, second);
  });
  fmt::print("save: weights and moments of {} parameters to the host: {:.3f} s ({:.3f} - {:.3f})\n",
             trainer.model().parameters().parameter_count(), t.median, t.least, t.most);
}

void attention_alone(const Bench& b) {
  const DeviceAttentionShape shape{b.config.heads, b.config.hidden / b.config.heads};
  for (const int length : {64, 128, 256, 512}) {
    const Corpus corpus{.name = "text", .shortest = length, .longest = length};
    const Work work = make_work(corpus, b.config, b.rows);
    for (const auto& [name, backend] :
         {std::pair("own", AttentionBackend::kOwn), std::pair("flash", AttentionBackend::kFlash)}) {
      DeviceTables tables;
      const AttentionRun<Bf16> run(work.batch, shape, backend, tables);
      tables.send(at::kCUDA);
      const at::Tensor qkv = device_empty<Bf16>({work.batch.rows, 3 * shape.hidden()}).normal_();
      const at::Tensor dout = device_empty<Bf16>({work.batch.rows, shape.hidden()}).normal_();
      const DropoutKey key = dropout_key(1, 2, 3, 4, 0.1);
      const AttentionState state = run.forward(qkv, key);
      const double forward = time_of([&] { run.forward(qkv, key); }).median;
      const double backward = time_of([&] { run.backward(dout, qkv, state, key); }).median;
      const double flop = 4 * work.squares * static_cast<double>(shape.hidden());
      fmt::print(
          "attention: {:<5} length {:>3}: forward {:>7.3f} ms {:>6.1f} TFLOP/s, backward {:>7.3f} "
          "ms {:>6.1f} TFLOP/s\n",
          name, length, forward * 1e3, flop / forward / 1e12, backward * 1e3,
          2.5 * flop / backward / 1e12);
    }
  }
}

int run_bench(int argc, char** argv) {
  const std::string size = argc > 1 ? argv[1] : "base";
  const Bench bench{.config = size == "large"  ? large_model()
                              : size == "tiny" ? tiny_model()
                                               : base_model(),
                    .rows = argc > 2 ? std::atoll(argv[2]) : 65536};
  const std::string parts = argc > 3 ? argv[3] : "corpora,ladder,small,exact,save,attention";
  const std::string mistake = device_mistake(gpu_with("auto"), bench.config, Precision::kBf16);
  if (!mistake.empty()) {
    fmt::print(stderr, "{}\n", mistake);
    return 1;
  }
  fmt::print("{}, {} rows a step, {}; median of {} steps (least - most)\n", size, bench.rows,
             device_name({at::kCUDA, 0}), kRuns);
  const auto wanted = [&](const char* part) { return parts.find(part) != std::string::npos; };
  if (wanted("corpora")) corpora(bench);
  if (wanted("ladder")) ladder(bench);
  if (wanted("small")) small(bench);
  if (wanted("exact")) exact(bench);
  if (wanted("save")) save(bench);
  if (wanted("attention")) attention_alone(bench);
  return 0;
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) { return unimo::trainer::run_bench(argc, argv); }
