#include "trainer/model/unimo.h"

#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/relu.h>
#include <c10/core/GradMode.h>

#include <map>
#include <stdexcept>

#include "orchestrator/base/result.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/embedding.h"
#include "trainer/model/heads.h"
#include "trainer/model/memory_plan.h"
#include "trainer/model/model_engine.h"

namespace unimo::trainer {

namespace {

std::vector<ParameterSpec> model_parameters(const ModelConfig& c,
                                            const std::vector<ParameterSpec>& extra) {
  const std::string mistake = model_config_mistake(c);
  if (!mistake.empty()) throw std::invalid_argument(mistake);
  std::vector<ParameterSpec> specs = embedding_parameters(c);
  const auto add = [&specs](const std::vector<ParameterSpec>& more) {
    specs.insert(specs.end(), more.begin(), more.end());
  };
  for (int i = 0; i < c.layers; ++i)
    add(layer_parameters("encoder_layer_" + std::to_string(i), c.hidden, c.ffn));
  add(head_parameters(c));
  add(extra);
  return specs;
}

template <class T>
class TypedEngine : public ModelEngine {
 public:
  TypedEngine(const ModelConfig& config, ParameterStore& store)
      : config_(config),
        store_(store),
        embedding_(store, config),
        table_(store, "word_embedding", "mask_lm_out_fc.b_0"),
        lm_norm_(store, "mask_lm_trans_layer_norm") {
    for (int i = 0; i < config.layers; ++i)
      layers_.emplace_back(store, "encoder_layer_" + std::to_string(i));
  }

  at::Tensor encode(const PackedBatch& batch, const EncodeOptions& options,
                    std::vector<at::Tensor>* states) override {
    EmbeddingInput input{.batch = std::make_shared<const PackedBatch>(batch),
                         .text_dropout = site_key(options, kTextSite, config_.dropout),
                         .image_dropout = site_key(options, kImageSite, config_.dropout),
                         .text_delta = options.text_delta,
                         .feature_delta = options.feature_delta};
    const auto plan =
        std::make_shared<const AttentionPlan>(plan_attention(batch.spans, batch.rows));
    const AttentionSizes sizes{.heads = config_.heads, .head_size = config_.hidden / config_.heads};
    at::Tensor x = embed_rows(embedding_, input);
    if (states != nullptr) states->push_back(x);
    std::uint32_t site = kLayerSite;
    for (LayerWeights<T>& layer : layers_) {
      const LayerDropout dropout{.attention = site_key(options, site, config_.attention_dropout),
                                 .after_attention = site_key(options, site + 1, config_.dropout),
                                 .after_ffn = site_key(options, site + 2, config_.dropout)};
      x = encoder_layer(x, layer, plan, sizes, dropout, workspace_, recompute_);
      if (states != nullptr) states->push_back(x);
      site += kLayerSites;
    }
    return x;
  }

  at::Tensor linear(const at::Tensor& x, std::string_view name) override {
    auto found = projections_.find(name);
    if (found == projections_.end()) {
      const std::string text(name);
      found =
          projections_.emplace(text, Projection<T>(store_, std::vector<std::string>{text})).first;
    }
    return trainer::linear(x, found->second);
  }

  at::Tensor lm_transform(const at::Tensor& rows) override {
    return gelu_norm(linear(rows, "mask_lm_trans_fc"), lm_norm_);
  }
  at::Tensor lm_logits(const at::Tensor& rows) override {
    return trainer::linear(lm_transform(rows), table_);
  }
  at::Tensor lm_loss_sum(const at::Tensor& rows, std::span<const std::int32_t> targets,
                         double smoothing) override {
    return cross_entropy_sum(lm_transform(rows), table_, targets, smoothing);
  }
  void set_recompute(bool recompute) override { recompute_ = recompute; }
  std::int64_t activation_bytes() const override { return *workspace_.kept_bytes; }

 private:
  ModelConfig config_;
  ParameterStore& store_;
  EmbeddingWeights<T> embedding_;
  std::vector<LayerWeights<T>> layers_;
  Projection<T> table_;
  NormWeights lm_norm_;
  std::map<std::string, Projection<T>, std::less<>> projections_;
  LayerWorkspace<T> workspace_;
  bool recompute_ = false;
};

std::unique_ptr<ModelEngine> make_engine(const ModelConfig& config, ParameterStore& store,
                                         Precision precision, const DeviceConfig& device) {
  const std::string mistake = device_mistake(device, config, precision);
  if (!mistake.empty()) throw std::invalid_argument(mistake);
  if (device.kind == "cuda") {
    store.move_to(device_of(device));
    return make_cuda_engine(config, store, precision, device);
  }
  if (precision == Precision::kBf16) return std::make_unique<TypedEngine<Bf16>>(config, store);
  if (precision == Precision::kFp16) return std::make_unique<TypedEngine<Fp16>>(config, store);
  return std::make_unique<TypedEngine<float>>(config, store);
}

std::string ids_mistake(const std::vector<std::int32_t>& ids, std::int32_t limit,
                        std::string_view what) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= limit)
      return fmt::format("{} {} is {}: it must be below {}", what, i, ids[i], limit);
  }
  return {};
}

// Roles or turns: absent, or one for each text row, -1 where there is none.
std::string speakers_mistake(const std::vector<std::int32_t>& ids, std::size_t rows,
                             std::int32_t limit, std::string_view what) {
  if (ids.empty()) return {};
  if (ids.size() != rows) return fmt::format("{} {}s for {} text rows", ids.size(), what, rows);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < -1 || ids[i] >= limit)
      return fmt::format("{} {} is {}: the model has {} {}s", what, i, ids[i], limit, what);
  }
  return {};
}

}  // namespace

Precision choose_precision(std::string_view name, const DeviceConfig& device) {
  const bool fast = device.kind == "cuda" || has_fast_bf16();
  if (name == "bf16" || (name == "auto" && fast)) return Precision::kBf16;
  if (name == "fp16") return Precision::kFp16;
  return Precision::kFp32;
}

std::string_view precision_name(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return "bf16";
    case Precision::kFp16: return "fp16";
    case Precision::kFp32: break;
  }
  return "fp32";
}

std::string batch_mistake(const PackedBatch& b, const ModelConfig& c) {
  if (b.rows <= 0) return "the batch has no rows";
  if (b.token_ids.size() != b.text_rows.size() || b.position_ids.size() != b.text_rows.size()) {
    return fmt::format("{} token ids and {} positions for {} text rows", b.token_ids.size(),
                       b.position_ids.size(), b.text_rows.size());
  }
  const auto visual = b.image_rows.size();
  if (b.features.size() != visual * static_cast<std::size_t>(c.feature_size) ||
      b.boxes.size() != visual * 5) {
    return fmt::format("{} feature and {} box values for {} image rows of {} and 5",
                       b.features.size(), b.boxes.size(), visual, c.feature_size);
  }
  std::vector<char> seen(static_cast<std::size_t>(b.rows), 0);
  for (const std::vector<std::int32_t>* rows : {&b.text_rows, &b.image_rows}) {
    const std::string mistake = ids_mistake(*rows, b.rows, "row number");
    if (!mistake.empty()) return mistake;
    for (const std::int32_t row : *rows) {
      if (seen[static_cast<std::size_t>(row)]++ != 0)
        return fmt::format("row {} is filled twice", row);
    }
  }
  if (b.text_rows.size() + visual != seen.size()) {
    return fmt::format("{} of {} rows are filled", b.text_rows.size() + visual, b.rows);
  }
  std::string mistake = ids_mistake(b.token_ids, c.vocabulary, "token id");
  if (mistake.empty()) mistake = ids_mistake(b.position_ids, c.positions, "position");
  if (mistake.empty()) mistake = speakers_mistake(b.role_ids, b.token_ids.size(), c.roles, "role");
  if (mistake.empty()) mistake = speakers_mistake(b.turn_ids, b.token_ids.size(), c.turns, "turn");
  if (mistake.empty()) mistake = span_mistake(b.spans, b.rows);
  return mistake;
}

Unimo::Unimo(const ModelConfig& config, std::uint64_t seed, Precision precision,
             const std::vector<ParameterSpec>& extra, const DeviceConfig& device)
    : config_(config),
      precision_(precision),
      parameters_(model_parameters(config, extra), seed, config.init_deviation),
      engine_(make_engine(config_, parameters_, precision, device)) {}

Unimo::~Unimo() = default;

at::Tensor Unimo::encode(const PackedBatch& batch, const EncodeOptions& options) {
  const std::string mistake = batch_mistake(batch, config_);
  if (!mistake.empty()) throw std::invalid_argument("batch: " + mistake);
  if (!watcher_) return engine_->encode(batch, options, nullptr);
  std::vector<at::Tensor> states;
  const at::Tensor hidden = engine_->encode(batch, options, &states);
  watcher_("the embedding", states.front());
  for (std::size_t i = 1; i < states.size(); ++i)
    watcher_(fmt::format("the output of encoder_layer_{}", i - 1), states[i]);
  return hidden;
}

std::vector<at::Tensor> Unimo::encode_all_layers(const PackedBatch& batch) {
  const std::string mistake = batch_mistake(batch, config_);
  if (!mistake.empty()) throw std::invalid_argument("batch: " + mistake);
  std::vector<at::Tensor> states;
  engine_->encode(batch, {}, &states);
  return states;
}

void Unimo::set_recompute(bool recompute) { engine_->set_recompute(recompute); }
std::int64_t Unimo::planned_bytes(std::int64_t rows, bool recompute) const {
  return trainer::activation_bytes({.model = config_,
                                    .precision = precision_,
                                    .recompute = recompute,
                                    .on_gpu = device().is_cuda()},
                                   rows);
}
std::int64_t Unimo::activation_bytes() const { return engine_->activation_bytes(); }

at::Tensor Unimo::lm_logits(const at::Tensor& rows) { return engine_->lm_logits(rows); }

at::Tensor Unimo::lm_loss_sum(const at::Tensor& rows, std::span<const std::int32_t> targets,
                              double smoothing) {
  return engine_->lm_loss_sum(rows, targets, smoothing);
}

at::Tensor Unimo::region_features(const at::Tensor& rows) {
  return linear(rows, "region_feature_fc");
}
at::Tensor Unimo::region_classes(const at::Tensor& rows) { return linear(rows, "region_class_fc"); }
at::Tensor Unimo::pooled_text(const at::Tensor& rows) {
  return at::relu(linear(rows, "pooled_fc_text"));
}
at::Tensor Unimo::pooled_image(const at::Tensor& rows) {
  return at::relu(linear(rows, "pooled_fc_image"));
}

at::Tensor Unimo::match_score(const at::Tensor& p_text, const at::Tensor& p_image,
                              const EncodeOptions& options) {
  at::Tensor fused = at::mul(p_text, p_image);
  const DropoutKey key = site_key(options, kMatchSite, config_.attention_dropout);
  if (key.threshold != 0) fused = dropout(fused, config_.attention_dropout, options, kMatchSite);
  return linear(fused, "match_fc").squeeze(1);
}

at::Tensor Unimo::match_matrix(const at::Tensor& p_text, const at::Tensor& p_image) {
  // These products are the library's own and add to the gradients unseen.
  for (const char* name : {"match_fc.w_0", "match_fc.b_0"}) {
    parameters_.ledger().hold({parameters_.at(name).offset, 1});
  }
  return at::add(product_transposed(at::mul(p_text, weight("match_fc.w_0")), p_image),
                 weight("match_fc.b_0"));
}

at::Tensor Unimo::linear(const at::Tensor& x, std::string_view name) {
  return engine_->linear(x, name);
}

at::Tensor Unimo::dropout(const at::Tensor& x, double rate, const EncodeOptions& options,
                          std::uint32_t place) {
  const DropoutKey key = site_key(options, place, rate);
  if (key.threshold == 0) return x;
  const std::int64_t columns = x.size(-1);
  if (x.is_cuda())
    return at::mul(x, device_mask(key, x.numel() / columns, columns, x.device()).view(x.sizes()));
  at::Tensor mask = at::empty(x.sizes(), at::kFloat);
  for (std::int64_t i = 0; i < x.numel() / columns; ++i) {
    kernels().dropout_row(key, static_cast<std::uint32_t>(i), mask.data_ptr<float>() + i * columns,
                          columns);
  }
  return at::mul(x, mask);
}

}  // namespace unimo::trainer
