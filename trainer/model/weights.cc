#include "trainer/model/weights.h"

#include <algorithm>
#include <array>
#include <set>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/json.h"
#include "trainer/model/safetensors.h"

namespace unimo::trainer {

namespace {

struct NamePair {
  std::string_view unimo;
  std::string_view roberta;
};

constexpr std::array<NamePair, 9> kWholeNames = {{
    {"word_embedding", "roberta.embeddings.word_embeddings.weight"},
    {"pos_embedding", "roberta.embeddings.position_embeddings.weight"},
    {"pre_encoder_layer_norm_scale", "roberta.embeddings.LayerNorm.weight"},
    {"pre_encoder_layer_norm_bias", "roberta.embeddings.LayerNorm.bias"},
    {"mask_lm_trans_fc.w_0", "lm_head.dense.weight"},
    {"mask_lm_trans_fc.b_0", "lm_head.dense.bias"},
    {"mask_lm_trans_layer_norm_scale", "lm_head.layer_norm.weight"},
    {"mask_lm_trans_layer_norm_bias", "lm_head.layer_norm.bias"},
    {"mask_lm_out_fc.b_0", "lm_head.bias"},
}};

constexpr std::array<NamePair, 8> kLayerNames = {{
    {"multi_head_att_query_fc", "attention.self.query"},
    {"multi_head_att_key_fc", "attention.self.key"},
    {"multi_head_att_value_fc", "attention.self.value"},
    {"multi_head_att_output_fc", "attention.output.dense"},
    {"post_att_layer_norm", "attention.output.LayerNorm"},
    {"ffn_fc_0", "intermediate.dense"},
    {"ffn_fc_1", "output.dense"},
    {"post_ffn_layer_norm", "output.LayerNorm"},
}};

constexpr std::array<NamePair, 4> kEndings = {
    {{".w_0", ".weight"}, {".b_0", ".bias"}, {"_scale", ".weight"}, {"_bias", ".bias"}}};

constexpr std::string_view kTypeTable = "roberta.embeddings.token_type_embeddings.weight";

// Tensors of older exports that say nothing new.
bool is_known_extra(std::string_view name) {
  constexpr std::array<std::string_view, 5> kExtras = {
      "roberta.embeddings.position_ids", "roberta.pooler.dense.weight", "roberta.pooler.dense.bias",
      "lm_head.decoder.weight", "lm_head.decoder.bias"};
  return std::find(kExtras.begin(), kExtras.end(), name) != kExtras.end();
}

// Values wait here until the whole file is known to be good.
struct Staged {
  const Parameter* parameter;
  std::vector<float> values;
};

Status check_shape(const SafetensorsFile& file, const std::string& name, const TensorEntry& entry,
                   const std::vector<std::int64_t>& wanted) {
  if (entry.shape == wanted) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: tensor {}: shape {} found, {} wanted: is it a model of other sizes?",
              file.path().string(), name, shape_text(entry.shape), shape_text(wanted));
}

Status stage(const SafetensorsFile& file, const std::string& name, const Parameter& parameter,
             std::vector<Staged>& staged) {
  UNIMO_TRY(check_shape(file, name, *file.find(name), parameter.spec.shape));
  Staged next{&parameter, std::vector<float>(static_cast<std::size_t>(parameter.count))};
  UNIMO_TRY(file.read_floats(name, next.values));
  staged.push_back(std::move(next));
  return ok();
}

void commit(const std::vector<Staged>& staged, ParameterStore& store, LoadReport& report) {
  for (const Staged& s : staged) {
    std::copy(s.values.begin(), s.values.end(), store.values().begin() + s.parameter->offset);
    report.loaded.push_back(s.parameter->spec.name);
  }
  store.changed();
}

Error joined(const std::vector<std::string>& mistakes) {
  std::vector<Error> errors;
  for (const std::string& m : mistakes) errors.push_back({ErrorCode::kInvalid, m});
  return join_errors(errors);
}

// The file's tensors by the names with prefix; an encoder alone is exported without it.
std::map<std::string, std::string> full_names(const SafetensorsFile& file) {
  std::map<std::string, std::string> names;
  for (const auto& [name, entry] : file.tensors()) {
    const bool bare = name.starts_with("embeddings.") || name.starts_with("encoder.") ||
                      name.starts_with("pooler.");
    names[bare ? "roberta." + name : name] = name;
  }
  return names;
}

// The token-type row into every row of the position table.
Status fold_type_row(const SafetensorsFile& file, const std::string& name,
                     std::vector<Staged>& staged) {
  const TensorEntry& entry = *file.find(name);
  for (Staged& s : staged) {
    if (s.parameter->spec.name != "pos_embedding") continue;
    const std::int64_t hidden = s.parameter->spec.shape[1];
    if (entry.shape.size() != 2 || entry.shape[0] < 1 || entry.shape[1] != hidden) {
      return check_shape(file, name, entry, {1, hidden});
    }
    std::vector<float> rows(static_cast<std::size_t>(entry.count()));
    UNIMO_TRY(file.read_floats(name, rows));
    for (std::size_t i = 0; i < s.values.size(); ++i)
      s.values[i] += rows[i % static_cast<std::size_t>(hidden)];
  }
  return ok();
}

}  // namespace

std::string roberta_name(std::string_view unimo_name) {
  for (const NamePair& pair : kWholeNames) {
    if (pair.unimo == unimo_name) return std::string(pair.roberta);
  }
  constexpr std::string_view kPrefix = "encoder_layer_";
  if (!unimo_name.starts_with(kPrefix)) return {};
  const std::string_view rest = unimo_name.substr(kPrefix.size());
  const std::size_t digits = rest.find('_');
  if (digits == std::string_view::npos) return {};
  for (const NamePair& part : kLayerNames) {
    for (const NamePair& ending : kEndings) {
      if (rest.substr(digits + 1) == std::string(part.unimo) + std::string(ending.unimo)) {
        return fmt::format("roberta.encoder.layer.{}.{}{}", rest.substr(0, digits), part.roberta,
                           ending.roberta);
      }
    }
  }
  return {};
}

Result<LoadReport> load_weights(const std::filesystem::path& path, ParameterStore& store) {
  const SafetensorsFile file = UNIMO_TRY(SafetensorsFile::open(path));
  LoadReport report;
  std::vector<Staged> staged;
  std::vector<std::string> mistakes;
  for (const Parameter& parameter : store.all()) {
    const std::string& name = parameter.spec.name;
    if (file.find(name) != nullptr) {
      if (const Status fine = stage(file, name, parameter, staged); !fine)
        mistakes.push_back(fine.error().message);
    } else if (parameter.spec.required) {
      mistakes.push_back(fmt::format("{}: tensor {} is missing", path.string(), name));
    } else {
      report.missing.push_back(name);
    }
  }
  for (const auto& [name, entry] : file.tensors()) {
    if (store.find(name) == nullptr) report.unused.push_back(name);
  }
  if (!mistakes.empty()) return tl::unexpected(joined(mistakes));
  commit(staged, store, report);
  return report;
}

Status save_weights(const std::filesystem::path& path, const ParameterStore& store,
                    const std::map<std::string, std::string>& metadata) {
  std::vector<FloatTensor> tensors;
  for (const Parameter& p : store.all()) {
    tensors.push_back({p.spec.name, p.spec.shape,
                       store.values().subspan(static_cast<std::size_t>(p.offset),
                                              static_cast<std::size_t>(p.count))});
  }
  return write_safetensors(path, tensors, metadata);
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

Result<LoadReport> load_roberta(const std::filesystem::path& path, ParameterStore& store) {
  const SafetensorsFile file = UNIMO_TRY(SafetensorsFile::open(path));
  std::map<std::string, std::string> names = full_names(file);
  const bool has_head = std::any_of(names.begin(), names.end(),
                                    [](const auto& n) { return n.first.starts_with("lm_head."); });
  LoadReport report;
  std::vector<Staged> staged;
  std::vector<std::string> mistakes;
  for (const Parameter& parameter : store.all()) {
    const std::string wanted = roberta_name(parameter.spec.name);
    const auto found = names.find(wanted);
    if (found != names.end()) {
      if (const Status fine = stage(file, found->second, parameter, staged); !fine)
        mistakes.push_back(fine.error().message);
      names.erase(found);
    } else if (!wanted.empty() && (has_head || !wanted.starts_with("lm_head."))) {
      mistakes.push_back(fmt::format("{}: tensor {} is missing", path.string(), wanted));
    } else {
      report.missing.push_back(parameter.spec.name);
    }
  }
  if (const auto type = names.find(std::string(kTypeTable)); type != names.end()) {
    if (const Status fine = fold_type_row(file, type->second, staged); !fine)
      mistakes.push_back(fine.error().message);
    names.erase(type);
  }
  for (const auto& [full, name] : names) {
    if (is_known_extra(full)) {
      report.unused.push_back(name);
    } else {
      mistakes.push_back(fmt::format(
          "{}: unexpected tensor {}: the configuration has no place for it", path.string(), name));
    }
  }
  if (!mistakes.empty()) return tl::unexpected(joined(mistakes));
  commit(staged, store, report);
  return report;
}

}  // namespace unimo::trainer
