// A whole model on the device against the same model on the processor: states, losses, gradients of
// every parameter, in every precision and with every option.
#include <ATen/ops/ones.h>

#include "tests/trainer/cuda/gpu_test.h"
#include "tests/trainer/gradient_recorder.h"

namespace unimo::trainer {
namespace {

// Wider than the tiny model, so that rows take several passes and attention several tiles.
ModelConfig test_model() {
  ModelConfig config = tiny_test_model();
  config.hidden = 272;
  config.heads = 4;
  config.ffn = 320;
  config.pooled = 48;
  config.init_deviation = 0.1;
  return config;
}
// A head size that FlashAttention takes.
ModelConfig flash_model() {
  ModelConfig config = test_model();
  config.hidden = 256;
  return config;
}

// A loss that goes through every head.
at::Tensor whole_loss(Unimo& model, const PackedBatch& batch, const EncodeOptions& options) {
  const at::Tensor hidden = model.encode(batch, options);
  const at::Tensor text = gather_rows(hidden, batch.text_rows);
  const at::Tensor image = gather_rows(hidden, batch.image_rows);
  const at::Tensor p_text = model.pooled_text(text.slice(0, 0, 3));
  const at::Tensor p_image = model.pooled_image(image.slice(0, 0, 3));
  return model.lm_loss_sum(text, batch.token_ids, 0.1)
      .add(model.region_features(image).square().sum())
      .add(model.region_classes(image).logsumexp(-1).sum())
      .add(model.match_score(p_text, p_image, options).sum())
      .add(model.match_matrix(p_text, p_image).square().sum());
}

struct ModelRun {
  std::vector<float> hidden, gradients;
  double loss = 0;
};

ModelRun run_of(Unimo& model, const PackedBatch& batch, const EncodeOptions& options) {
  ModelRun run;
  run.hidden = host_values(model.encode(batch, options));
  model.parameters().zero_gradients();
  const at::Tensor loss = whole_loss(model, batch, options);
  loss.backward();
  run.loss = loss.item<double>();
  const auto gradients = model.parameters().gradients();
  run.gradients.assign(gradients.begin(), gradients.end());
  return run;
}

const EncodeOptions kTraining = {.training = true, .seed = 5, .step = 6, .pass = 1};

// Largest gap between the gradients of each parameter, as a share of its largest gradient.
void expect_gradients_near(const ParameterStore& store, const ModelRun& seen,
                           const ModelRun& wanted, double tolerance) {
  for (const Parameter& p : store.all()) {
    const auto part = [&](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + p.offset, all.begin() + p.offset + p.count);
    };
    const auto a = part(seen.gradients), b = part(wanted.gradients);
    double largest = 0.1;  // gradients of keys' biases are rounding alone
    for (const float g : b) largest = std::max(largest, static_cast<double>(std::abs(g)));
    EXPECT_LT(largest_gap(a, b) / largest, tolerance) << p.spec.name;
  }
}

TEST(UnimoOnGpu, IsTheProcessorsModelInFp32) {
  REQUIRE_GPU();
  Unimo here(test_model(), 3);
  Unimo there(test_model(), 3, Precision::kFp32, {}, gpu());
  const PackedBatch batch = random_pairs(1, 9, here.config());
  const ModelRun wanted = run_of(here, batch, kTraining), seen = run_of(there, batch, kTraining);
  EXPECT_LT(largest_gap(seen.hidden, wanted.hidden), 1e-4);
  EXPECT_NEAR(seen.loss / wanted.loss, 1, 1e-5);
  expect_gradients_near(here.parameters(), seen, wanted, 1e-4);
}

// Without dropout, because FlashAttention drops other elements.
TEST(UnimoOnGpu, IsNearTheProcessorsModelInSixteenBits) {
  REQUIRE_GPU();
  Unimo here(flash_model(), 3);
  const PackedBatch batch = random_pairs(1, 9, here.config());
  const ModelRun wanted = run_of(here, batch, {});
  for (const Precision precision : {Precision::kBf16, Precision::kFp16}) {
    for (const char* attention : {"flash", "own"}) {
      SCOPED_TRACE(attention);
      Unimo there(flash_model(), 3, precision, {}, gpu(attention));
      const ModelRun seen = run_of(there, batch, {});
      EXPECT_LT(largest_gap(seen.hidden, wanted.hidden), 0.15);
      EXPECT_NEAR(seen.loss / wanted.loss, 1, 0.01);
      EXPECT_GT(cosine_of(seen.gradients, wanted.gradients), 0.998);
    }
  }
}

TEST(UnimoOnGpu, DropsWhatTheProcessorDropsInBf16) {
  REQUIRE_GPU();
  Unimo here(flash_model(), 3, Precision::kBf16);
  Unimo there(flash_model(), 3, Precision::kBf16, {}, gpu("own"));
  const PackedBatch batch = random_pairs(1, 9, here.config());
  const ModelRun wanted = run_of(here, batch, kTraining), seen = run_of(there, batch, kTraining);
  EXPECT_LT(largest_gap(seen.hidden, wanted.hidden), 0.2);
  EXPECT_GT(cosine_of(seen.gradients, wanted.gradients), 0.998);
}

TEST(UnimoOnGpu, RepeatsItsBits) {
  REQUIRE_GPU();
  for (const char* attention : {"flash", "own"}) {
    std::vector<ModelRun> runs;
    for (int i = 0; i < 2; ++i) {
      Unimo model(flash_model(), 3, Precision::kBf16, {}, gpu(attention));
      runs.push_back(run_of(model, random_pairs(1, 40, model.config()), kTraining));
    }
    EXPECT_EQ(runs[0].hidden, runs[1].hidden) << attention;
    EXPECT_EQ(runs[0].gradients, runs[1].gradients) << attention;
  }
}

TEST(UnimoOnGpu, RecomputingLayersChangesNoBit) {
  REQUIRE_GPU();
  for (const char* attention : {"flash", "own"}) {
    Unimo model(flash_model(), 3, Precision::kBf16, {}, gpu(attention));
    const PackedBatch batch = random_pairs(1, 20, model.config());
    const ModelRun keeping = run_of(model, batch, kTraining);
    model.set_recompute(true);
    EXPECT_EQ(keeping.gradients, run_of(model, batch, kTraining).gradients) << attention;
  }
}

TEST(UnimoOnGpu, PerturbationsOnTheHostGetTheirGradientsThere) {
  REQUIRE_GPU();
  const PackedBatch batch = random_pairs(1, 5, test_model());
  const auto texts = static_cast<std::int64_t>(batch.text_rows.size());
  const auto images = static_cast<std::int64_t>(batch.image_rows.size());
  const auto gradients = [&](const DeviceConfig& device) {
    Unimo model(test_model(), 3, Precision::kFp32, {}, device);
    EncodeOptions options;
    options.text_delta =
        on_gpu(test_values(texts * 272, 1, 0.1F), {texts, 272}).cpu().requires_grad_();
    options.feature_delta =
        on_gpu(test_values(images * 12, 2, 0.1F), {images, 12}).cpu().requires_grad_();
    model.encode(batch, options)
        .square()
        .sum()
        .backward({}, std::nullopt, false,
                  std::vector<at::Tensor>{options.text_delta, options.feature_delta});
    for (const float g : model.parameters().gradients()) EXPECT_EQ(g, 0.0F);
    return std::pair(host_values(options.text_delta.grad()),
                     host_values(options.feature_delta.grad()));
  };
  const auto wanted = gradients({}), seen = gradients(gpu());
  EXPECT_LT(largest_gap(seen.first, wanted.first), 1e-4);
  EXPECT_LT(largest_gap(seen.second, wanted.second), 1e-4);
}

TEST(UnimoOnGpu, RolesAndTurnsAreThoseOfTheProcessor) {
  REQUIRE_GPU();
  ModelConfig config = test_model();
  config.roles = 3;
  config.turns = 16;
  PackedBatch batch = random_pairs(1, 30, config);
  for (std::size_t i = 0; i < batch.text_rows.size(); ++i) {
    batch.role_ids.push_back(static_cast<std::int32_t>(i % 4) - 1);
    batch.turn_ids.push_back(static_cast<std::int32_t>(i % 17) - 1);
  }
  Unimo here(config, 3), there(config, 3, Precision::kFp32, {}, gpu());
  const ModelRun wanted = run_of(here, batch, kTraining), seen = run_of(there, batch, kTraining);
  EXPECT_LT(largest_gap(seen.hidden, wanted.hidden), 1e-4);
  expect_gradients_near(here.parameters(), seen, wanted, 1e-4);
}

TEST(UnimoOnGpu, AnnouncesEveryGradientOnceAndFinal) {
  REQUIRE_GPU();
  for (const bool recompute : {false, true}) {
    Unimo model(flash_model(), 3, Precision::kBf16, {}, gpu());
    model.set_recompute(recompute);
    Recorder recorder(model.parameters());
    const at::Tensor loss = whole_loss(model, random_pairs(1, 9, model.config()), kTraining);
    model.parameters().ledger().observe(&recorder);
    loss.backward();
    model.parameters().ledger().finish();
    recorder.check();
    EXPECT_LT(recorder.place("encoder_layer_1_ffn_fc_0.w_0"),
              recorder.place("encoder_layer_0_ffn_fc_0.w_0"));
  }
}

TEST(UnimoOnGpu, CountsWhatItsLayersKeep) {
  REQUIRE_GPU();
  Unimo model(flash_model(), 3, Precision::kBf16, {}, gpu());
  const PackedBatch batch = random_pairs(1, 9, model.config());
  at::Tensor hidden = model.encode(batch, kTraining);
  EXPECT_GT(model.activation_bytes(), 2 * batch.rows * (6 * 256 + 320) * 2);
  hidden.sum().backward();
  EXPECT_EQ(model.activation_bytes(), 0);
  model.set_recompute(true);
  hidden = model.encode(batch, kTraining);
  EXPECT_EQ(model.activation_bytes(), 0);
}

TEST(UnimoOnGpu, ShowsItsStatesToAWatcher) {
  REQUIRE_GPU();
  Unimo model(flash_model(), 3, Precision::kBf16, {}, gpu());
  std::vector<std::string> names;
  model.watch([&](std::string_view name, const at::Tensor& state) {
    names.emplace_back(name);
    EXPECT_TRUE(state.isfinite().all().item<bool>());
  });
  model.encode(random_pairs(1, 4, model.config()), {});
  EXPECT_EQ(names, (std::vector<std::string>{"the embedding", "the output of encoder_layer_0",
                                             "the output of encoder_layer_1"}));
}

TEST(UnimoOnGpu, NothingToPredictIsALossOfZero) {
  REQUIRE_GPU();
  Unimo model(tiny_test_model(), 3, Precision::kBf16, {}, gpu());
  const at::Tensor hidden = model.encode(random_pairs(1, 2, model.config()), {});
  const at::Tensor none = gather_rows(hidden, {});
  const at::Tensor loss = model.lm_loss_sum(none, {}).add(model.region_classes(none).sum());
  loss.backward();
  EXPECT_EQ(loss.item<float>(), 0.0F);
  for (const float g : model.parameters().gradients()) ASSERT_EQ(g, 0.0F);
}

TEST(UnimoOnGpu, WeightsWrittenOnTheHostReachTheDevice) {
  REQUIRE_GPU();
  Unimo here(tiny_test_model(), 3), there(tiny_test_model(), 4, Precision::kFp32, {}, gpu());
  const PackedBatch batch = random_pairs(1, 3, here.config());
  const std::span<const float> values = here.parameters().values();
  std::copy(values.begin(), values.end(), there.parameters().values().begin());
  there.parameters().changed();
  EXPECT_LT(largest_gap(host_values(there.encode(batch, {})), host_values(here.encode(batch, {}))),
            1e-4);
}

TEST(UnimoOnGpu, AGpuThatIsNotThereIsRefused) {
  REQUIRE_GPU();
  const DeviceConfig device{.kind = "cuda", .index = 63};
  EXPECT_THROW(Unimo(tiny_test_model(), 1, Precision::kFp32, {}, device), std::invalid_argument);
}

TEST(UnimoOnGpu, FlashAttentionInFp32IsRefused) {
  EXPECT_THROW(Unimo(tiny_test_model(), 1, Precision::kFp32, {}, gpu("flash")),
               std::invalid_argument);
}

}  // namespace
}  // namespace unimo::trainer
