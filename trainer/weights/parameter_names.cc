#include "trainer/weights/parameter_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

bool is_known_extra(std::string_view name) {
  constexpr std::array<std::string_view, 5> kExtras = {
      "roberta.embeddings.position_ids", "roberta.pooler.dense.weight", "roberta.pooler.dense.bias",
      "lm_head.decoder.weight", "lm_head.decoder.bias"};
  return std::find(kExtras.begin(), kExtras.end(), name) != kExtras.end();
}

bool is_language_head(std::string_view unimo_name) { return unimo_name.starts_with("mask_lm_"); }

std::vector<NamedShape> text_parameters(const ModelConfig& c) {
  const std::int64_t h = c.hidden;
  std::vector<NamedShape> all = {{"word_embedding", {c.vocabulary, h}},
                                 {"pos_embedding", {c.positions, h}}};
  const auto norm = [&](const std::string& name) {
    all.push_back({name + "_scale", {h}});
    all.push_back({name + "_bias", {h}});
  };
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    all.push_back({name + ".w_0", {out, in}});
    all.push_back({name + ".b_0", {out}});
  };
  norm("pre_encoder_layer_norm");
  for (int i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("encoder_layer_{}_", i);
    for (const char* part : {"query", "key", "value", "output"})
      linear(fmt::format("{}multi_head_att_{}_fc", layer, part), h, h);
    norm(layer + "post_att_layer_norm");
    linear(layer + "ffn_fc_0", c.ffn, h);
    linear(layer + "ffn_fc_1", h, c.ffn);
    norm(layer + "post_ffn_layer_norm");
  }
  linear("mask_lm_trans_fc", h, h);
  norm("mask_lm_trans_layer_norm");
  all.push_back({"mask_lm_out_fc.b_0", {c.vocabulary}});
  return all;
}

}  // namespace unimo::trainer
