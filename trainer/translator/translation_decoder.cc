#include "trainer/translator/translation_decoder.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/decode/decode_kernels.h"
#include "trainer/decode/row_places.h"
#include "trainer/decode/row_products.h"
#include "trainer/decode/source_cache.h"
#include "trainer/decode/token_scores.h"
#include "trainer/translator/activation.h"
#include "trainer/translator/translation_weights.h"

namespace unimo::trainer {

namespace {

// Positions of sources that go through the layers together: what they need stays in the cache.
constexpr std::int64_t kRowsTogether = 512;

// Rows on their way through the layers.
struct TranslationRows {
  Buffer<float> x, middle, product, rstd, context, act, query, unused;

  void reserve(std::int64_t rows, const TranslatorConfig& c) {
    const std::int64_t h = c.hidden,
                       widest = round_up(std::max(3 * h, std::int64_t{c.ffn}), kPanel);
    for (Buffer<float>* b : {&x, &middle, &context, &query}) b->reserve(rows * h);
    product.reserve(rows * widest);
    rstd.reserve(rows);
    act.reserve(rows * c.ffn);
    unused.reserve(rows * std::max(h, std::int64_t{c.ffn}));
  }
};

}  // namespace

class TranslationDecoder::Engine {
 public:
  Engine(Translator& model, std::vector<std::int32_t> never)
      : model_(model),
        config_(model.config()),
        never_(std::move(never)),
        activation_(activation_of(config_)),
        caches_(static_cast<std::size_t>(config_.decoder_layers)),
        token_keys_(caches_.size()),
        token_values_(caches_.size()) {}

  void start(const PackedTexts& sources, const DecodeLimits& limits);
  std::span<const NextTokens> step(std::span<const DecodeRow> rows);

 private:
  std::int64_t hidden() const { return config_.hidden; }
  AttentionShape shape() const {
    return {.heads = config_.heads, .head_size = config_.hidden / config_.heads};
  }
  void reserve(const DecodeLimits& limits);
  void embed_row(const float* word, std::int64_t position, float* to) const;
  void encode_sources(const PackedTexts& sources, std::int64_t begin, std::int64_t end);
  void cache_sources(std::int64_t begin, std::int64_t end);
  void add_bias(const ForwardMatrix<float>& w, std::int64_t rows, float* to, std::int64_t ld) const;
  void norm_rows(const ForwardMatrix<float>& w, const DecoderNorm& norm, const float* residual,
                 float* to, std::int64_t rows);
  void activate(const float* in, const float* bias, std::int64_t row);
  void feed_forward(const TranslationLayer& layer, std::int64_t rows);
  void split_qkv(std::size_t layer, std::int64_t rows);
  void attend_tokens(std::size_t layer, std::int64_t rows);
  void attend_source(std::size_t layer);

  Translator& model_;
  TranslatorConfig config_;
  std::vector<std::int32_t> never_;
  Activation activation_;
  TranslationWeights weights_;
  TranslationRows rows_;
  Buffer<float> qkv_;
  SourceSpans spans_;
  SourceCache<float> encoder_cache_;         // of the layer at hand
  std::vector<SourceCache<float>> caches_;   // by decoder layer: of the attention on the source
  std::vector<Buffer<float>> token_keys_;    // by layer: [places, hidden]
  std::vector<Buffer<float>> token_values_;  // by layer: [places, hidden]
  RowPlaces places_;
  TokenScores<float> scores_;
};

void TranslationDecoder::Engine::reserve(const DecodeLimits& limits) {
  places_.start(spans_.count(), limits);
  encoder_cache_.reserve(spans_, shape());
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    caches_[i].reserve(spans_, shape());
    token_keys_[i].reserve(limits.rows * limits.steps * hidden());
    token_values_[i].reserve(limits.rows * limits.steps * hidden());
  }
  std::int64_t most = limits.rows;
  for (const auto& [begin, end] : spans_.chunks(kRowsTogether))
    most = std::max(most, spans_.row(end) - spans_.row(begin));
  rows_.reserve(most, config_);
  qkv_.reserve(most * 3 * hidden());
  scores_.reserve(limits.rows, weights_.table);
}

void TranslationDecoder::Engine::start(const PackedTexts& sources, const DecodeLimits& limits) {
  const std::string mistake = texts_mistake(sources, config_.source_vocabulary, config_);
  if (!mistake.empty()) throw std::invalid_argument("sources: " + mistake);
  UNIMO_CHECK(limits.rows > 0 && limits.steps > 0 && limits.steps <= config_.positions,
              "{} rows of {} steps in a model of {} positions", limits.rows, limits.steps,
              config_.positions);
  weights_.refresh(model_, never_);
  std::vector<AttentionSpan> spans;
  for (std::size_t i = 0; i + 1 < sources.begins.size(); ++i) {
    spans.push_back({.begin = static_cast<std::int32_t>(sources.begins[i]),
                     .end = static_cast<std::int32_t>(sources.begins[i + 1])});
  }
  spans_ = SourceSpans(spans);
  reserve(limits);
  for (const auto& [begin, end] : spans_.chunks(kRowsTogether)) {
    encode_sources(sources, begin, end);
    cache_sources(begin, end);
  }
}

void TranslationDecoder::Engine::embed_row(const float* word, std::int64_t position,
                                           float* to) const {
  const float scale = model_.embedding_scale();
  const float* place = model_.positions().data() + position * hidden();
  for (std::int64_t i = 0; i < hidden(); ++i) to[i] = word[i] * scale + place[i];
}

// Rows of a product with bias, `ld` floats apart.
void TranslationDecoder::Engine::add_bias(const ForwardMatrix<float>& w, std::int64_t rows,
                                          float* to, std::int64_t ld) const {
  for_rows(rows, [&](std::int64_t r) {
    typed_kernels<float>().bias_store(rows_.product.data() + r * w.width(), w.width(), w.bias,
                                      to + r * ld, 1, w.matrix.columns);
  });
}

// to = norm(product + bias + residual).
void TranslationDecoder::Engine::norm_rows(const ForwardMatrix<float>& w, const DecoderNorm& norm,
                                           const float* residual, float* to, std::int64_t rows) {
  const std::int64_t h = hidden();
  for_rows(rows, [&](std::int64_t r) {
    typed_kernels<float>().residual_norm(
        rows_.product.data() + r * w.width(), w.bias, residual + r * h, DropoutKey{}, 0, norm.scale,
        norm.offset, to + r * h, rows_.unused.data() + r * h, rows_.rstd.data() + r, nullptr, 1, h);
  });
}

void TranslationDecoder::Engine::activate(const float* in, const float* bias, std::int64_t row) {
  const std::int64_t f = config_.ffn;
  float* out = rows_.act.data() + row * f;
  switch (activation_) {
    case Activation::kSwish: decode_kernels().bias_swish(in, bias, out, f); return;
    case Activation::kRelu:
      for (std::int64_t i = 0; i < f; ++i) out[i] = std::max(in[i] + bias[i], 0.0F);
      return;
    case Activation::kGelu:
      std::copy_n(in, f, rows_.unused.data() + row * f);
      typed_kernels<float>().bias_gelu(rows_.unused.data() + row * f, bias,
                                       rows_.unused.data() + row * f, out, 1, f);
      return;
  }
}

// From rows_.middle to the layer's output in rows_.x.
void TranslationDecoder::Engine::feed_forward(const TranslationLayer& layer, std::int64_t rows) {
  float* product = rows_.product.data();
  multiply_all(rows_.middle.data(), rows, layer.ffn0, product);
  for_rows(rows,
           [&](std::int64_t r) { activate(product + r * layer.ffn0.width(), layer.ffn0.bias, r); });
  multiply_all(rows_.act.data(), rows, layer.ffn1, product);
  norm_rows(layer.ffn1, layer.ffn_norm, rows_.middle.data(), rows_.x.data(), rows);
}

// Sources [begin, end) through the encoder; their states in rows_.x.
void TranslationDecoder::Engine::encode_sources(const PackedTexts& sources, std::int64_t begin,
                                                std::int64_t end) {
  const std::int64_t first = spans_.row(begin), rows = spans_.row(end) - first, h = hidden();
  for (std::int64_t i = begin; i < end; ++i) {
    for (std::int64_t r = spans_.row(i); r < spans_.row(i + 1); ++r) {
      embed_row(weights_.source_words + sources.ids[static_cast<std::size_t>(r)] * h,
                r - spans_.row(i), rows_.x.data() + (r - first) * h);
    }
  }
  for (const TranslationLayer& layer : weights_.source) {
    multiply_all(rows_.x.data(), rows, layer.qkv, rows_.product.data());
    add_bias(layer.qkv, rows, qkv_.data(), 3 * h);
    encoder_cache_.fill(spans_, shape(), begin, end, qkv_.data());
    attend_sources(spans_, shape(), begin, end, encoder_cache_, qkv_.data(), rows_.context.data());
    multiply_all(rows_.context.data(), rows, layer.output, rows_.product.data());
    norm_rows(layer.output, layer.attention_norm, rows_.x.data(), rows_.middle.data(), rows);
    feed_forward(layer, rows);
  }
}

// Keys and values that every decoder layer sees of these sources.
void TranslationDecoder::Engine::cache_sources(std::int64_t begin, std::int64_t end) {
  const std::int64_t rows = spans_.row(end) - spans_.row(begin), h = hidden();
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    const ForwardMatrix<float>& w = weights_.cross[i].key_value;
    multiply_all(rows_.x.data(), rows, w, rows_.product.data());
    // The cache reads queries, keys and values side by side; it needs no queries.
    add_bias(w, rows, qkv_.data() + h, 3 * h);
    caches_[i].fill(spans_, shape(), begin, end, qkv_.data());
  }
}

// Queries to rows_.query; keys and values to their places.
void TranslationDecoder::Engine::split_qkv(std::size_t number, std::int64_t rows) {
  const std::int64_t h = hidden();
  const ForwardMatrix<float>& qkv = weights_.target[number].qkv;
  const TypedKernels<float>& k = typed_kernels<float>();
  for_rows(rows, [&](std::int64_t r) {
    const float* from = rows_.product.data() + r * qkv.width();
    const std::int64_t place = places_.place(r) * h;
    k.bias_store(from, h, qkv.bias, rows_.query.data() + r * h, 1, h);
    k.bias_store(from + h, h, qkv.bias + h, token_keys_[number].data() + place, 1, h);
    k.bias_store(from + 2 * h, h, qkv.bias + 2 * h, token_values_[number].data() + place, 1, h);
  });
}

// Every row over its own tokens.
void TranslationDecoder::Engine::attend_tokens(std::size_t number, std::int64_t rows) {
  const std::int64_t h = hidden(), size = shape().head_size;
  const ScoreColumns columns{.tokens = places_.step() + 1};
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    Buffer<float>& scores = attention_space<float>().scores;
    scores.reserve(columns.count());
    for (std::int64_t r = begin; r < end; ++r) {
      for (std::int64_t column = 0; column < h; column += size) {
        RowTable table{.rows = token_keys_[number].data() + column,
                       .stride = h,
                       .numbers = places_.of_row(r),
                       .count = places_.step() + 1,
                       .size = size};
        decode_kernels().dots(rows_.query.data() + r * h + column, table, scores.data());
        decode_kernels().softmax(scores.data(), columns, scale);
        table.rows = token_values_[number].data() + column;
        float* out = rows_.context.data() + r * h + column;
        std::fill_n(out, size, 0.0F);
        decode_kernels().weighted_sum(scores.data(), table, out);
      }
    }
  });
}

// A task is one head of one source.
void TranslationDecoder::Engine::attend_source(std::size_t number) {
  const std::int64_t h = hidden();
  const AttentionShape s = shape();
  const auto tasks = static_cast<std::int64_t>(places_.groups().size()) * s.heads;
  at::parallel_for(0, tasks, 1, [&](std::int64_t begin, std::int64_t end) {
    AttentionSpace<float>& space = attention_space<float>();
    for (std::int64_t i = begin; i < end; ++i) {
      const RowPlaces::Group& group = places_.groups()[static_cast<std::size_t>(i / s.heads)];
      const std::int64_t head = i % s.heads, at = group.begin * h + head * s.head_size;
      const QueryRows<float> queries{.queries = rows_.query.data() + at,
                                     .ld = h,
                                     .count = group.count,
                                     .out = rows_.context.data() + at,
                                     .ld_out = h};
      attend_head(caches_[number].head(spans_, s, group.source, head), queries, OwnTokens{}, space);
    }
  });
}

std::span<const NextTokens> TranslationDecoder::Engine::step(std::span<const DecodeRow> rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  places_.arrange(rows);
  const std::int64_t h = hidden();
  for (std::int64_t r = 0; r < count; ++r) {
    const std::int32_t token = rows[static_cast<std::size_t>(r)].token;
    UNIMO_CHECK(token >= 0 && token < config_.target_vocabulary, "token {} of {}", token,
                config_.target_vocabulary);
    embed_row(weights_.target_words + token * h, places_.step(), rows_.x.data() + r * h);
  }
  float* product = rows_.product.data();
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    const TranslationLayer& layer = weights_.target[i];
    const TranslationCross& cross = weights_.cross[i];
    multiply_all(rows_.x.data(), count, layer.qkv, product);
    split_qkv(i, count);
    attend_tokens(i, count);
    multiply_all(rows_.context.data(), count, layer.output, product);
    norm_rows(layer.output, layer.attention_norm, rows_.x.data(), rows_.middle.data(), count);
    multiply_all(rows_.middle.data(), count, cross.query, product);
    add_bias(cross.query, count, rows_.query.data(), h);
    attend_source(i);
    multiply_all(rows_.context.data(), count, cross.output, product);
    norm_rows(cross.output, cross.norm, rows_.middle.data(), rows_.middle.data(), count);
    feed_forward(layer, count);
  }
  const auto next = scores_.score(rows_.x.data(), count, weights_.table);
  places_.end_step();
  return next;
}

TranslationDecoder::TranslationDecoder(Translator& model, std::vector<std::int32_t> never)
    : engine_(std::make_unique<Engine>(model, std::move(never))) {}
TranslationDecoder::~TranslationDecoder() = default;

void TranslationDecoder::start(const PackedTexts& sources, const DecodeLimits& limits) {
  engine_->start(sources, limits);
}

std::span<const NextTokens> TranslationDecoder::step(std::span<const DecodeRow> rows) {
  return engine_->step(rows);
}

}  // namespace unimo::trainer
