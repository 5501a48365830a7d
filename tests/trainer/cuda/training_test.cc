// Training on the device: AdamW's steps are the processor's, runs repeat, a broken run ends with
// the bits of an unbroken one.
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <memory>

#include "orchestrator/base/file.h"
#include "tests/trainer/cuda/gpu_test.h"
#include "trainer/decode/generator.h"
#include "trainer/decode/incremental.h"
#include "trainer/model/device_ops.h"
#include "trainer/optim/adamw.h"
#include "trainer/optim/fixed_point.h"

namespace unimo::trainer {
namespace {

std::vector<float> weights_of(const Unimo& model) {
  const auto values = model.parameters().values();
  return {values.begin(), values.end()};
}

TEST(AdamWOnGpu, ThreeStepsAreThoseOfTheProcessor) {
  REQUIRE_GPU();
  const OptimizerConfig config{.lr = 1e-3, .clip_norm = 0.5};
  const auto train_three = [&](const DeviceConfig& device) {
    Unimo model(tiny_test_model(), 3, Precision::kFp32, {}, device);
    AdamW optimizer(model.parameters(), config);
    for (std::uint64_t step = 0; step < 3; ++step) {
      const PackedBatch batch = random_pairs(step, 4, model.config());
      model.parameters().zero_gradients();
      const at::Tensor hidden = model.encode(batch, {.training = true, .seed = 1, .step = step});
      model.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids).div(30).backward();
      optimizer.step(1e-3, optimizer.gradient_norm());
    }
    return std::pair(weights_of(model),
                     std::vector<float>(optimizer.first().begin(), optimizer.first().end()));
  };
  const auto wanted = train_three({}), seen = train_three(gpu());
  EXPECT_LT(largest_gap(seen.first, wanted.first), 1e-4);
  EXPECT_LT(largest_gap(seen.second, wanted.second), 1e-5);
}

TEST(AdamWOnGpu, NormOfGradientsThatAreNotFiniteIsNotFinite) {
  REQUIRE_GPU();
  Unimo model(tiny_test_model(), 3, Precision::kFp32, {}, gpu());
  AdamW optimizer(model.parameters(), {});
  EXPECT_EQ(optimizer.gradient_norm(), 0);
  model.parameters().flat_gradients()[5] = std::nanf("");
  EXPECT_FALSE(std::isfinite(optimizer.gradient_norm()));
}

// The copy that products read is written in AdamW's own pass: it must be that of a fresh model.
TEST(AdamWOnGpu, LowCopyFollowsTheWeights) {
  REQUIRE_GPU();
  Unimo model(tiny_test_model(), 3, Precision::kBf16, {}, gpu());
  AdamW optimizer(model.parameters(), {});
  const PackedBatch batch = random_pairs(1, 4, model.config());
  model.encode(batch, {}).square().sum().backward();
  optimizer.step(1e-2, optimizer.gradient_norm());
  Unimo fresh(tiny_test_model(), 4, Precision::kBf16, {}, gpu());
  const std::vector<float> weights = weights_of(model);
  std::copy(weights.begin(), weights.end(), fresh.parameters().values().begin());
  fresh.parameters().changed();
  EXPECT_EQ(host_values(model.encode(batch, {})), host_values(fresh.encode(batch, {})));
}

// As ranks that share the moments out: each its stretch, the norm from the squares of all.
TEST(AdamWOnGpu, SharesTakeTheStepOfTheWhole) {
  REQUIRE_GPU();
  const OptimizerConfig config{.lr = 1e-3, .clip_norm = 0.5};
  const PackedBatch batch = random_pairs(1, 4, tiny_test_model());
  const auto after_step = [&](int ranks) {
    Unimo model(tiny_test_model(), 3, Precision::kBf16, {}, gpu());
    model.encode(batch, {}).square().sum().backward();
    std::vector<std::unique_ptr<AdamW>> optimizers;
    std::vector<double> squares;
    for (const AdamW::Stretch& share : AdamW::shares(model.parameters(), ranks)) {
      optimizers.push_back(std::make_unique<AdamW>(model.parameters(), config, share));
      const std::vector<double> own = optimizers.back()->squares();
      squares.resize(own.size(), 0.0);
      for (std::size_t i = 0; i < own.size(); ++i) squares[i] += own[i];
    }
    for (const auto& optimizer : optimizers) optimizer->step(1e-3, AdamW::norm_of(squares), 4);
    model.parameters().changed();
    return std::pair(weights_of(model), host_values(model.encode(batch, {})));
  };
  EXPECT_EQ(after_step(3), after_step(1));
}

TEST(AdamWOnGpu, SavedMomentsAreThoseThatGoOn) {
  REQUIRE_GPU();
  Unimo model(tiny_test_model(), 3, Precision::kFp32, {}, gpu());
  AdamW optimizer(model.parameters(), {});
  const auto step = [&] {
    model.parameters().zero_gradients();
    model.encode(random_pairs(1, 4, model.config()), {}).square().sum().backward();
    optimizer.step(1e-3, optimizer.gradient_norm());
  };
  step();
  const auto count = static_cast<std::size_t>(optimizer.count());
  std::vector<float> first(count), second(count);
  optimizer.copy_moments(first, second);
  EXPECT_GT(*std::max_element(second.begin(), second.end()), 0);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), optimizer.first().begin()));
  step();
  std::vector<float> later(count);
  optimizer.copy_moments(later, second);
  EXPECT_NE(first, later);
}

// Sums on the device and on the host are the same whole numbers.
TEST(ExactSumsOnGpu, AreThoseOfTheProcessor) {
  REQUIRE_GPU();
  std::vector<float> host = test_values(5000, 4, 30);
  host[7] = 1e-15F;
  const at::Tensor values = on_gpu(host, {5000});
  const auto numbers = at::TensorOptions().dtype(at::kLong).device(at::kCUDA);
  const at::Tensor sums = at::zeros({5000}, numbers);
  const at::Tensor out_of_range = at::zeros({1}, numbers.dtype(at::kInt));
  device_add_fixed(values, sums, 3, out_of_range);
  std::vector<std::int64_t> wanted(5000, 0);
  ASSERT_TRUE(add_fixed(host, wanted, 3));
  const at::Tensor seen = sums.cpu();
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), seen.const_data_ptr<std::int64_t>()));
  EXPECT_EQ(out_of_range.item<int>(), 0);
  device_take_fixed(sums, values);
  take_fixed(wanted, host);
  EXPECT_EQ(host_values(values), host);
  device_add_fixed(values.fill_(2000.0F), sums, 3, out_of_range);
  EXPECT_EQ(out_of_range.item<int>(), 1);
}

struct Outcome {
  std::vector<std::string> lines;
  std::vector<float> weights;
  std::vector<double> losses;
};

Outcome train_tiny(const std::filesystem::path& checkpoints, std::int64_t stop_after,
                   Precision precision = Precision::kBf16, const std::string& sums = "fast") {
  Unimo model(tiny_test_model(), 3, precision, {}, gpu());
  RecordingSink sink;
  TrainConfig config{.checkpoint_every = 4, .log_every = 1};
  config.optimizer.lr = 1e-3;
  config.reduction.sums = sums;
  std::int64_t asked = 0;
  const auto summary = train(model, TinyObjective(5), config,
                             {.steps = 12,
                              .seed = 5,
                              .checkpoints = checkpoints,
                              .stop = [&] { return stop_after > 0 && asked++ == stop_after; }},
                             sink);
  EXPECT_EQ(static_cast<bool>(summary), stop_after == 0);
  return {sink.lines, weights_of(model), sink.losses};
}

TEST(TrainingOnGpu, LearnsAndRepeatsItsBits) {
  REQUIRE_GPU();
  const Outcome first = train_tiny({}, 0), second = train_tiny({}, 0);
  EXPECT_EQ(first.lines, second.lines);
  EXPECT_EQ(first.weights, second.weights);
  EXPECT_LT(first.losses.back(), first.losses.front());
}

TEST(TrainingOnGpu, Fp16LearnsWithItsScaledLoss) {
  REQUIRE_GPU();
  const Outcome outcome = train_tiny({}, 0, Precision::kFp16);
  EXPECT_LT(outcome.losses.back(), outcome.losses.front());
}

TEST(TrainingOnGpu, LearnsWithExactSums) {
  REQUIRE_GPU();
  const Outcome exact = train_tiny({}, 0, Precision::kBf16, "exact");
  EXPECT_LT(largest_gap(exact.weights, train_tiny({}, 0).weights), 1e-2);
  EXPECT_LT(exact.losses.back(), exact.losses.front());
}

TEST(TrainingOnGpu, ABrokenRunEndsWithTheBitsOfAnUnbrokenOne) {
  REQUIRE_GPU();
  auto folder = TempDir::make("unimo-gpu-");
  ASSERT_TRUE(folder) << folder.error().message;
  const Outcome whole = train_tiny(folder->path() / "whole", 0);
  train_tiny(folder->path() / "broken", 6);
  const Outcome resumed = train_tiny(folder->path() / "broken", 0);
  EXPECT_EQ(resumed.weights, whole.weights);
}

TEST(DecodingOnGpu, BeamSearchFindsWhatItFindsOnTheProcessor) {
  REQUIRE_GPU();
  ModelConfig config = tiny_test_model();
  config.init_deviation = 0.3;  // so that the likeliest token is clearly so
  const std::vector<std::int64_t> lengths = {5, 3};
  const auto make = [](std::span<const std::uint32_t> numbers) -> Result<PackedBatch> {
    PackedBatch sources;
    for (const std::uint32_t number : numbers) {
      const std::int32_t begin = sources.rows;
      for (std::int32_t i = 0; i < (number == 0 ? 5 : 3); ++i) {
        sources.text_rows.push_back(sources.rows++);
        sources.token_ids.push_back(5 + i + static_cast<std::int32_t>(number));
        sources.position_ids.push_back(2 + i);
      }
      sources.spans.push_back({.begin = begin, .end = sources.rows});
    }
    return sources;
  };
  const auto search = [&](const DeviceConfig& device) {
    Unimo model(config, 3, Precision::kFp32, {}, device);
    const GeneratorOptions options{
        .rules = {.config = {.beam = 3, .max_length = 6}, .vocabulary = 50, .end = 3}};
    const auto found = generate(model, options, lengths, make);
    EXPECT_TRUE(found) << found.error().message;
    return std::pair((*found)[0].tokens, (*found)[1].tokens);
  };
  EXPECT_EQ(search(gpu()), search({}));
}

TEST(DecodingOnGpu, StepsGiveTheProcessorsProbabilities) {
  REQUIRE_GPU();
  PackedBatch sources{.rows = 6};
  for (std::int32_t i = 0; i < 6; ++i) {
    sources.text_rows.push_back(i);
    sources.token_ids.push_back(4 + i);
    sources.position_ids.push_back(2 + i % 3);
  }
  sources.spans = {{.begin = 0, .end = 4}, {.begin = 4, .end = 6}};
  const auto decode = [&](const DeviceConfig& device) {
    Unimo model(tiny_test_model(), 3, Precision::kFp32, {}, device);
    IncrementalDecoder decoder(model);
    decoder.start(sources);
    decoder.step(std::vector<DecodeRow>{{.source = 0, .token = 1}, {.source = 1, .token = 1}});
    return host_values(decoder.step(std::vector<DecodeRow>{
        {.source = 0, .parent = 0, .token = 7}, {.source = 0, .parent = 0, .token = 9}}));
  };
  EXPECT_LT(largest_gap(decode(gpu()), decode({})), 1e-4);
}

}  // namespace
}  // namespace unimo::trainer
