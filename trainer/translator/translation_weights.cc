#include "trainer/translator/translation_weights.h"

#include "trainer/translator/translator_parameters.h"

namespace unimo::trainer {

namespace {

// Added to the logit of a token that is never generated: its exponential is zero.
constexpr float kNever = -1e9F;

struct Packer {
  const ParameterStore& store;
  std::int64_t hidden, ffn;

  const float* values(const std::string& name) const {
    return store.values().data() + store.at(name).offset;
  }
  void matrix(const std::string& name, std::int64_t out, std::int64_t in,
              ForwardMatrix<float>& to) const {
    pack_matrix(values(name + ".w_0"), values(name + ".b_0"), out, in, to);
  }
  DecoderNorm norm(const std::string& name) const {
    return {values(name + "_scale"), values(name + "_bias")};
  }
  void layer(const std::string& name, TranslationLayer& to) const {
    matrix(name + "_multi_head_att_query_fc", 3 * hidden, hidden, to.qkv);
    matrix(name + "_multi_head_att_output_fc", hidden, hidden, to.output);
    matrix(name + "_ffn_fc_0", ffn, hidden, to.ffn0);
    matrix(name + "_ffn_fc_1", hidden, ffn, to.ffn1);
    to.attention_norm = norm(name + "_post_att_layer_norm");
    to.ffn_norm = norm(name + "_post_ffn_layer_norm");
  }
  void cross(const std::string& name, TranslationCross& to) const {
    matrix(name + "_cross_att_query_fc", hidden, hidden, to.query);
    matrix(name + "_cross_att_key_fc", 2 * hidden, hidden, to.key_value);
    matrix(name + "_cross_att_output_fc", hidden, hidden, to.output);
    to.norm = norm(name + "_post_cross_layer_norm");
  }
};

}  // namespace

void TranslationWeights::refresh(const Translator& model, const std::vector<std::int32_t>& never) {
  const ParameterStore& store = model.parameters();
  if (version_ == store.version()) return;
  const TranslatorConfig& c = model.config();
  const Packer packer{store, c.hidden, c.ffn};
  source.resize(static_cast<std::size_t>(c.encoder_layers));
  target.resize(static_cast<std::size_t>(c.decoder_layers));
  cross.resize(target.size());
  for (std::size_t i = 0; i < source.size(); ++i)
    packer.layer(source_layer_name(static_cast<int>(i)), source[i]);
  for (std::size_t i = 0; i < target.size(); ++i) {
    packer.layer(target_layer_name(static_cast<int>(i)), target[i]);
    packer.cross(target_layer_name(static_cast<int>(i)), cross[i]);
  }
  const float* bias = packer.values(kOutputBias);
  output_bias.assign(bias, bias + c.target_vocabulary);
  for (const std::int32_t token : never) output_bias[static_cast<std::size_t>(token)] = kNever;
  target_words = store.values().data() + model.target_table().offset;
  source_words = store.values().data() + model.source_table().offset;
  pack_matrix(target_words, output_bias.data(), c.target_vocabulary, c.hidden, table);
  version_ = store.version();
}

}  // namespace unimo::trainer
