#include "trainer/decode/incremental.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <gtest/gtest.h>

#include "trainer/data/random.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

constexpr ModelConfig kTiny{.layers = 2,
                            .hidden = 32,
                            .heads = 2,
                            .ffn = 64,
                            .vocabulary = 50,
                            .positions = 40,
                            .feature_size = 8,
                            .class_size = 4,
                            .pooled = 16};

RegionRecord image_of(int regions, std::uint64_t seed) {
  Random random({.seed = seed});
  RegionRecord image;
  image.count = static_cast<std::uint32_t>(regions);
  image.feature_size = 8;
  for (int i = 0; i < regions * 8; ++i)
    image.features.push_back(static_cast<float>(random.normal()));
  for (int i = 0; i < regions; ++i) {
    const auto x = static_cast<float>(0.5 * random.uniform());
    image.boxes.insert(image.boxes.end(), {x, x / 2, x + 0.3f, x + 0.4f});
  }
  return image;
}

// What the model says after an image and the tokens so far, all computed anew.
at::Tensor from_scratch(Unimo& model, const RegionRecord& image,
                        const std::vector<std::int32_t>& tokens) {
  const at::NoGradGuard no_gradients;
  BatchBuilder builder(8);
  const Rows source = builder.add_image(image, {});
  builder.join(source.begin);
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    positions.push_back(2 + static_cast<std::int32_t>(i));
  const Rows text = builder.add_tokens(tokens, positions);
  builder.cause(text.begin, source);
  const at::Tensor hidden = model.encode(builder.take(), {});
  return at::log_softmax(model.lm_logits(hidden.narrow(0, text.end - 1, 1)), 1).squeeze(0);
}

TEST(IncrementalDecoder, SaysWhatAFullRecomputationSays) {
  Unimo model(kTiny, 3);
  const std::vector<RegionRecord> images{image_of(5, 1), image_of(9, 2), image_of(1, 3)};
  BatchBuilder builder(8);
  for (const auto& image : images) builder.join(builder.add_image(image, {}).begin);
  IncrementalDecoder decoder(model);
  decoder.start(builder.take());

  // Hypotheses branch, change places and die; source 1 ends after two steps.
  struct Branch {
    int source;
    std::vector<std::int32_t> tokens;
  };
  std::vector<Branch> before;
  const std::vector<std::vector<DecodeRow>> steps{
      {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}},
      {{0, 0, 7}, {0, 0, 9}, {1, 1, 11}, {2, 2, 13}, {2, 2, 14}, {2, 2, 15}},
      {{0, 1, 20}, {0, 0, 21}, {0, 1, 22}, {2, 5, 23}},
      {{0, 2, 30}, {0, 0, 31}, {2, 3, 32}, {2, 3, 33}},
  };
  for (const auto& rows : steps) {
    const at::Tensor log_p = decoder.step(rows);
    std::vector<Branch> now;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Branch branch{rows[i].source, {}};
      if (!before.empty()) branch.tokens = before[static_cast<std::size_t>(rows[i].parent)].tokens;
      branch.tokens.push_back(rows[i].token);
      const at::Tensor wanted =
          from_scratch(model, images[static_cast<std::size_t>(branch.source)], branch.tokens);
      EXPECT_LT((log_p.select(0, static_cast<std::int64_t>(i)) - wanted).abs().max().item<float>(),
                2e-5f)
          << i;
      now.push_back(std::move(branch));
    }
    before = std::move(now);
  }
}

}  // namespace
}  // namespace unimo::trainer
