#include "trainer/weights/unimo_sizes.h"

#include <array>
#include <string>
#include <utility>

#include "trainer/weights/roberta.h"

namespace unimo::trainer {

namespace {

constexpr int kHeadSize = 64;  // of base and large
constexpr std::int64_t kLargestSide = 100'000'000;

// A side of a tensor as an int; `absent` when there is no such tensor.
Result<int> side(const WeightFile& file, const std::string& name, std::size_t which, int absent) {
  const StoredTensor* tensor = file.find(name);
  if (tensor == nullptr) return absent;
  if (tensor->shape.size() == 2 && tensor->shape[which] > 0 && tensor->shape[which] < kLargestSide)
    return static_cast<int>(tensor->shape[which]);
  return fail(ErrorCode::kInvalid, "{}: tensor {}: shape {} found, a matrix is wanted",
              file.path().string(), name, shape_text(tensor->shape));
}

Result<int> wanted_side(const WeightFile& file, const std::string& name, std::size_t which) {
  const int found = UNIMO_TRY(side(file, name, which, 0));
  if (found > 0) return found;
  return fail(ErrorCode::kInvalid, "{}: tensor {} is missing", file.path().string(), name);
}

// One number that may be chosen, may be in the weights, may be in the configuration.
struct Source {
  const char* what;
  int chosen;
  int stored;
  int usual;
};
Result<int> settle(const Source& source, const WeightFile& file) {
  if (source.chosen > 0 && source.stored > 0 && source.chosen != source.stored) {
    return fail(ErrorCode::kInvalid,
                "{}: {} is {} in the weights, but {} was asked for: leave it 0",
                file.path().string(), source.what, source.stored, source.chosen);
  }
  if (source.chosen > 0) return source.chosen;
  return source.stored > 0 ? source.stored : source.usual;
}

// A whole number of the configuration; 0 when the key is absent.
Result<int> number_of(const Json& config, const char* key, const std::filesystem::path& path) {
  const auto found = config.find(key);
  if (found == config.end()) return 0;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > 0 &&
      found->get<std::uint64_t>() < static_cast<std::uint64_t>(kLargestSide))
    return found->get<int>();
  return fail(ErrorCode::kInvalid, "{}: {} is {}: a whole number above 0 is wanted", path.string(),
              key, found->dump());
}

Status check_against(const ModelConfig& sizes, const Json& config,
                     const std::filesystem::path& path) {
  const std::array<std::pair<const char*, int>, 4> pairs = {
      {{"num_hidden_layers", sizes.layers},
       {"hidden_size", sizes.hidden},
       {"vocab_size", sizes.vocabulary},
       {"max_position_embeddings", sizes.positions}}};
  for (const auto& [key, size] : pairs) {
    const int said = UNIMO_TRY(number_of(config, key, path));
    if (said > 0 && said != size) {
      return fail(ErrorCode::kInvalid, "{}: {} is {}, but the weights beside it have {}",
                  path.string(), key, said, size);
    }
  }
  return ok();
}

}  // namespace

bool is_unimo(const WeightFile& file) {
  return file.find("word_embedding") != nullptr && file.find("pos_embedding") != nullptr;
}

Result<ModelConfig> sizes_of_unimo(const WeightFile& file,
                                   const std::optional<std::filesystem::path>& config_path,
                                   const ChosenSizes& chosen) {
  Json config = Json::object();
  const std::filesystem::path path = config_path.value_or("");
  if (config_path) config = UNIMO_TRY(read_json(*config_path));
  if (!config.is_object())
    return fail(ErrorCode::kInvalid, "{}: a mapping is wanted", path.string());
  ModelConfig sizes;
  sizes.vocabulary = UNIMO_TRY(wanted_side(file, "word_embedding", 0));
  sizes.hidden = UNIMO_TRY(wanted_side(file, "word_embedding", 1));
  sizes.positions = UNIMO_TRY(wanted_side(file, "pos_embedding", 0));
  sizes.ffn = UNIMO_TRY(wanted_side(file, "encoder_layer_0_ffn_fc_0.w_0", 0));
  sizes.layers = 0;
  while (file.find(fmt::format("encoder_layer_{}_ffn_fc_0.w_0", sizes.layers)) != nullptr)
    ++sizes.layers;
  UNIMO_TRY(check_against(sizes, config, path));
  const int heads = UNIMO_TRY(number_of(config, "num_attention_heads", path));
  const int features = UNIMO_TRY(number_of(config, "image_embedding_size", path));
  const int classes = UNIMO_TRY(number_of(config, "image_class_size", path));
  const int stored_features = UNIMO_TRY(side(file, "image_emb.w_0", 1, features));
  const int stored_classes = UNIMO_TRY(side(file, "region_class_fc.w_0", 0, classes));
  const int stored_pooled = UNIMO_TRY(side(file, "pooled_fc_text.w_0", 0, 0));
  sizes.heads = UNIMO_TRY(
      settle({"heads", chosen.heads, heads, std::max(sizes.hidden / kHeadSize, 1)}, file));
  sizes.feature_size = UNIMO_TRY(
      settle({"feature_size", chosen.feature_size, stored_features, sizes.feature_size}, file));
  sizes.class_size =
      UNIMO_TRY(settle({"class_size", chosen.class_size, stored_classes, sizes.class_size}, file));
  sizes.pooled = UNIMO_TRY(settle({"pooled", chosen.pooled, stored_pooled, sizes.hidden}, file));
  if (const std::string mistake = model_config_mistake(sizes); !mistake.empty())
    return fail(ErrorCode::kInvalid, "{}: {}", file.path().string(), mistake);
  return sizes;
}

Result<ModelConfig> sizes_of_roberta(const std::filesystem::path& config,
                                     const ChosenSizes& chosen) {
  ModelConfig sizes = UNIMO_TRY(read_roberta_config(config));
  if (chosen.heads > 0 && chosen.heads != sizes.heads) {
    return fail(ErrorCode::kInvalid,
                "{}: num_attention_heads is {}, but {} was asked for: leave heads 0",
                config.string(), sizes.heads, chosen.heads);
  }
  if (chosen.feature_size > 0) sizes.feature_size = chosen.feature_size;
  if (chosen.class_size > 0) sizes.class_size = chosen.class_size;
  sizes.pooled = chosen.pooled > 0 ? chosen.pooled : sizes.hidden;
  return sizes;
}

Json unimo_config(const ModelConfig& c) {
  return {{"attention_probs_dropout_prob", c.attention_dropout},
          {"fusion_method", "mul"},
          {"hidden_act", "gelu"},
          {"hidden_dropout_prob", c.dropout},
          {"hidden_size", c.hidden},
          {"image_class_size", c.class_size},
          {"image_embedding_size", c.feature_size},
          {"initializer_range", c.init_deviation},
          {"intermediate_size", c.ffn},
          {"max_position_embeddings", c.positions},
          {"num_attention_heads", c.heads},
          {"num_hidden_layers", c.layers},
          {"type_vocab_size", 0},
          {"vocab_size", c.vocabulary}};
}

}  // namespace unimo::trainer
