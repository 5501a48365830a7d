#include "trainer/decode/packed_decoder.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/decode/decoder_weights.h"
#include "trainer/decode/row_places.h"
#include "trainer/decode/row_products.h"
#include "trainer/decode/source_cache.h"
#include "trainer/decode/tensor_decoder.h"
#include "trainer/decode/token_scores.h"
#include "trainer/model/embedding.h"

namespace unimo::trainer {

namespace {

constexpr std::int64_t kFirstPosition = 2;
// Positions of sources that go through the layers together: what they need stays in the cache.
constexpr std::int64_t kSourceRows = 512;

// Rows on their way through the layers.
template <class T>
struct LayerRows {
  Buffer<float> x, middle, product, rstd;
  Buffer<T> low, q, context, act, unused;

  void reserve(std::int64_t rows, const ModelConfig& c) {
    const std::int64_t h = c.hidden,
                       widest = round_up(std::max(3 * h, std::int64_t{c.ffn}), kPanel);
    for (Buffer<float>* b : {&x, &middle}) b->reserve(rows * h);
    for (Buffer<T>* b : {&low, &q, &context}) b->reserve(rows * h);
    product.reserve(rows * widest);
    rstd.reserve(rows);
    act.reserve(rows * c.ffn);
    unused.reserve(rows * std::max(c.ffn, c.hidden));
  }
};

template <class T>
class TypedDecoder : public PackedDecoder::Engine {
 public:
  explicit TypedDecoder(Unimo& model)
      : model_(model),
        config_(model.config()),
        embedding_(model.parameters(), config_),
        caches_(static_cast<std::size_t>(config_.layers)),
        token_keys_(static_cast<std::size_t>(config_.layers)),
        token_values_(static_cast<std::size_t>(config_.layers)) {}

  void start(const PackedBatch& sources, const DecodeLimits& limits) override;
  std::span<const NextTokens> step(std::span<const DecodeRow> rows) override;

 private:
  std::int64_t hidden() const { return config_.hidden; }
  AttentionShape shape() const {
    return {.heads = config_.heads, .head_size = config_.hidden / config_.heads};
  }
  void encode_sources(const float* x, std::int64_t begin, std::int64_t end);
  void finish_layer(const DecoderLayer<T>& layer, std::int64_t rows);
  void norm_row(const float* x, const float* bias, const float* residual, const DecoderNorm& norm,
                float* y, std::int64_t r);
  void embed(std::span<const DecodeRow> rows);
  void split_qkv(std::size_t layer, std::int64_t rows);
  void attend(std::size_t layer);
  std::span<const NextTokens> predict(std::int64_t rows);

  Unimo& model_;
  ModelConfig config_;
  DecoderWeights<T> weights_;
  EmbeddingWeights<T> embedding_;
  LayerRows<T> rows_;
  SourceSpans spans_;
  std::vector<SourceCache<T>> caches_;       // by layer
  std::vector<Buffer<float>> token_keys_;    // by layer: [places, hidden]
  std::vector<Buffer<float>> token_values_;  // by layer: [places, hidden]
  RowPlaces places_;
  Buffer<float> query_;
  TokenScores<T> scores_;
};

template <class T>
void TypedDecoder<T>::start(const PackedBatch& sources, const DecodeLimits& limits) {
  const std::string mistake = batch_mistake(sources, config_);
  if (!mistake.empty()) throw std::invalid_argument("sources: " + mistake);
  UNIMO_CHECK(
      limits.rows > 0 && limits.steps > 0 && kFirstPosition + limits.steps <= config_.positions,
      "{} rows of {} steps in a model of {} positions", limits.rows, limits.steps,
      config_.positions);
  const at::NoGradGuard no_gradients;
  weights_.refresh(model_);
  spans_ = SourceSpans(sources.spans);
  places_.start(spans_.count(), limits);
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    caches_[i].reserve(spans_, shape());
    token_keys_[i].reserve(limits.rows * limits.steps * hidden());
    token_values_[i].reserve(limits.rows * limits.steps * hidden());
  }
  std::int64_t most = limits.rows;
  const auto chunks = spans_.chunks(kSourceRows);
  for (const auto& [begin, end] : chunks)
    most = std::max(most, spans_.row(end) - spans_.row(begin));
  rows_.reserve(most, config_);
  query_.reserve(limits.rows * hidden());
  scores_.reserve(limits.rows, weights_.table);
  const at::Tensor x =
      embed_rows(embedding_, {.batch = std::make_shared<const PackedBatch>(sources)});
  for (const auto& [begin, end] : chunks) encode_sources(x.const_data_ptr<float>(), begin, end);
}

// Sources [begin, end) through all layers; leaves their keys and values.
template <class T>
void TypedDecoder<T>::encode_sources(const float* x, std::int64_t begin, std::int64_t end) {
  const std::int64_t first = spans_.row(begin), rows = spans_.row(end) - first;
  const std::int64_t h = hidden();
  std::copy_n(x + first * h, rows * h, rows_.x.data());
  typed_kernels<T>().from_float(rows_.x.data(), rows_.low.data(), rows * h);
  Buffer<T> qkv(rows * 3 * h);
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    const DecoderLayer<T>& layer = weights_.layers[i];
    multiply_all(rows_.low.data(), rows, layer.qkv, rows_.product.data());
    for_rows(rows, [&](std::int64_t r) {
      typed_kernels<T>().bias_store(rows_.product.data() + r * layer.qkv.width(), layer.qkv.width(),
                                    layer.qkv.bias, qkv.data() + r * 3 * h, 1, 3 * h);
    });
    caches_[i].fill(spans_, shape(), begin, end, qkv.data());
    // Of the last layer nothing but keys and values is wanted.
    if (i + 1 == caches_.size()) return;
    attend_sources(spans_, shape(), begin, end, caches_[i], qkv.data(), rows_.context.data());
    finish_layer(layer, rows);
  }
}

// y = norm(x + bias + residual), also as T.
template <class T>
void TypedDecoder<T>::norm_row(const float* x, const float* bias, const float* residual,
                               const DecoderNorm& norm, float* y, std::int64_t r) {
  const std::int64_t h = hidden();
  typed_kernels<T>().residual_norm(x, bias, residual, DropoutKey{}, 0, norm.scale, norm.offset, y,
                                   rows_.unused.data() + r * h, rows_.rstd.data() + r,
                                   rows_.low.data() + r * h, 1, h);
}

// From the attention's context to the layer's output, in rows_.x.
template <class T>
void TypedDecoder<T>::finish_layer(const DecoderLayer<T>& layer, std::int64_t rows) {
  const std::int64_t h = hidden(), f = config_.ffn;
  float* product = rows_.product.data();
  multiply_all(rows_.context.data(), rows, layer.output, product);
  for_rows(rows, [&](std::int64_t r) {
    norm_row(product + r * layer.output.width(), layer.output.bias, rows_.x.data() + r * h,
             layer.attention_norm, rows_.middle.data() + r * h, r);
  });
  multiply_all(rows_.low.data(), rows, layer.ffn0, product);
  for_rows(rows, [&](std::int64_t r) {
    typed_kernels<T>().bias_gelu(product + r * layer.ffn0.width(), layer.ffn0.bias,
                                 rows_.unused.data() + r * f, rows_.act.data() + r * f, 1, f);
  });
  multiply_all(rows_.act.data(), rows, layer.ffn1, product);
  for_rows(rows, [&](std::int64_t r) {
    norm_row(product + r * layer.ffn1.width(), layer.ffn1.bias, rows_.middle.data() + r * h,
             layer.ffn_norm, rows_.x.data() + r * h, r);
  });
}

template <class T>
void TypedDecoder<T>::embed(std::span<const DecodeRow> rows) {
  const std::int64_t h = hidden();
  const float* position = weights_.positions + (kFirstPosition + places_.step()) * h;
  for_rows(static_cast<std::int64_t>(rows.size()), [&](std::int64_t r) {
    const std::int32_t token = rows[static_cast<std::size_t>(r)].token;
    UNIMO_CHECK(token >= 0 && token < config_.vocabulary, "token {} of {}", token,
                config_.vocabulary);
    norm_row(weights_.words + token * h, nullptr, position, weights_.embedding_norm,
             rows_.x.data() + r * h, r);
  });
}

// Queries as T and as floats; keys and values to their places.
template <class T>
void TypedDecoder<T>::split_qkv(std::size_t number, std::int64_t rows) {
  const std::int64_t h = hidden();
  const ForwardMatrix<T>& qkv = weights_.layers[number].qkv;
  const TypedKernels<float>& k = typed_kernels<float>();
  for_rows(rows, [&](std::int64_t r) {
    const float* from = rows_.product.data() + r * qkv.width();
    float* query = query_.data() + r * h;
    const std::int64_t place = places_.place(r) * h;
    k.bias_store(from, h, qkv.bias, query, 1, h);
    k.bias_store(from + h, h, qkv.bias + h, token_keys_[number].data() + place, 1, h);
    k.bias_store(from + 2 * h, h, qkv.bias + 2 * h, token_values_[number].data() + place, 1, h);
    typed_kernels<T>().from_float(query, rows_.q.data() + r * h, h);
  });
}

// A task is one head of one source.
template <class T>
void TypedDecoder<T>::attend(std::size_t number) {
  const std::int64_t h = hidden();
  const AttentionShape s = shape();
  const auto tasks = static_cast<std::int64_t>(places_.groups().size()) * s.heads;
  at::parallel_for(0, tasks, 1, [&](std::int64_t begin, std::int64_t end) {
    AttentionSpace<T>& space = attention_space<T>();
    for (std::int64_t i = begin; i < end; ++i) {
      const RowPlaces::Group& group = places_.groups()[static_cast<std::size_t>(i / s.heads)];
      const std::int64_t head = i % s.heads, column = head * s.head_size;
      const QueryRows<T> queries{.queries = rows_.q.data() + group.begin * h + column,
                                 .ld = h,
                                 .count = group.count,
                                 .out = rows_.context.data() + group.begin * h + column,
                                 .ld_out = h};
      const OwnTokens own{.queries = query_.data() + group.begin * h + column,
                          .keys = token_keys_[number].data() + column,
                          .values = token_values_[number].data() + column,
                          .stride = h,
                          .places = places_.of_row(group.begin),
                          .places_stride = places_.stride(),
                          .count = places_.step() + 1};
      attend_head(caches_[number].head(spans_, s, group.source, head), queries, own, space);
    }
    finish_multiply<T>();
  });
}

template <class T>
std::span<const NextTokens> TypedDecoder<T>::predict(std::int64_t rows) {
  const std::int64_t h = hidden();
  float* product = rows_.product.data();
  multiply_all(rows_.low.data(), rows, weights_.transform, product);
  for_rows(rows, [&](std::int64_t r) {
    float* row = product + r * weights_.transform.width();
    typed_kernels<float>().bias_gelu(row, weights_.transform.bias, rows_.middle.data() + r * h,
                                     rows_.x.data() + r * h, 1, h);
    norm_row(rows_.x.data() + r * h, nullptr, nullptr, weights_.transform_norm,
             rows_.middle.data() + r * h, r);
  });
  return scores_.score(rows_.low.data(), rows, weights_.table);
}

template <class T>
std::span<const NextTokens> TypedDecoder<T>::step(std::span<const DecodeRow> rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  places_.arrange(rows);
  embed(rows);
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    multiply_all(rows_.low.data(), count, weights_.layers[i].qkv, rows_.product.data());
    split_qkv(i, count);
    attend(i);
    finish_layer(weights_.layers[i], count);
  }
  const auto next = predict(count);
  places_.end_step();
  return next;
}

}  // namespace

PackedDecoder::PackedDecoder(Unimo& model) {
  if (model.device().is_cuda())
    engine_ = std::make_unique<TensorDecoder>(model);
  else if (model.precision() == Precision::kBf16)
    engine_ = std::make_unique<TypedDecoder<Bf16>>(model);
  else
    engine_ = std::make_unique<TypedDecoder<float>>(model);
}
PackedDecoder::~PackedDecoder() = default;

void PackedDecoder::start(const PackedBatch& sources, const DecodeLimits& limits) {
  engine_->start(sources, limits);
}

std::span<const NextTokens> PackedDecoder::step(std::span<const DecodeRow> rows) {
  return engine_->step(rows);
}

}  // namespace unimo::trainer
