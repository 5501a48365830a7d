#include "trainer/weights/weight_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trainer/weights/damage.h"
#include "tests/trainer/weights/torch_writer.h"
#include "trainer/weights/paddle_folder.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/unimo_sizes.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

class Sources : public WeightFolder {
 protected:
  void write_part(const std::string& name, const std::vector<std::string>& tensors) const {
    static const std::vector<float> kTwo = {1, 2};
    std::vector<FloatTensor> all;
    for (const std::string& tensor : tensors) all.push_back({tensor, {2}, kTwo});
    std::filesystem::create_directories(path(name).parent_path());
    ASSERT_TRUE(write_safetensors(path(name), all, {}));
  }
  std::string error(const std::string& name) const {
    const auto source = open_weights(path(name));
    return source ? "nothing" : source.error().message;
  }
};

TEST_F(Sources, PartsWithAnIndexAreOneModel) {
  write_part("m/a.safetensors", {"x"});
  write("m/b.bin", zipped({{"m/data.pkl", pickled_dictionary({{"y", "0", 2, 0, {2}, {1}}})},
                           {"m/data/0", float_bytes({3, 4})}}));
  write("m/model.safetensors.index.json",
        R"({"metadata": {}, "weight_map": {"x": "a.safetensors", "y": "b.bin"}})");
  const auto source = open_weights(path("m"));
  ASSERT_TRUE(source) << source.error().message;
  std::vector<float> y(2);
  ASSERT_TRUE(source->file.read_floats("y", y));
  EXPECT_THAT(y, testing::ElementsAre(3, 4));
  EXPECT_EQ(source->file.tensors().size(), 2U);
}

TEST_F(Sources, AnIndexThatIsNotOfItsPartsIsRefused) {
  write_part("m/a.safetensors", {"x", "z"});
  const auto with = [&](const std::string& map) {
    write("m/model.safetensors.index.json", "{\"weight_map\": " + map + "}");
    return error("m");
  };
  EXPECT_THAT(with(R"({"x": "a.safetensors"})"),
              HasSubstr("tensor z of a.safetensors is not in the index"));
  EXPECT_THAT(with(R"({"x": "a.safetensors", "y": "a.safetensors"})"),
              HasSubstr("tensor y is missing in a.safetensors"));
  EXPECT_THAT(with(R"({"x": "../a.safetensors"})"), HasSubstr("is not the name of a file"));
  EXPECT_THAT(with(R"({"x": "gone.safetensors"})"), HasSubstr("gone.safetensors"));
  EXPECT_THAT(with("{}"), HasSubstr("there is no weight_map"));
}

TEST_F(Sources, AFolderWithoutWeightsSaysWhatWasLookedFor) {
  write("m/config.json", "{}");
  EXPECT_THAT(error("m"), HasSubstr("neither model.safetensors nor pytorch_model.bin"));
  EXPECT_THAT(error("gone"), HasSubstr("there is no such file"));
}

TEST_F(Sources, APaddleFolderMayLieInParams) {
  std::filesystem::create_directories(path("m/params"));
  const std::vector<float> values(6, 1.0F);
  ASSERT_TRUE(write_paddle_folder(path("m/params"),
                                  std::vector<FloatTensor>{{"word_embedding", {3, 2}, values},
                                                           {"pos_embedding", {3, 2}, values}}));
  write("m/config.json", "{}");
  const auto source = open_weights(path("m"));
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->names, WeightNames::kUnimo);
  EXPECT_TRUE(source->config.has_value());
  EXPECT_THAT(error("m/params/word_embedding"), HasSubstr("give the folder"));
}

class Sizes : public Sources {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(path("m"));
    const std::vector<float> values(40 * 32, 1.0F);
    const auto tensor = [&](const std::string& name, std::int64_t a, std::int64_t b) {
      return FloatTensor{name, {a, b}, std::span(values).first(static_cast<std::size_t>(a * b))};
    };
    ASSERT_TRUE(write_safetensors(
        path("m/model.safetensors"),
        std::vector<FloatTensor>{tensor("word_embedding", 40, 32), tensor("pos_embedding", 10, 32),
                                 tensor("encoder_layer_0_ffn_fc_0.w_0", 16, 32),
                                 tensor("encoder_layer_1_ffn_fc_0.w_0", 16, 32),
                                 tensor("image_emb.w_0", 32, 8),
                                 tensor("pooled_fc_text.w_0", 24, 32)},
        {}));
  }
  Result<ModelConfig> sizes(const ChosenSizes& chosen) const {
    const auto source = open_weights(path("m"));
    return sizes_of_unimo(source->file, source->config, chosen);
  }
};

TEST_F(Sizes, ComeFromTheShapes) {
  const auto config = sizes({.heads = 4});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->vocabulary, 40);
  EXPECT_EQ(config->positions, 10);
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->feature_size, 8);
  EXPECT_EQ(config->class_size, 1601);
  EXPECT_EQ(config->pooled, 24);
}

TEST_F(Sizes, OfTheConfigurationMustBeThoseOfTheWeights) {
  write("m/config.json",
        R"({"num_attention_heads": 2, "image_class_size": 9, "num_hidden_layers": 2})");
  const auto config = sizes({});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->heads, 2);
  EXPECT_EQ(config->class_size, 9);
  write("m/config.json", R"({"num_hidden_layers": 12})");
  EXPECT_THAT(sizes({}).error().message,
              HasSubstr("num_hidden_layers is 12, but the weights beside it have 2"));
  EXPECT_THAT(sizes({.feature_size = 2048}).error().message, HasSubstr("num_hidden_layers"));
  write("m/config.json", "{}");
  EXPECT_THAT(sizes({.feature_size = 2048}).error().message,
              HasSubstr("feature_size is 8 in the weights, but 2048 was asked for"));
  EXPECT_THAT(sizes({.heads = 5}).error().message, HasSubstr("heads 5"));
}

}  // namespace
}  // namespace unimo::trainer
