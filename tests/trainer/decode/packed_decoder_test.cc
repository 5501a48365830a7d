#include "trainer/decode/packed_decoder.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "trainer/data/random.h"
#include "trainer/decode/generator.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

// Weights large enough that the likeliest token is clearly so.
ModelConfig tiny(int hidden, int heads) {
  return {.layers = 2,
          .hidden = hidden,
          .heads = heads,
          .ffn = 2 * hidden,
          .vocabulary = 90,
          .positions = 160,
          .feature_size = 8,
          .class_size = 4,
          .pooled = 16,
          .init_deviation = 0.3};
}

struct Source {
  RegionRecord image;                // without regions: none
  std::vector<std::int32_t> tokens;  // behind the image
};

Source source_of(int regions, int tokens, Random& random) {
  Source source;
  source.image.count = static_cast<std::uint32_t>(regions);
  source.image.feature_size = 8;
  for (int i = 0; i < regions * 8; ++i)
    source.image.features.push_back(static_cast<float>(random.normal()));
  for (int i = 0; i < regions; ++i)
    source.image.boxes.insert(source.image.boxes.end(), {0.1f, 0.2f, 0.6f, 0.9f});
  for (int i = 0; i < tokens; ++i)
    source.tokens.push_back(static_cast<std::int32_t>(random.below(90)));
  return source;
}

Rows add(BatchBuilder& builder, const Source& source) {
  Rows rows{.begin = builder.rows(), .end = builder.rows()};
  if (source.image.count > 0) builder.add_image(source.image, {});
  if (!source.tokens.empty()) {
    std::vector<std::int32_t> positions(source.tokens.size());
    std::iota(positions.begin(), positions.end(), 2);
    builder.add_tokens(source.tokens, positions);
  }
  builder.join(rows.begin);
  rows.end = builder.rows();
  return rows;
}

PackedBatch batch_of(const std::vector<Source>& sources, std::span<const std::uint32_t> numbers) {
  BatchBuilder builder(8);
  for (const std::uint32_t number : numbers) add(builder, sources[number]);
  return builder.take();
}

// Log-probabilities behind a source and the tokens so far, all computed anew.
std::vector<double> from_scratch(Unimo& model, const Source& source,
                                 std::vector<std::int32_t> tokens) {
  const at::NoGradGuard no_gradients;
  tokens.insert(tokens.begin(), kClsId);
  BatchBuilder builder(8);
  const Rows context = add(builder, source);
  std::vector<std::int32_t> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), 2);
  const Rows text = builder.add_tokens(tokens, positions);
  builder.cause(text.begin, context);
  const at::Tensor logits =
      model.lm_logits(model.encode(builder.take(), {}).narrow(0, text.end - 1, 1)).contiguous();
  const std::span<const float> row(logits.const_data_ptr<float>(), 90);
  double sum = 0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit));
  std::vector<double> out;
  for (const float logit : row) out.push_back(static_cast<double>(logit) - std::log(sum));
  return out;
}

struct Text {
  std::vector<std::int32_t> tokens;
  double sum = 0, score = 0;
  bool finished = false;
};

// Beam search by the letter of its rules: every hypothesis encoded anew, everything sorted. Every
// token is a word.
Text slow_search(Unimo& model, const Source& source, const BeamRules& rules) {
  const BeamConfig& c = rules.config;
  std::vector<Text> beam(1);
  for (int step = 0; step < c.max_length; ++step) {
    std::vector<Text> all;
    for (const Text& text : beam) {
      if (text.finished) {
        all.push_back(text);
        continue;
      }
      const auto next = from_scratch(model, source, text.tokens);
      for (std::int32_t token = 0; token < rules.vocabulary; ++token) {
        if (token == rules.end && step < c.min_length) continue;
        Text longer{text.tokens, text.sum + next[static_cast<std::size_t>(token)], 0,
                    token == rules.end};
        longer.tokens.push_back(token);
        const auto n = static_cast<std::ptrdiff_t>(longer.tokens.size());
        for (std::ptrdiff_t i = 0; c.trigram_blocking && !longer.finished && i + 3 < n; ++i) {
          if (std::equal(longer.tokens.end() - 3, longer.tokens.end(), longer.tokens.begin() + i)) {
            longer.sum -= 65000;
            break;
          }
        }
        longer.score = longer.sum / std::pow((6.0 + step) / 6.0, c.alpha);
        all.push_back(std::move(longer));
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Text& a, const Text& b) { return a.score > b.score; });
    all.resize(std::min(all.size(), static_cast<std::size_t>(c.beam)));
    beam = std::move(all);
  }
  return *std::max_element(beam.begin(), beam.end(),
                           [](const Text& a, const Text& b) { return a.score < b.score; });
}

TEST(Generate, EqualsSearchingWithEverythingEncodedAnew) {
  Random random({.seed = 31});
  for (int round = 0; round < 24; ++round) {
    const bool narrow = round % 2 == 0;
    Unimo model(narrow ? tiny(32, 2) : tiny(48, 1), 100 + static_cast<std::uint64_t>(round));
    const BeamRules rules{.config = {.beam = 1 + round % 6,
                                     .alpha = 0.6 * (round % 3),
                                     .min_length = static_cast<int>(random.below(4)),
                                     .max_length = static_cast<int>(random.between(1, 9)),
                                     .trigram_blocking = round % 4 == 1},
                          .vocabulary = 90,
                          .end = round % 3 == 0 ? 89 : kSepId};
    std::vector<Source> sources;
    std::vector<std::int64_t> lengths;
    for (int i = 0; i < 4; ++i) {
      const int regions = static_cast<int>(random.below(12));
      sources.push_back(source_of(regions, static_cast<int>(random.between(1, 90)), random));
      lengths.push_back(static_cast<std::int64_t>(sources.back().tokens.size()) +
                        (regions > 0 ? regions + 1 : 0));
    }
    const auto found =
        generate(model, {.rules = rules, .batch = 3}, lengths,
                 [&](auto numbers) -> Result<PackedBatch> { return batch_of(sources, numbers); });
    ASSERT_TRUE(found.has_value()) << found.error().message;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Text wanted = slow_search(model, sources[i], rules);
      EXPECT_EQ((*found)[i].tokens, wanted.tokens) << round << " " << i;
      EXPECT_NEAR((*found)[i].score, wanted.score, 1e-3 + 1e-5 * std::fabs(wanted.score));
    }
  }
}

TEST(Generate, SaysTheSameWithAnyNumberOfThreads) {
  Random random({.seed = 5});
  Unimo model(tiny(32, 2), 9);
  std::vector<Source> sources;
  std::vector<std::int64_t> lengths;
  for (int i = 0; i < 7; ++i) {
    sources.push_back(source_of(0, 20 + 17 * i, random));
    lengths.push_back(20 + 17 * i);
  }
  const BeamRules rules{.config = {.beam = 4, .min_length = 2, .max_length = 12}, .vocabulary = 90};
  const auto search = [&] {
    return *generate(model, {.rules = rules}, lengths, [&](auto numbers) -> Result<PackedBatch> {
      return batch_of(sources, numbers);
    });
  };
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = search();
  at::set_num_threads(3);
  const auto three = search();
  at::set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].tokens, three[i].tokens);
    EXPECT_EQ(one[i].score, three[i].score);  // to the last bit
  }
}

TEST(PackedDecoder, InBf16StaysNearFp32) {
  Random random({.seed = 6});
  const std::vector<Source> sources{source_of(4, 30, random), source_of(0, 70, random)};
  const std::vector<std::uint32_t> both{0, 1};
  ModelConfig config = tiny(32, 2);
  config.init_deviation = 0.1;
  std::vector<std::vector<double>> answers;
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    Unimo model(config, 4, precision);
    PackedDecoder decoder(model);
    decoder.start(batch_of(sources, both), {.rows = 4, .steps = 3});
    decoder.step(std::vector<DecodeRow>{{0, 0, 0}, {1, 0, 0}});
    const auto next = decoder.step(std::vector<DecodeRow>{{0, 0, 7}, {0, 0, 8}, {1, 1, 9}});
    answers.emplace_back();
    for (const NextTokens& row : next) {
      for (std::int32_t token = 0; token < 90; ++token)
        answers.back().push_back(row.log_probability(token));
    }
  }
  ASSERT_EQ(answers[0].size(), answers[1].size());
  double largest = 0;
  for (std::size_t i = 0; i < answers[0].size(); ++i)
    largest = std::max(largest, std::fabs(answers[0][i] - answers[1][i]));
  EXPECT_LT(largest, 0.05);  // bf16 keeps 8 bits; logits are below 4
  EXPECT_GT(largest, 0);
}

TEST(PackedDecoder, SaysWhatLibTorchsOperationsSay) {
  Random random({.seed = 12});
  const std::vector<Source> sources{source_of(3, 100, random), source_of(0, 5, random)};
  const std::vector<std::uint32_t> both{0, 1};
  Unimo model(tiny(48, 3), 8);
  IncrementalDecoder plain(model);
  PackedDecoder fast(model);
  plain.start(batch_of(sources, both));
  fast.start(batch_of(sources, both), {.rows = 5, .steps = 4});
  const std::vector<std::vector<DecodeRow>> steps{{{0, 0, 0}, {1, 0, 0}},
                                                  {{0, 0, 7}, {0, 0, 9}, {1, 1, 11}},
                                                  {{0, 1, 20}, {0, 1, 21}, {0, 0, 22}, {1, 2, 23}},
                                                  {{0, 2, 30}, {0, 0, 31}}};
  for (const auto& rows : steps) {
    const at::Tensor wanted = plain.step(rows);
    const auto found = fast.step(rows);
    ASSERT_EQ(found.size(), rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::int32_t token = 0; token < 90; ++token) {
        ASSERT_NEAR(found[r].log_probability(token),
                    static_cast<double>(
                        wanted.const_data_ptr<float>()[static_cast<std::int32_t>(r) * 90 + token]),
                    1e-4);
      }
    }
  }
}

TEST(Generate, NamesTheSourceWhoseAnswerIsNotFinite) {
  Unimo model(tiny(32, 2), 3);
  model.parameters().values()[0] = std::numeric_limits<float>::quiet_NaN();  // of token 0, [CLS]
  model.parameters().changed();
  Random random({.seed = 2});
  const std::vector<Source> sources{source_of(0, 4, random)};
  const auto found =
      generate(model, {.rules = {.config = {.beam = 2, .max_length = 6}, .vocabulary = 90}},
               std::vector<std::int64_t>{4},
               [&](auto numbers) -> Result<PackedBatch> { return batch_of(sources, numbers); });
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().message.find("source 0"), std::string::npos) << found.error().message;
  EXPECT_NE(found.error().message.find("not finite"), std::string::npos);
}

TEST(Generate, RefusesMoreTokensThanTheModelHasPositions) {
  Unimo model(tiny(32, 2), 3);
  const auto found =
      generate(model, {.rules = {.config = {.beam = 1, .max_length = 159}, .vocabulary = 90}},
               std::vector<std::int64_t>{4}, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().message.find("159"), std::string::npos);
}

}  // namespace
}  // namespace unimo::trainer
