#include "trainer/translator/translator_parameters.h"

#include <cmath>

namespace unimo::trainer {

namespace {

void add_linear(std::vector<ParameterSpec>& specs, const std::string& name, std::int64_t out,
                std::int64_t in) {
  specs.push_back({.name = name, .shape = {out, in}});
}

// Weights of some maps next to each other, then their biases, so that they count as one.
void add_maps(std::vector<ParameterSpec>& specs, const std::vector<std::string>& names,
              std::int64_t out, std::int64_t in) {
  for (const std::string& name : names) add_linear(specs, name + ".w_0", out, in);
  for (const std::string& name : names)
    specs.push_back({.name = name + ".b_0", .shape = {out}, .init = Init::kZero, .decay = false});
}

void add_norm(std::vector<ParameterSpec>& specs, const std::string& name, std::int64_t hidden) {
  specs.push_back({.name = name + "_scale", .shape = {hidden}, .init = Init::kOne, .decay = false});
  specs.push_back({.name = name + "_bias", .shape = {hidden}, .init = Init::kZero, .decay = false});
}

void add_self_attention(std::vector<ParameterSpec>& specs, const std::string& layer,
                        std::int64_t h) {
  const std::string name = layer + "_multi_head_att_";
  add_maps(specs, {name + "query_fc", name + "key_fc", name + "value_fc"}, h, h);
  add_maps(specs, {name + "output_fc"}, h, h);
  add_norm(specs, layer + "_post_att_layer_norm", h);
}

void add_cross_attention(std::vector<ParameterSpec>& specs, const std::string& layer,
                         std::int64_t h) {
  const std::string name = layer + "_cross_att_";
  add_maps(specs, {name + "query_fc"}, h, h);
  add_maps(specs, {name + "key_fc", name + "value_fc"}, h, h);
  add_maps(specs, {name + "output_fc"}, h, h);
  add_norm(specs, layer + "_post_cross_layer_norm", h);
}

void add_feed_forward(std::vector<ParameterSpec>& specs, const std::string& layer, std::int64_t h,
                      std::int64_t f) {
  add_maps(specs, {layer + "_ffn_fc_0"}, f, h);
  add_maps(specs, {layer + "_ffn_fc_1"}, h, f);
  add_norm(specs, layer + "_post_ffn_layer_norm", h);
}

}  // namespace

std::vector<ParameterSpec> translator_parameters(const TranslatorConfig& c) {
  std::vector<ParameterSpec> specs;
  if (!c.shared_embeddings) add_linear(specs, kSourceTable, c.source_vocabulary, c.hidden);
  add_linear(specs, kTargetTable, c.target_vocabulary, c.hidden);
  for (int i = 0; i < c.encoder_layers; ++i) {
    add_self_attention(specs, source_layer_name(i), c.hidden);
    add_feed_forward(specs, source_layer_name(i), c.hidden, c.ffn);
  }
  for (int i = 0; i < c.decoder_layers; ++i) {
    add_self_attention(specs, target_layer_name(i), c.hidden);
    add_cross_attention(specs, target_layer_name(i), c.hidden);
    add_feed_forward(specs, target_layer_name(i), c.hidden, c.ffn);
  }
  specs.push_back(
      {.name = kOutputBias, .shape = {c.target_vocabulary}, .init = Init::kZero, .decay = false});
  return specs;
}

std::vector<float> sinusoids(std::int64_t positions, std::int64_t hidden) {
  std::vector<float> table(static_cast<std::size_t>(positions * hidden));
  const std::int64_t half = hidden / 2;
  for (std::int64_t p = 0; p < positions; ++p) {
    for (std::int64_t i = 0; i < half; ++i) {
      const double angle =
          static_cast<double>(p) /
          std::pow(10000.0, 2.0 * static_cast<double>(i) / static_cast<double>(hidden));
      float* row = table.data() + p * hidden;
      row[i] = static_cast<float>(std::sin(angle));
      row[half + i] = static_cast<float>(std::cos(angle));
    }
  }
  return table;
}

}  // namespace unimo::trainer
