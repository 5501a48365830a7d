#include "trainer/weights/roberta.h"

#include <algorithm>
#include <array>
#include <map>

#include "orchestrator/base/json.h"

namespace unimo::trainer {

namespace {

// The file's tensors by the names with prefix; an encoder alone is exported without it.
std::map<std::string, std::string> full_names(const WeightFile& file) {
  std::map<std::string, std::string> names;
  for (const auto& [name, tensor] : file.tensors()) {
    const bool bare = name.starts_with("embeddings.") || name.starts_with("encoder.") ||
                      name.starts_with("pooler.");
    names.emplace(bare ? "roberta." + name : name, name);
  }
  return names;
}

Error joined(const std::vector<std::string>& mistakes) {
  std::vector<Error> errors;
  for (const std::string& m : mistakes) errors.push_back({ErrorCode::kInvalid, m});
  return join_errors(errors);
}

}  // namespace

std::string tensor_mistake(const WeightFile& file, const std::string& name,
                           const std::vector<std::int64_t>& shape) {
  const StoredTensor* tensor = file.find(name);
  if (tensor == nullptr) return fmt::format("{}: tensor {} is missing", file.path().string(), name);
  if (!is_floating(tensor->type)) {
    return fmt::format("{}: tensor {} is {}: a floating-point type is wanted", file.path().string(),
                       name, type_name(tensor->type));
  }
  if (tensor->shape == shape) return {};
  const bool turned = shape.size() == 2 && tensor->shape == std::vector{shape[1], shape[0]};
  return fmt::format("{}: tensor {}: shape {} found, {} wanted: {}", file.path().string(), name,
                     shape_text(tensor->shape), shape_text(shape),
                     turned ? "is it stored as [in, out]?" : "is it a model of other sizes?");
}

bool is_roberta(const WeightFile& file) {
  const auto names = full_names(file);
  return names.contains("roberta.embeddings.word_embeddings.weight");
}

Result<RobertaMap> map_roberta(const WeightFile& file, std::span<const NamedShape> wanted) {
  std::map<std::string, std::string> names = full_names(file);
  const bool has_head = std::ranges::any_of(
      names, [](const auto& name) { return name.first.starts_with("lm_head."); });
  RobertaMap map;
  std::vector<std::string> mistakes;
  for (const NamedShape& parameter : wanted) {
    const std::string name = roberta_name(parameter.name);
    const auto found = names.find(name);
    if (found == names.end()) {
      if (has_head || !is_language_head(parameter.name)) {
        mistakes.push_back(fmt::format("{}: tensor {} is missing", file.path().string(), name));
      } else {
        map.missing.push_back(parameter.name);
      }
      continue;
    }
    std::string mistake = tensor_mistake(file, found->second, parameter.shape);
    if (!mistake.empty()) mistakes.push_back(std::move(mistake));
    map.pairs.push_back({.parameter = parameter.name, .tensor = found->second});
    names.erase(found);
  }
  const std::int64_t hidden = wanted.empty() ? 0 : wanted.front().shape.back();
  for (const auto& [full, name] : names) {
    if (full == kTokenTypeTable) {
      const StoredTensor* table = file.find(name);
      const std::int64_t rows =
          table->shape.empty() ? 1 : std::max<std::int64_t>(table->shape[0], 1);
      std::string mistake = tensor_mistake(file, name, {rows, hidden});
      if (!mistake.empty()) mistakes.push_back(std::move(mistake));
      map.token_types = name;
    } else if (is_known_extra(full)) {
      map.unused.push_back(name);
    } else {
      mistakes.push_back(
          fmt::format("{}: unexpected tensor {}: the configuration has no place for it",
                      file.path().string(), name));
    }
  }
  if (!mistakes.empty()) return tl::unexpected(joined(mistakes));
  return map;
}

Result<ModelConfig> read_roberta_config(const std::filesystem::path& path) {
  const Json json = UNIMO_TRY(read_json(path));
  const std::string name = path.string();
  if (!json.is_object()) return fail(ErrorCode::kInvalid, "{}: a mapping is wanted", name);
  ModelConfig config;
  const std::array<std::pair<const char*, int*>, 6> sizes = {
      {{"num_hidden_layers", &config.layers},
       {"hidden_size", &config.hidden},
       {"num_attention_heads", &config.heads},
       {"intermediate_size", &config.ffn},
       {"vocab_size", &config.vocabulary},
       {"max_position_embeddings", &config.positions}}};
  for (const auto& [key, size] : sizes) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
        found->get<std::uint64_t>() > 100'000'000) {
      return fail(ErrorCode::kInvalid, "{}: {} must be a whole number above 0", name, key);
    }
    *size = found->get<int>();
  }
  config.pooled = config.hidden;
  if (config.hidden % config.heads != 0) {
    return fail(ErrorCode::kInvalid,
                "{}: hidden_size {} is not a multiple of num_attention_heads {}", name,
                config.hidden, config.heads);
  }
  if (const std::string mistake = model_config_mistake(config); !mistake.empty()) {
    return fail(ErrorCode::kInvalid, "{}: {}", name, mistake);
  }
  if (json.value("hidden_act", Json("gelu")) != "gelu") {
    return fail(ErrorCode::kInvalid, "{}: hidden_act is {}: only gelu (exact) is supported", name,
                json["hidden_act"].dump());
  }
  if (json.value("layer_norm_eps", Json(1e-5)) != 1e-5) {
    return fail(ErrorCode::kInvalid, "{}: layer_norm_eps is {}: only 1e-05 is supported", name,
                json["layer_norm_eps"].dump());
  }
  return config;
}

}  // namespace unimo::trainer
