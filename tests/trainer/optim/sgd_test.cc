#include "trainer/optim/sgd.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

namespace unimo::trainer {
namespace {

ParameterStore two_parameters() {
  ParameterStore store(
      {{.name = "w", .shape = {3, 5}}, {.name = "b", .shape = {4}, .decay = false}}, 3, 0.02);
  for (std::size_t i = 0; i < store.gradients().size(); ++i)
    store.gradients()[i] = std::cos(static_cast<float>(i));
  return store;
}

OptimizerConfig config() {
  return {.kind = "sgd", .lr = 0.1, .momentum = 0.8, .weight_decay = 0.05, .clip_norm = 0};
}

// Caffe's rule, a number at a time, with a rate that falls.
TEST(Sgd, StepsAsCaffeDoes) {
  ParameterStore store = two_parameters();
  std::vector<double> values(store.values().begin(), store.values().end());
  std::vector<double> velocity(values.size());
  Sgd optimizer(store, config(), {0, store.size()});
  for (const double lr : {0.1, 0.1, 0.01}) {
    optimizer.step(lr, optimizer.gradient_norm());
    for (const Parameter& p : store.all()) {
      for (std::int64_t k = 0; k < p.count; ++k) {
        const auto i = static_cast<std::size_t>(p.offset + k);
        const double gradient =
            static_cast<double>(store.gradients()[i]) + (p.spec.name == "w" ? 0.05 * values[i] : 0);
        velocity[i] = 0.8 * velocity[i] + lr * gradient;
        values[i] -= velocity[i];
        EXPECT_NEAR(store.values()[i], values[i], 1e-5);
      }
    }
  }
  EXPECT_EQ(optimizer.steps(), 3);
}

TEST(Sgd, ClipsTheGradientsButNotTheDecay) {
  ParameterStore store = two_parameters();
  OptimizerConfig clipped = config();
  clipped.clip_norm = 0.5;
  Sgd optimizer(store, clipped, {0, store.size()});
  const Parameter& bias = store.at("b");
  const auto place = static_cast<std::size_t>(bias.offset);
  const float before = store.values()[place], gradient = store.gradients()[place];
  const double norm = optimizer.gradient_norm();
  ASSERT_GT(norm, 0.5);
  optimizer.step(0.1, norm);
  EXPECT_NEAR(store.values()[place], before - 0.1 * gradient * 0.5 / norm, 1e-6);
}

TEST(Sgd, HasOneMoment) {
  ParameterStore store = two_parameters();
  const auto optimizer = make_optimizer(store, config(), {0, store.size()});
  EXPECT_FALSE(optimizer->has_second());
  EXPECT_EQ(static_cast<std::int64_t>(optimizer->first().size()), store.size());
  EXPECT_TRUE(make_optimizer(store, {}, {0, store.size()})->has_second());
}

TEST(Sgd, GivesTheSameBitsWithAnyNumberOfThreads) {
  const auto after = [](int threads) {
    at::set_num_threads(threads);
    ParameterStore store({{.name = "a", .shape = {300, 400}}}, 3, 0.02);
    for (std::size_t i = 0; i < store.gradients().size(); ++i)
      store.gradients()[i] = std::sin(static_cast<float>(i));
    Sgd optimizer(store, config(), {0, store.size()});
    for (int i = 0; i < 2; ++i) optimizer.step(0.1, optimizer.gradient_norm());
    return std::vector<float>(store.values().begin(), store.values().end());
  };
  EXPECT_EQ(after(1), after(2));
}

}  // namespace
}  // namespace unimo::trainer
