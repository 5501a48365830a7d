#include "trainer/decode/decoder_weights.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace unimo::trainer {

template <class T>
void pack_matrix(const float* weight, const float* bias, std::int64_t out, std::int64_t in,
                 ForwardMatrix<T>& to) {
  to.bias = bias;
  to.matrix.depth = round_up(in, 2);
  to.matrix.columns = out;
  to.matrix.values.reserve(to.matrix.panels() * to.matrix.panel_size());
  at::parallel_for(0, to.matrix.panels(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      typed_kernels<T>().pack_float_transposed(
          weight + i * kPanel * in, in, in, std::min(kPanel, out - i * kPanel),
          to.matrix.values.data() + i * to.matrix.panel_size());
    }
  });
}

namespace {

const float* values_of(const ParameterStore& store, const std::string& name) {
  return store.values().data() + store.at(name).offset;
}

DecoderNorm norm_of(const ParameterStore& store, const std::string& name) {
  return {values_of(store, name + "_scale"), values_of(store, name + "_bias")};
}

template <class T>
void pack_layer(const ParameterStore& store, const ModelConfig& c, int number,
                DecoderLayer<T>& layer) {
  const std::string prefix = "encoder_layer_" + std::to_string(number);
  const auto matrix = [&](const std::string& name, std::int64_t out, std::int64_t in,
                          ForwardMatrix<T>& to) {
    pack_matrix(values_of(store, prefix + name + ".w_0"), values_of(store, prefix + name + ".b_0"),
                out, in, to);
  };
  // Queries, keys and values lie side by side in the store.
  matrix("_multi_head_att_query_fc", 3 * c.hidden, c.hidden, layer.qkv);
  matrix("_multi_head_att_output_fc", c.hidden, c.hidden, layer.output);
  matrix("_ffn_fc_0", c.ffn, c.hidden, layer.ffn0);
  matrix("_ffn_fc_1", c.hidden, c.ffn, layer.ffn1);
  layer.attention_norm = norm_of(store, prefix + "_post_att_layer_norm");
  layer.ffn_norm = norm_of(store, prefix + "_post_ffn_layer_norm");
}

}  // namespace

template <class T>
void DecoderWeights<T>::refresh(const Unimo& model) {
  const ParameterStore& store = model.parameters();
  if (version_ == store.version()) return;
  const ModelConfig& c = model.config();
  layers.resize(static_cast<std::size_t>(c.layers));
  for (int i = 0; i < c.layers; ++i) pack_layer(store, c, i, layers[static_cast<std::size_t>(i)]);
  pack_matrix(values_of(store, "mask_lm_trans_fc.w_0"), values_of(store, "mask_lm_trans_fc.b_0"),
              c.hidden, c.hidden, transform);
  pack_matrix(values_of(store, "word_embedding"), values_of(store, "mask_lm_out_fc.b_0"),
              c.vocabulary, c.hidden, table);
  embedding_norm = norm_of(store, "pre_encoder_layer_norm");
  transform_norm = norm_of(store, "mask_lm_trans_layer_norm");
  words = values_of(store, "word_embedding");
  positions = values_of(store, "pos_embedding");
  version_ = store.version();
}

template void pack_matrix(const float*, const float*, std::int64_t, std::int64_t,
                          ForwardMatrix<float>&);
template void pack_matrix(const float*, const float*, std::int64_t, std::int64_t,
                          ForwardMatrix<Bf16>&);
template struct DecoderWeights<float>;
template struct DecoderWeights<Bf16>;

}  // namespace unimo::trainer
