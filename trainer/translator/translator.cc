#include "trainer/translator/translator.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "orchestrator/base/result.h"
#include "trainer/model/heads.h"
#include "trainer/model/model_engine.h"
#include "trainer/translator/activation.h"
#include "trainer/translator/post_norm.h"
#include "trainer/translator/translator_parameters.h"

namespace unimo::trainer {

namespace {

// Places of the dropout: the embeddings, then eight for each layer.
constexpr std::uint32_t kSourceTextSite = 1, kTargetTextSite = 2;
constexpr std::uint32_t kSourceLayerSite = 16, kTargetLayerSite = 2048, kSitesOfLayer = 8;

std::vector<ParameterSpec> checked_parameters(const TranslatorConfig& c) {
  const std::string mistake = translator_config_mistake(c);
  if (!mistake.empty()) throw std::invalid_argument(mistake);
  return translator_parameters(c);
}

std::shared_ptr<const AttentionPlan> plan_of(const PackedTexts& texts, bool causal) {
  std::vector<AttentionSpan> spans;
  for (std::int64_t i = 0; i < texts.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    spans.push_back({.begin = static_cast<std::int32_t>(texts.begins[at]),
                     .end = static_cast<std::int32_t>(texts.begins[at + 1]),
                     .causal = causal});
  }
  return std::make_shared<const AttentionPlan>(plan_attention(spans, texts.rows()));
}

std::vector<CrossSpan> cross_spans(const PackedTexts& inputs, const PackedTexts& sources) {
  std::vector<CrossSpan> spans;
  for (std::size_t i = 0; i + 1 < inputs.begins.size(); ++i) {
    spans.push_back({.begin = inputs.begins[i],
                     .end = inputs.begins[i + 1],
                     .source_begin = sources.begins[i],
                     .source_end = sources.begins[i + 1]});
  }
  return spans;
}

}  // namespace

// Feed-forward part, and attention inside of a text.
struct Translator::SubLayer {
  SubLayer(ParameterStore& store, const std::string& name)
      : qkv(store, {name + "_multi_head_att_query_fc", name + "_multi_head_att_key_fc",
                    name + "_multi_head_att_value_fc"}),
        output(store, {name + "_multi_head_att_output_fc"}),
        ffn0(store, {name + "_ffn_fc_0"}),
        ffn1(store, {name + "_ffn_fc_1"}),
        attention_norm(store, name + "_post_att_layer_norm"),
        ffn_norm(store, name + "_post_ffn_layer_norm") {}
  Projection<float> qkv, output, ffn0, ffn1;
  NormWeights attention_norm, ffn_norm;
};

struct Translator::Weights {
  // Attention on the source.
  struct Cross {
    Cross(ParameterStore& store, const std::string& name)
        : query(store, {name + "_cross_att_query_fc"}),
          key_value(store, {name + "_cross_att_key_fc", name + "_cross_att_value_fc"}),
          output(store, {name + "_cross_att_output_fc"}),
          norm(store, name + "_post_cross_layer_norm") {}
    Projection<float> query, key_value, output;
    NormWeights norm;
  };
  Weights(ParameterStore& store, const TranslatorConfig& c)
      : table(store, kTargetTable, kOutputBias) {
    for (int i = 0; i < c.encoder_layers; ++i) source.emplace_back(store, source_layer_name(i));
    for (int i = 0; i < c.decoder_layers; ++i) {
      target.emplace_back(store, target_layer_name(i));
      cross.emplace_back(store, target_layer_name(i));
    }
  }
  std::vector<SubLayer> source, target;
  std::vector<Cross> cross;
  Projection<float> table;
};

Translator::Translator(const TranslatorConfig& config, std::uint64_t seed)
    : config_(config),
      parameters_(checked_parameters(config), seed, config.init_deviation),
      sinusoids_(sinusoids(config.positions, config.hidden)),
      weights_(std::make_unique<Weights>(parameters_, config)) {}

Translator::~Translator() = default;

float Translator::embedding_scale() const {
  return config_.scale_embedding ? std::sqrt(static_cast<float>(config_.hidden)) : 1.0F;
}

const Parameter& Translator::source_table() const {
  return parameters_.at(config_.shared_embeddings ? kTargetTable : kSourceTable);
}
const Parameter& Translator::target_table() const { return parameters_.at(kTargetTable); }

// Of a decoder's row, which keeps most: queries, keys, values and outputs of both attentions, three
// normed sums with what went into them, the feed-forward part before and after its activation.
std::int64_t Translator::planned_bytes(std::int64_t rows, bool) const {
  const std::int64_t h = config_.hidden, f = config_.ffn;
  const std::int64_t layer = 24 * h + 3 * f + 2 * config_.heads;
  return rows * 4 * (std::max(config_.encoder_layers, config_.decoder_layers) * layer + 4 * f);
}

at::Tensor Translator::embed(const PackedTexts& texts, const Parameter& table,
                             const EncodeOptions& options, std::uint32_t site) {
  TokenRows rows{.ids = texts.ids, .positions = {}};
  for (std::size_t i = 0; i + 1 < texts.begins.size(); ++i) {
    for (std::int64_t p = 0; p < texts.begins[i + 1] - texts.begins[i]; ++p)
      rows.positions.push_back(static_cast<std::int32_t>(p));
  }
  return embed_tokens(parameters_, table, embedding_scale(), sinusoids_, std::move(rows),
                      site_key(options, site, config_.dropout));
}

at::Tensor Translator::feed_forward(const at::Tensor& x, SubLayer& layer,
                                    const EncodeOptions& options, std::uint32_t site) {
  at::Tensor inner = activate(linear(x, layer.ffn0), activation_of(config_));
  const DropoutKey key = site_key(options, site, config_.activation_dropout);
  if (key.threshold > 0) {
    at::Tensor mask = at::empty(inner.sizes(), at::kFloat);
    for (std::int64_t r = 0; r < inner.size(0); ++r)
      kernels().dropout_row(key, static_cast<std::uint32_t>(r),
                            mask.data_ptr<float>() + r * inner.size(1), inner.size(1));
    inner = at::mul(inner, mask);
  }
  return residual_norm(linear(inner, layer.ffn1), x, layer.ffn_norm,
                       site_key(options, site + 1, config_.dropout));
}

at::Tensor Translator::encode(const PackedTexts& sources, const EncodeOptions& options) {
  const std::string mistake = texts_mistake(sources, config_.source_vocabulary, config_);
  if (!mistake.empty()) throw std::invalid_argument("sources: " + mistake);
  const auto plan = plan_of(sources, false);
  const AttentionSizes sizes{.heads = config_.heads, .head_size = config_.hidden / config_.heads};
  at::Tensor x = embed(sources, source_table(), options, kSourceTextSite);
  show("the source embedding", x);
  std::uint32_t site = kSourceLayerSite;
  for (std::size_t i = 0; i < weights_->source.size(); ++i, site += kSitesOfLayer) {
    SubLayer& layer = weights_->source[i];
    const at::Tensor seen = self_attention(linear(x, layer.qkv), plan, sizes,
                                           site_key(options, site, config_.attention_dropout));
    x = residual_norm(linear(seen, layer.output), x, layer.attention_norm,
                      site_key(options, site + 1, config_.dropout));
    x = feed_forward(x, layer, options, site + 2);
    show("the output of " + source_layer_name(static_cast<int>(i)), x);
  }
  return x;
}

at::Tensor Translator::decode(const PackedTexts& inputs, const at::Tensor& encoded,
                              const PackedTexts& sources, const EncodeOptions& options) {
  const std::string mistake = texts_mistake(inputs, config_.target_vocabulary, config_);
  if (!mistake.empty()) throw std::invalid_argument("targets: " + mistake);
  if (inputs.count() != sources.count())
    throw std::invalid_argument(
        fmt::format("{} targets for {} sources", inputs.count(), sources.count()));
  const auto plan = plan_of(inputs, true);
  const AttentionSizes sizes{.heads = config_.heads, .head_size = config_.hidden / config_.heads};
  const auto key = [&](std::uint32_t place, double rate) { return site_key(options, place, rate); };
  at::Tensor x = embed(inputs, target_table(), options, kTargetTextSite);
  show("the target embedding", x);
  std::uint32_t site = kTargetLayerSite;
  for (std::size_t i = 0; i < weights_->target.size(); ++i, site += kSitesOfLayer) {
    SubLayer& layer = weights_->target[i];
    Weights::Cross& cross = weights_->cross[i];
    const at::Tensor own =
        self_attention(linear(x, layer.qkv), plan, sizes, key(site, config_.attention_dropout));
    x = residual_norm(linear(own, layer.output), x, layer.attention_norm,
                      key(site + 1, config_.dropout));
    const at::Tensor seen = cross_attention(
        linear(x, cross.query), linear(encoded, cross.key_value), cross_spans(inputs, sources),
        sizes, key(site + 4, config_.attention_dropout));
    x = residual_norm(linear(seen, cross.output), x, cross.norm, key(site + 5, config_.dropout));
    x = feed_forward(x, layer, options, site + 2);
    show("the output of " + target_layer_name(static_cast<int>(i)), x);
  }
  return x;
}

at::Tensor Translator::logits(const at::Tensor& states) { return linear(states, weights_->table); }

at::Tensor Translator::loss_sum(const TranslationPairs& pairs, const EncodeOptions& options,
                                double smoothing) {
  UNIMO_CHECK(pairs.targets.size() == pairs.inputs.ids.size(), "{} targets for {} rows",
              pairs.targets.size(), pairs.inputs.ids.size());
  const at::Tensor encoded = encode(pairs.sources, options);
  const at::Tensor states = decode(pairs.inputs, encoded, pairs.sources, options);
  return cross_entropy_sum(states, weights_->table, pairs.targets, smoothing);
}

std::string texts_mistake(const PackedTexts& texts, int vocabulary,
                          const TranslatorConfig& config) {
  if (texts.count() == 0) return "there is no text";
  for (std::size_t i = 0; i + 1 < texts.begins.size(); ++i) {
    const std::int64_t length = texts.begins[i + 1] - texts.begins[i];
    if (length < 1 || length > config.positions) {
      return fmt::format("text {} has {} tokens: between 1 and {} fit the model", i, length,
                         config.positions);
    }
  }
  for (std::size_t i = 0; i < texts.ids.size(); ++i) {
    if (texts.ids[i] < 0 || texts.ids[i] >= vocabulary)
      return fmt::format("token {} is {}: it must be below {}", i, texts.ids[i], vocabulary);
  }
  return {};
}

}  // namespace unimo::trainer
