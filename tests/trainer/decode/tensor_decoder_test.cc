// What answers for a model on a GPU, on the processor beside what answers there.
#include "trainer/decode/tensor_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/trainer/tiny_training.h"

namespace unimo::trainer {
namespace {

// Two texts, of 4 and of 2 tokens.
PackedBatch two_sources() {
  PackedBatch sources{.rows = 6};
  for (std::int32_t i = 0; i < 6; ++i) {
    sources.text_rows.push_back(i);
    sources.token_ids.push_back(4 + i);
    sources.position_ids.push_back(2 + i % 4);
  }
  sources.spans = {{.begin = 0, .end = 4}, {.begin = 4, .end = 6}};
  return sources;
}

ModelConfig wide_vocabulary() {
  ModelConfig config = tiny_test_model();
  config.vocabulary = 150;  // two whole blocks and a part of one
  return config;
}

const std::vector<DecodeRow> kFirst = {{.source = 0, .token = 1}, {.source = 1, .token = 1}};
const std::vector<DecodeRow> kSecond = {{.source = 0, .parent = 0, .token = 7},
                                        {.source = 0, .parent = 0, .token = 9},
                                        {.source = 1, .parent = 1, .token = 8}};

TEST(TensorDecoder, GivesTheProbabilitiesOfThePackedOne) {
  Unimo model(wide_vocabulary(), 3);
  TensorDecoder decoder(model);
  PackedDecoder packed(model);
  const DecodeLimits limits{.rows = 3, .steps = 2};
  // A second start begins anew.
  for (int start = 0; start < 2; ++start) {
    decoder.start(two_sources(), limits);
    packed.start(two_sources(), limits);
    for (const auto& rows : {kFirst, kSecond}) {
      const auto seen = decoder.step(rows), wanted = packed.step(rows);
      ASSERT_EQ(seen.size(), rows.size());
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::int32_t token = 0; token < 150; ++token)
          EXPECT_NEAR(seen[r].log_probability(token), wanted[r].log_probability(token), 1e-4);
      }
    }
  }
}

TEST(TensorDecoder, NotesTheBestOfEveryBlock) {
  Unimo model(wide_vocabulary(), 3);
  TensorDecoder decoder(model);
  decoder.start(two_sources(), {.rows = 2, .steps = 1});
  for (const NextTokens& next : decoder.step(kFirst)) {
    ASSERT_EQ(next.block_best.size(), 3U);
    for (std::size_t token = 0; token < next.logits.size(); ++token)
      EXPECT_LE(next.logits[token], next.block_best[token / kTokenBlock]);
    EXPECT_EQ(*std::max_element(next.logits.begin() + 128, next.logits.end()), next.block_best[2]);
  }
}

TEST(TensorDecoder, AnAnswerThatIsNoNumberShows) {
  Unimo model(wide_vocabulary(), 3);
  model.parameters().values()[0] = std::numeric_limits<float>::infinity();  // of the word table
  model.parameters().changed();
  TensorDecoder decoder(model);
  decoder.start(two_sources(), {.rows = 2, .steps = 1});
  EXPECT_FALSE(std::isfinite(decoder.step(kFirst)[0].log_sum));
}

}  // namespace
}  // namespace unimo::trainer
