#include "trainer/weights/marian.h"

#include <array>
#include <set>
#include <utility>

#include "orchestrator/base/json.h"
#include "trainer/weights/roberta.h"

namespace unimo::trainer {

namespace {

constexpr const char* kOutputBiasTensor = "final_logits_bias";

class ConfigReader {
 public:
  ConfigReader(const Json& json, std::string name) : json_(json), name_(std::move(name)) {}

  Status number(const char* key, int& to) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
        found->get<std::uint64_t>() > 100'000'000)
      return fail(ErrorCode::kInvalid, "{}: {} must be a whole number above 0", name_, key);
    to = found->get<int>();
    return ok();
  }

  Status token(const char* key, std::int32_t& to) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_number_unsigned() ||
        found->get<std::uint64_t>() > 100'000'000)
      return fail(ErrorCode::kInvalid, "{}: {} must be the id of a token", name_, key);
    to = found->get<std::int32_t>();
    return ok();
  }

  // Must have this value where it is given at all.
  Status is(const char* key, const Json& wanted) const {
    const Json value = json_.value(key, wanted);
    if (value == wanted) return ok();
    return fail(ErrorCode::kInvalid, "{}: {} is {}: only {} is supported", name_, key, value.dump(),
                wanted.dump());
  }

  bool flag(const char* key, bool otherwise) const {
    const auto found = json_.find(key);
    return found != json_.end() && found->is_boolean() ? found->get<bool>() : otherwise;
  }
  double share(const char* key) const {
    const auto found = json_.find(key);
    return found != json_.end() && found->is_number() ? found->get<double>() : 0.0;
  }

  const Json& json() const { return json_; }
  const std::string& name() const { return name_; }

 private:
  const Json& json_;
  std::string name_;
};

Status read_sizes(const ConfigReader& in, TranslatorConfig& sizes) {
  UNIMO_TRY(in.number("encoder_layers", sizes.encoder_layers));
  UNIMO_TRY(in.number("decoder_layers", sizes.decoder_layers));
  UNIMO_TRY(in.number("d_model", sizes.hidden));
  UNIMO_TRY(in.number("encoder_attention_heads", sizes.heads));
  UNIMO_TRY(in.number("encoder_ffn_dim", sizes.ffn));
  UNIMO_TRY(in.number("vocab_size", sizes.source_vocabulary));
  UNIMO_TRY(in.number("max_position_embeddings", sizes.positions));
  sizes.target_vocabulary = sizes.source_vocabulary;
  sizes.shared_embeddings = in.flag("share_encoder_decoder_embeddings", true);
  if (!sizes.shared_embeddings && in.json().contains("decoder_vocab_size") &&
      !in.json()["decoder_vocab_size"].is_null())
    UNIMO_TRY(in.number("decoder_vocab_size", sizes.target_vocabulary));
  UNIMO_TRY(in.is("decoder_attention_heads", sizes.heads));
  UNIMO_TRY(in.is("decoder_ffn_dim", sizes.ffn));
  sizes.scale_embedding = in.flag("scale_embedding", false);
  sizes.dropout = in.share("dropout");
  sizes.attention_dropout = in.share("attention_dropout");
  sizes.activation_dropout = in.share("activation_dropout");
  return ok();
}

// What old exports say and new ones leave out.
Status check_form(const ConfigReader& in, TranslatorConfig& sizes) {
  UNIMO_TRY(in.is("normalize_before", false));
  UNIMO_TRY(in.is("normalize_embedding", false));
  UNIMO_TRY(in.is("add_final_layer_norm", false));
  UNIMO_TRY(in.is("add_bias_logits", false));
  UNIMO_TRY(in.is("tie_word_embeddings", true));
  UNIMO_TRY(in.is("static_position_embeddings", true));
  const Json activation = in.json().value("activation_function", Json("gelu"));
  if (activation == "swish" || activation == "silu") {
    sizes.activation = "swish";
  } else if (activation == "relu" || activation == "gelu") {
    sizes.activation = activation.get<std::string>();
  } else {
    return fail(ErrorCode::kInvalid,
                "{}: activation_function is {}: swish, silu, relu and gelu are supported",
                in.name(), activation.dump());
  }
  return ok();
}

Status read_bad_words(const ConfigReader& in, std::vector<std::int32_t>& never) {
  const auto found = in.json().find("bad_words_ids");
  if (found == in.json().end() || found->is_null()) return ok();
  for (const Json& word : *found) {
    if (!word.is_array() || word.size() != 1 || !word[0].is_number_unsigned() ||
        word[0].get<std::uint64_t>() > 100'000'000)
      return fail(ErrorCode::kInvalid,
                  "{}: bad_words_ids holds {}: only words of one token are supported", in.name(),
                  word.dump());
    never.push_back(word[0].get<std::int32_t>());
  }
  return ok();
}

struct NamePart {
  const char* ours;
  const char* theirs;
};

constexpr std::array<NamePart, 16> kParts = {{
    {"_multi_head_att_query_fc", ".self_attn.q_proj"},
    {"_multi_head_att_key_fc", ".self_attn.k_proj"},
    {"_multi_head_att_value_fc", ".self_attn.v_proj"},
    {"_multi_head_att_output_fc", ".self_attn.out_proj"},
    {"_cross_att_query_fc", ".encoder_attn.q_proj"},
    {"_cross_att_key_fc", ".encoder_attn.k_proj"},
    {"_cross_att_value_fc", ".encoder_attn.v_proj"},
    {"_cross_att_output_fc", ".encoder_attn.out_proj"},
    {"_ffn_fc_0", ".fc1"},
    {"_ffn_fc_1", ".fc2"},
    {"_post_att_layer_norm_scale", ".self_attn_layer_norm.weight"},
    {"_post_att_layer_norm_bias", ".self_attn_layer_norm.bias"},
    {"_post_cross_layer_norm_scale", ".encoder_attn_layer_norm.weight"},
    {"_post_cross_layer_norm_bias", ".encoder_attn_layer_norm.bias"},
    {"_post_ffn_layer_norm_scale", ".final_layer_norm.weight"},
    {"_post_ffn_layer_norm_bias", ".final_layer_norm.bias"},
}};

bool is_tied_or_derived(const std::string& name) {
  static const std::set<std::string> kNames = {
      "model.shared.weight",
      "model.encoder.embed_tokens.weight",
      "model.decoder.embed_tokens.weight",
      "model.encoder.embed_positions.weight",
      "model.decoder.embed_positions.weight",
      "lm_head.weight",
  };
  return kNames.contains(name);
}

// The table under whichever of its names the file has it.
std::string table_name(const WeightFile& file, const std::string& first) {
  if (file.find(first) != nullptr || first == "model.encoder.embed_tokens.weight") return first;
  const bool decoder = first == "model.decoder.embed_tokens.weight";
  for (const char* other :
       {"model.shared.weight", "lm_head.weight", "model.decoder.embed_tokens.weight",
        "model.encoder.embed_tokens.weight"}) {
    const std::string name = other;
    if (decoder && name != "lm_head.weight") continue;
    if (file.find(name) != nullptr) return name;
  }
  return first;
}

}  // namespace

Result<MarianConfig> read_marian_config(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  const Json json = UNIMO_TRY(read_json(path));
  if (!json.is_object()) return fail(ErrorCode::kInvalid, "{}: a mapping is wanted", path.string());
  const ConfigReader in(json, path.string());
  UNIMO_TRY(in.is("model_type", "marian"));
  MarianConfig config;
  UNIMO_TRY(read_sizes(in, config.sizes));
  UNIMO_TRY(check_form(in, config.sizes));
  UNIMO_TRY(in.token("eos_token_id", config.end));
  UNIMO_TRY(in.token("pad_token_id", config.pad));
  if (const std::string mistake = translator_config_mistake(config.sizes); !mistake.empty())
    return fail(ErrorCode::kInvalid, "{}: {}", path.string(), mistake);
  const auto search_path = folder / "generation_config.json";
  const bool apart = std::filesystem::exists(search_path);
  const Json generation = apart ? UNIMO_TRY(read_json(search_path)) : json;
  if (!generation.is_object())
    return fail(ErrorCode::kInvalid, "{}: a mapping is wanted", search_path.string());
  const ConfigReader search(generation, apart ? search_path.string() : path.string());
  config.start = config.pad;
  if (generation.contains("decoder_start_token_id"))
    UNIMO_TRY(search.token("decoder_start_token_id", config.start));
  else if (json.contains("decoder_start_token_id"))
    UNIMO_TRY(in.token("decoder_start_token_id", config.start));
  UNIMO_TRY(read_bad_words(search, config.never));
  config.renormalize = search.flag("renormalize_logits", false);
  config.forced_end = generation.value("forced_eos_token_id", Json()) == Json(config.end);
  return config;
}

std::string marian_name(const std::string& parameter, const TranslatorConfig& config) {
  if (parameter == "target_embedding")
    return config.shared_embeddings ? "model.shared.weight" : "model.decoder.embed_tokens.weight";
  if (parameter == "source_embedding") return "model.encoder.embed_tokens.weight";
  if (parameter == "output_bias") return kOutputBiasTensor;
  const bool source = parameter.starts_with("source_layer_");
  if (!source && !parameter.starts_with("target_layer_")) return {};
  const std::string rest = parameter.substr(std::string("source_layer_").size());
  const std::size_t end = rest.find('_');
  if (end == rest.npos) return {};
  const std::string prefix =
      fmt::format("model.{}.layers.{}", source ? "encoder" : "decoder", rest.substr(0, end));
  std::string part = rest.substr(end), ending;
  for (const NamePart& form : {NamePart{".w_0", ".weight"}, NamePart{".b_0", ".bias"}}) {
    if (!part.ends_with(form.ours)) continue;
    part.resize(part.size() - std::string(form.ours).size());
    ending = form.theirs;
  }
  for (const NamePart& known : kParts) {
    if (part == known.ours) return prefix + known.theirs + ending;
  }
  return {};
}

Result<MarianMap> map_marian(const WeightFile& file, std::span<const NamedShape> wanted,
                             const TranslatorConfig& config) {
  MarianMap map;
  std::vector<Error> mistakes;
  std::set<std::string> used;
  const auto check = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    std::string mistake = tensor_mistake(file, name, shape);
    if (!mistake.empty()) mistakes.push_back({ErrorCode::kInvalid, std::move(mistake)});
    used.insert(name);
  };
  for (const NamedShape& parameter : wanted) {
    std::string name = marian_name(parameter.name, config);
    UNIMO_CHECK(!name.empty(), "{} is no parameter of a translator", parameter.name);
    if (name == kOutputBiasTensor) {
      // Zeros where an export leaves it out.
      if (file.find(name) == nullptr) continue;
      map.output_bias = name;
      check(name, {1, parameter.shape[0]});
      continue;
    }
    if (parameter.name.ends_with("_embedding")) name = table_name(file, name);
    check(name, parameter.shape);
    map.pairs.push_back({.parameter = parameter.name, .tensor = name});
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (used.contains(name)) continue;
    if (is_tied_or_derived(name)) {
      map.unused.push_back(name);
    } else {
      mistakes.push_back({ErrorCode::kInvalid,
                          fmt::format("{}: unexpected tensor {}: config.json has no place for it",
                                      file.path().string(), name)});
    }
  }
  if (!mistakes.empty()) return tl::unexpected(join_errors(mistakes));
  return map;
}

}  // namespace unimo::trainer
