#include "trainer/translator/translator.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/trainer/translator/slow_translator.h"
#include "trainer/loop/numerics.h"
#include "trainer/translator/translation_objective.h"

namespace unimo::trainer {
namespace {

constexpr std::int32_t kStart = 69;

std::vector<TranslationPair> random_pairs_of_texts(std::uint64_t seed, int count,
                                                   const TranslatorConfig& c) {
  Random random({.seed = seed});
  std::vector<TranslationPair> pairs;
  for (int i = 0; i < count; ++i) {
    pairs.push_back({random_text(random, 1 + random.below(9), c.source_vocabulary),
                     random_text(random, 1 + random.below(9), c.target_vocabulary)});
  }
  // Longer than a block of rows.
  pairs.push_back(
      {random_text(random, 71, c.source_vocabulary), random_text(random, 67, c.target_vocabulary)});
  return pairs;
}

TranslationPairs packed(const std::vector<TranslationPair>& pairs) {
  std::vector<const TranslationPair*> chosen;
  for (const TranslationPair& pair : pairs) chosen.push_back(&pair);
  return pack_pairs(chosen, kStart);
}

std::vector<std::int32_t> input_of(const TranslationPair& pair) {
  std::vector<std::int32_t> input = {kStart};
  input.insert(input.end(), pair.target.begin(), pair.target.end() - 1);
  return input;
}

void expect_logits_of_the_formula(const TranslatorConfig& config) {
  Translator model(config, 3);
  roughen(model, 5);
  const SlowTranslator slow(model);
  const auto pairs = random_pairs_of_texts(11, 4, config);
  const TranslationPairs batch = packed(pairs);
  const at::Tensor logits =
      model.logits(model.decode(batch.inputs, model.encode(batch.sources, {}), batch.sources, {}))
          .detach()
          .contiguous();
  const float* row = logits.const_data_ptr<float>();
  for (const TranslationPair& pair : pairs) {
    for (const auto& expected : slow.logits(pair.source, input_of(pair))) {
      for (std::size_t v = 0; v < expected.size(); ++v)
        ASSERT_NEAR(row[v], expected[v], 2e-4 * std::max(1.0, std::abs(expected[v])));
      row += expected.size();
    }
  }
}

TEST(Translator, LogitsAreThoseOfTheFormula) { expect_logits_of_the_formula(tiny_translator()); }

TEST(Translator, KnowsOtherActivations) {
  for (const char* activation : {"relu", "gelu"}) {
    TranslatorConfig config = tiny_translator();
    config.activation = activation;
    expect_logits_of_the_formula(config);
  }
}

TEST(Translator, MayHaveTwoTablesWithoutScale) {
  TranslatorConfig config = tiny_translator();
  config.shared_embeddings = false;
  config.source_vocabulary = 51;
  config.scale_embedding = false;
  expect_logits_of_the_formula(config);
}

TEST(Translator, LossIsTheSmoothedCrossEntropyOfAllTargets) {
  Translator model(tiny_translator(), 3);
  roughen(model, 6);
  const SlowTranslator slow(model);
  const auto pairs = random_pairs_of_texts(12, 3, model.config());
  double expected = 0;
  for (const TranslationPair& pair : pairs)
    expected += slow.loss(pair.source, input_of(pair), pair.target, 0.1);
  EXPECT_NEAR(model.loss_sum(packed(pairs), {}, 0.1).item<float>(), expected, 1e-4 * expected);
}

// Every parameter's gradient along a random direction of its own.
TEST(Translator, GradientsAreThoseOfDifferences) {
  for (const bool shared : {true, false}) {
    TranslatorConfig config = tiny_translator();
    config.shared_embeddings = shared;
    Translator model(config, 4);
    roughen(model, 7);
    const auto pairs = random_pairs_of_texts(13, 2, config);
    model.parameters().zero_gradients();
    model.loss_sum(packed(pairs), {.training = true}, 0.1).backward();
    SlowTranslator slow(model);
    const auto loss = [&] {
      double sum = 0;
      for (const TranslationPair& pair : pairs)
        sum += slow.loss(pair.source, input_of(pair), pair.target, 0.1);
      return sum;
    };
    for (const Parameter& p : model.parameters().all()) {
      Random random({.seed = 1, .stream = stream_of(p.spec.name)});
      std::vector<double> direction;
      for (std::int64_t i = 0; i < p.count; ++i) direction.push_back(random.normal());
      std::vector<double>& w = slow.weight(p.spec.name);
      const std::vector<double> kept = w;
      const double step = 1e-5;
      double sides[2];
      for (const int side : {0, 1}) {
        for (std::size_t i = 0; i < w.size(); ++i)
          w[i] = kept[i] + (side == 0 ? -step : step) * direction[i];
        sides[side] = loss();
      }
      w = kept;
      const double expected = (sides[1] - sides[0]) / (2 * step);
      double found = 0, size = 0;
      const auto gradients = model.parameters().gradients();
      for (std::int64_t i = 0; i < p.count; ++i) {
        const auto g = static_cast<double>(gradients[static_cast<std::size_t>(p.offset + i)]);
        found += g * direction[static_cast<std::size_t>(i)];
        size += g * g;
      }
      EXPECT_NEAR(found, expected, 2e-3 * (1 + std::sqrt(size))) << p.spec.name;
    }
  }
}

TEST(Translator, GivesTheSameBitsOnAnyNumberOfThreads) {
  TranslatorConfig config = tiny_translator();
  config.dropout = 0.1;
  config.attention_dropout = config.activation_dropout = 0.1;
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2, 3}) {
    use_threads(threads);
    Translator model(config, 4);
    model.parameters().zero_gradients();
    model.loss_sum(packed(random_pairs_of_texts(14, 9, config)), {.training = true, .seed = 2}, 0.1)
        .backward();
    const auto found = model.parameters().gradients();
    gradients.emplace_back(found.begin(), found.end());
  }
  use_threads(1);
  EXPECT_EQ(gradients[0], gradients[1]);
  EXPECT_EQ(gradients[0], gradients[2]);
}

TEST(Translator, DropoutFollowsSeedAndStep) {
  TranslatorConfig config = tiny_translator();
  config.dropout = config.attention_dropout = config.activation_dropout = 0.3;
  Translator model(config, 4);
  const TranslationPairs batch = packed(random_pairs_of_texts(15, 3, config));
  const auto loss = [&](const EncodeOptions& options) {
    return model.loss_sum(batch, options, 0).item<float>();
  };
  const float first = loss({.training = true, .seed = 1, .step = 5});
  EXPECT_EQ(first, loss({.training = true, .seed = 1, .step = 5}));
  EXPECT_NE(first, loss({.training = true, .seed = 1, .step = 6}));
  EXPECT_NE(first, loss({.training = true, .seed = 2, .step = 5}));
  EXPECT_NE(first, loss({}));
}

TEST(Translator, TextsDoNotSeeEachOther) {
  Translator model(tiny_translator(), 3);
  const auto pairs = random_pairs_of_texts(16, 3, model.config());
  const TranslationPairs all = packed(pairs), one = packed({pairs[1]});
  const auto states = [&](const TranslationPairs& b) {
    return model.decode(b.inputs, model.encode(b.sources, {}), b.sources, {}).detach();
  };
  const at::Tensor of_all = states(all), of_one = states(one);
  EXPECT_TRUE(of_all.narrow(0, all.inputs.begins[1], one.inputs.rows()).equal(of_one));
}

TEST(Translator, RefusesTextsThatDoNotFit) {
  Translator model(tiny_translator(), 3);
  PackedTexts texts;
  texts.add(std::vector<std::int32_t>{1, 70, 0});
  EXPECT_THROW(model.encode(texts, {}), std::invalid_argument);
  PackedTexts longer;
  longer.add(std::vector<std::int32_t>(81, 1));
  EXPECT_THROW(model.encode(longer, {}), std::invalid_argument);
  TranslatorConfig odd = tiny_translator();
  odd.heads = 5;
  EXPECT_THROW(Translator(odd, 1), std::invalid_argument);
}

}  // namespace
}  // namespace unimo::trainer
