// A small Marian model against what transformers computed for the same weights; marian_golden.json
// is written by tests/bench/translator/marian_golden.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/translator/checkpoint.h"
#include "trainer/translator/translate.h"
#include "trainer/weights/marian.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {
namespace {

constexpr int kVocabulary = 48, kPad = 47, kEnd = 0;

TranslatorConfig golden_sizes(bool shared) {
  return {.encoder_layers = 2,
          .decoder_layers = 3,
          .hidden = 32,
          .heads = 4,
          .ffn = 48,
          .source_vocabulary = kVocabulary,
          .target_vocabulary = kVocabulary,
          .shared_embeddings = shared,
          .positions = 40};
}

// Splitmix64's number `at` of tensor `number`, as a multiple of 2^-24 in [-0.5, 0.5).
double drawn(std::uint64_t number, std::uint64_t at) {
  std::uint64_t z = ((number << 32) + at + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) / 16777216.0 - 0.5;
}

class MarianGolden : public ::testing::TestWithParam<bool> {
 protected:
  MarianGolden() {
    const auto path =
        std::filesystem::path(UNIMO_SOURCE_DIR) / "tests/trainer/translator/marian_golden.json";
    golden_ = read_json(path).value().at(GetParam() ? "shared" : "apart");
    write_config();
    write_weights();
    auto loaded = load_marian_model(folder_.path());
    EXPECT_TRUE(loaded) << loaded.error().message;
    if (loaded) model_ = std::move(*loaded);
  }

  void write_config() const {
    const TranslatorConfig sizes = golden_sizes(GetParam());
    EXPECT_TRUE(write_json(folder_.path() / "config.json",
                           {{"model_type", "marian"},
                            {"encoder_layers", sizes.encoder_layers},
                            {"decoder_layers", sizes.decoder_layers},
                            {"d_model", sizes.hidden},
                            {"encoder_attention_heads", sizes.heads},
                            {"decoder_attention_heads", sizes.heads},
                            {"encoder_ffn_dim", sizes.ffn},
                            {"decoder_ffn_dim", sizes.ffn},
                            {"vocab_size", kVocabulary},
                            {"decoder_vocab_size", kVocabulary},
                            {"max_position_embeddings", sizes.positions},
                            {"activation_function", "swish"},
                            {"scale_embedding", true},
                            {"share_encoder_decoder_embeddings", GetParam()},
                            {"eos_token_id", kEnd},
                            {"pad_token_id", kPad},
                            {"decoder_start_token_id", kPad},
                            {"forced_eos_token_id", kEnd},
                            {"renormalize_logits", true},
                            {"bad_words_ids", Json::array({Json::array({kPad})})}}));
  }

  // By the reference's own list of tensors.
  void write_weights() const {
    const TranslatorConfig sizes = golden_sizes(GetParam());
    std::map<std::string, std::vector<std::int64_t>> shapes;
    const Translator sizes_only(sizes, 0);
    for (const Parameter& p : sizes_only.parameters().all()) {
      const bool bias = p.spec.name == "output_bias";
      shapes[marian_name(p.spec.name, sizes)] =
          bias ? std::vector<std::int64_t>{1, p.count} : p.spec.shape;
    }
    std::vector<FloatTensor> tensors;
    std::vector<std::vector<float>> values;
    const auto names = golden_.at("tensors").get<std::vector<std::string>>();
    ASSERT_EQ(names.size(), shapes.size());
    values.reserve(names.size());
    for (std::size_t n = 0; n < names.size(); ++n) {
      ASSERT_TRUE(shapes.contains(names[n])) << names[n];
      std::int64_t count = 1;
      for (const std::int64_t side : shapes[names[n]]) count *= side;
      values.emplace_back();
      const bool scale = names[n].find("layer_norm.weight") != std::string::npos;
      for (std::int64_t i = 0; i < count; ++i) {
        const double v = drawn(n, static_cast<std::uint64_t>(i));
        values.back().push_back(static_cast<float>(scale ? 1 + 0.5 * v : v));
      }
      tensors.push_back({names[n], shapes[names[n]], values.back()});
    }
    EXPECT_TRUE(write_safetensors(folder_.path() / "model.safetensors", tensors, {}));
  }

  std::vector<std::vector<std::int32_t>> ids(const char* name) const {
    return golden_.at(name).get<std::vector<std::vector<std::int32_t>>>();
  }

  TempDir folder_ = TempDir::make("marian-").value();
  Json golden_;
  TranslatorModel model_;
};

INSTANTIATE_TEST_SUITE_P(Tables, MarianGolden, ::testing::Values(true, false),
                         [](const auto& shared) { return shared.param ? "Shared" : "Apart"; });

TEST_P(MarianGolden, LogitsAreThoseOfTransformers) {
  const auto sources = ids("sources"), inputs = ids("inputs");
  for (std::size_t i = 0; i < sources.size(); ++i) {
    PackedTexts source, input;
    source.add(sources[i]);
    input.add(inputs[i]);
    Translator& model = *model_.model;
    const at::Tensor logits =
        model.logits(model.decode(input, model.encode(source, {}), source, {})).detach();
    const auto expected = golden_.at("logits")[i].get<std::vector<std::vector<double>>>();
    ASSERT_EQ(logits.size(0), static_cast<std::int64_t>(expected.size()));
    const float* found = logits.const_data_ptr<float>();
    for (const auto& row : expected) {
      for (const double value : row) EXPECT_NEAR(*found++, value, 3e-5) << "source " << i;
    }
  }
}

TEST_P(MarianGolden, HypothesesAreThoseOfTransformers) {
  const auto sources = ids("sources");
  const std::vector<std::string> keys(sources.size());
  const auto found =
      translate_ids(*model_.model, model_.tokens, sources, keys,
                    {.search = {.beam = 4, .length_penalty = 0.8, .max_length = 14}, .results = 4});
  ASSERT_TRUE(found) << found.error().message;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Json& expected = golden_.at("beams")[i];
    ASSERT_EQ((*found)[i].size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_EQ((*found)[i][k].tokens, expected[k].at("tokens").get<std::vector<std::int32_t>>())
          << "source " << i << ", hypothesis " << k;
      EXPECT_NEAR((*found)[i][k].score, expected[k].at("score").get<double>(), 1e-4);
    }
  }
}

}  // namespace
}  // namespace unimo::trainer
