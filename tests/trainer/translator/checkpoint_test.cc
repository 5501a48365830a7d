#include "trainer/translator/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "tests/trainer/translator/slow_translator.h"
#include "trainer/weights/marian.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;

// A Marian folder as save_pretrained writes it, with the weights of a model of ours.
class MarianFolder : public ::testing::Test {
 protected:
  MarianFolder() {
    const std::vector<std::string> texts = {"a red ball on the grass", "a blue box in the snow",
                                            "the box holds a ball and a tree"};
    vocabulary_ = std::make_unique<TranslationVocabulary>(
        TranslationVocabulary::train(texts, texts, {.size = 50}).value());
    TranslatorConfig sizes = tiny_translator();
    sizes.source_vocabulary = sizes.target_vocabulary = vocabulary_->target_size();
    model_ = std::make_unique<Translator>(sizes, 5);
    roughen(*model_, 6);
    config_ = {{"model_type", "marian"},
               {"encoder_layers", sizes.encoder_layers},
               {"decoder_layers", sizes.decoder_layers},
               {"d_model", sizes.hidden},
               {"encoder_attention_heads", sizes.heads},
               {"decoder_attention_heads", sizes.heads},
               {"encoder_ffn_dim", sizes.ffn},
               {"decoder_ffn_dim", sizes.ffn},
               {"vocab_size", sizes.target_vocabulary},
               {"max_position_embeddings", sizes.positions},
               {"activation_function", "swish"},
               {"scale_embedding", true},
               {"eos_token_id", vocabulary_->end()},
               {"pad_token_id", vocabulary_->pad()},
               {"decoder_start_token_id", vocabulary_->pad()},
               {"bad_words_ids", Json::array({Json::array({vocabulary_->pad()})})},
               {"forced_eos_token_id", vocabulary_->end()}};
    for (const Parameter& p : model_->parameters().all()) {
      const auto values = model_->parameters().values().subspan(static_cast<std::size_t>(p.offset),
                                                                static_cast<std::size_t>(p.count));
      std::vector<std::int64_t> shape = p.spec.shape;
      if (p.spec.name == "output_bias") shape = {1, p.count};
      tensors_[marian_name(p.spec.name, sizes)] = {shape, {values.begin(), values.end()}};
    }
  }

  void write() {
    EXPECT_TRUE(write_json(folder_.path() / "config.json", config_));
    EXPECT_TRUE(vocabulary_->save(folder_.path()));
    std::vector<FloatTensor> tensors;
    for (const auto& [name, tensor] : tensors_)
      tensors.push_back({name, tensor.first, tensor.second});
    EXPECT_TRUE(write_safetensors(folder_.path() / "model.safetensors", tensors, {}));
  }
  std::string message() {
    write();
    const auto loaded = load_translator(folder_.path());
    return loaded ? std::string() : loaded.error().message;
  }

  TempDir folder_ = TempDir::make("marian-").value();
  std::unique_ptr<TranslationVocabulary> vocabulary_;
  std::unique_ptr<Translator> model_;
  Json config_;
  std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> tensors_;
};

TEST_F(MarianFolder, GivesTheModelWithItsTokens) {
  write();
  const auto loaded = load_translator(folder_.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(
      std::ranges::equal(loaded->model->parameters().values(), model_->parameters().values()));
  EXPECT_EQ(loaded->tokens.start, vocabulary_->pad());
  EXPECT_EQ(loaded->tokens.never, std::vector{vocabulary_->pad()});
  EXPECT_TRUE(loaded->tokens.forced_end);
  EXPECT_FALSE(loaded->tokens.renormalize);
}

TEST_F(MarianFolder, TakesTheSearchFromItsOwnFileWhereThereIsOne) {
  ASSERT_TRUE(write_json(folder_.path() / "generation_config.json",
                         {{"decoder_start_token_id", 3}, {"renormalize_logits", true}}));
  write();
  const auto loaded = load_translator(folder_.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->tokens.start, 3);
  EXPECT_TRUE(loaded->tokens.renormalize);
  EXPECT_TRUE(loaded->tokens.never.empty());
}

TEST_F(MarianFolder, MayHoldTablesTwice) {
  for (const char* name :
       {"model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"})
    tensors_[name] = tensors_.at("model.shared.weight");
  EXPECT_EQ(message(), "");
}

TEST_F(MarianFolder, MayNameTheTableByTheHeadAlone) {
  tensors_["lm_head.weight"] = tensors_.at("model.shared.weight");
  tensors_.erase("model.shared.weight");
  EXPECT_EQ(message(), "");
}

TEST_F(MarianFolder, NamesEveryBadTensorAtOnce) {
  tensors_.erase("model.decoder.layers.1.encoder_attn.k_proj.weight");
  tensors_["model.encoder.layers.0.fc1.bias"].first = {2, 24};
  tensors_["model.surprise"] = {{1}, {1.0F}};
  const std::string found = message();
  EXPECT_THAT(found, HasSubstr("model.decoder.layers.1.encoder_attn.k_proj.weight is missing"));
  EXPECT_THAT(found, HasSubstr("model.encoder.layers.0.fc1.bias: shape [2, 24] found"));
  EXPECT_THAT(found, HasSubstr("unexpected tensor model.surprise"));
}

TEST_F(MarianFolder, RefusesWhatItCannotCompute) {
  const auto with = [&](const char* key, const Json& value) {
    const Json kept = config_;
    config_[key] = value;
    const std::string found = message();
    config_ = kept;
    return found;
  };
  EXPECT_THAT(with("model_type", "bart"), HasSubstr("model_type is \"bart\""));
  EXPECT_THAT(with("activation_function", "tanh"), HasSubstr("swish, silu, relu and gelu"));
  EXPECT_THAT(with("normalize_before", true), HasSubstr("normalize_before is true"));
  EXPECT_THAT(with("decoder_ffn_dim", 7), HasSubstr("decoder_ffn_dim is 7"));
  EXPECT_THAT(with("d_model", 0), HasSubstr("d_model must be a whole number above 0"));
  EXPECT_THAT(with("bad_words_ids", Json::array({Json::array({1, 2})})),
              HasSubstr("words of one token"));
  EXPECT_THAT(with("encoder_attention_heads", 5), HasSubstr("decoder_attention_heads"));
  EXPECT_EQ(message(), "");
}

TEST_F(MarianFolder, RefusesAVocabularyOfAnotherModel) {
  write();
  Json ids = read_json(folder_.path() / "vocab.json").value();
  ids["one more"] = ids.size();
  ASSERT_TRUE(write_json(folder_.path() / "vocab.json", ids));
  const auto loaded = load_translator(folder_.path());
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("are the files of one model?"));
}

TEST_F(MarianFolder, BecomesACheckpointOfOurOwn) {
  const TempDir own = TempDir::make("translator-").value();
  ASSERT_TRUE(save_translator(own.path(), *model_, *vocabulary_,
                              {.source_language = "en", .target_language = "tavi"}));
  const auto loaded = load_translator(own.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(
      std::ranges::equal(loaded->model->parameters().values(), model_->parameters().values()));
  EXPECT_EQ(loaded->model->config(), model_->config());
  EXPECT_EQ(loaded->source_language, "en");
  EXPECT_EQ(loaded->target_language, "tavi");
  EXPECT_EQ(loaded->vocabulary.digest(), vocabulary_->digest());
}

TEST(LoadTranslator, SaysWhatItLookedFor) {
  const TempDir empty = TempDir::make("empty-").value();
  const auto loaded = load_translator(empty.path());
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("neither translator.json"));
}

}  // namespace
}  // namespace unimo::trainer
