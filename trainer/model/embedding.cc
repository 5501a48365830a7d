#include "trainer/model/embedding.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/gather.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

namespace {
constexpr std::int64_t kBoxSize = 5;
}  // namespace

std::vector<ParameterSpec> embedding_parameters(const ModelConfig& c) {
  const std::int64_t h = c.hidden;
  const auto plain = [](const std::string& name, std::int64_t size, Init init) {
    return ParameterSpec{.name = name, .shape = {size}, .init = init, .decay = false};
  };
  std::vector<ParameterSpec> specs = {
      {.name = "word_embedding", .shape = {c.vocabulary, h}},
      {.name = "pos_embedding", .shape = {c.positions, h}},
      plain("pre_encoder_layer_norm_scale", h, Init::kOne),
      plain("pre_encoder_layer_norm_bias", h, Init::kZero),
      {.name = "image_emb.w_0", .shape = {h, c.feature_size}, .required = false},
      {.name = "image_emb.b_0",
       .shape = {h},
       .init = Init::kZero,
       .decay = false,
       .required = false},
      {.name = "image_loc.w_0", .shape = {h, kBoxSize}, .required = false},
      {.name = "image_loc.b_0",
       .shape = {h},
       .init = Init::kZero,
       .decay = false,
       .required = false},
      {.name = "v_pre_encoder_layer_norm_scale",
       .shape = {h},
       .init = Init::kOne,
       .decay = false,
       .required = false},
      {.name = "v_pre_encoder_layer_norm_bias",
       .shape = {h},
       .init = Init::kZero,
       .decay = false,
       .required = false}};
  // Checkpoints of pre-training have neither: they start at random where a conversation needs them.
  const auto table = [&](const char* name, std::int64_t rows) {
    if (rows > 0) specs.push_back({.name = name, .shape = {rows, h}, .required = false});
  };
  table(kRoleTable, c.roles);
  table(kTurnTable, c.turns);
  return specs;
}

template <class T>
EmbeddingWeights<T>::EmbeddingWeights(ParameterStore& s, const ModelConfig& /*config*/)
    : store(&s),
      words(&s.at("word_embedding")),
      positions(&s.at("pos_embedding")),
      roles(s.find(kRoleTable)),
      turns(s.find(kTurnTable)),
      feature(s, {"image_emb"}),
      box(s, {"image_loc"}),
      text_norm(s, "pre_encoder_layer_norm"),
      image_norm(s, "v_pre_encoder_layer_norm") {}

namespace {

using Rows = std::vector<std::int32_t>;

// Rows of one kind, text or image: their sums before the norm go in, their places in the batch come
// out.
template <class T>
struct NormedRows {
  Buffer<T> hat;
  Buffer<float> rstd;

  void forward(const float* sums, const Rows& rows, const NormWeights& norm, const DropoutKey& key,
               std::int64_t hidden, float* out) {
    const auto count = static_cast<std::int64_t>(rows.size());
    hat.reserve(count * hidden);
    rstd.reserve(count);
    for_row_blocks<T>(count, [&] {
      return [&, y = Buffer<float>(kRowBlock * hidden),
              mask = Buffer<float>(hidden)](const RowBlock& b) mutable {
        const std::int64_t at = b.begin * hidden;
        typed_kernels<T>().residual_norm(sums + at, nullptr, nullptr, DropoutKey{}, 0, norm.scale(),
                                         norm.bias(), y.data(), hat.data() + at,
                                         rstd.data() + b.begin, nullptr, b.count, hidden);
        for (std::int64_t i = 0; i < b.count; ++i) {
          float* to = out + rows[static_cast<std::size_t>(b.begin + i)] * hidden;
          kernels().dropout_row(key, static_cast<std::uint32_t>(b.begin + i), mask.data(), hidden);
          for (std::int64_t c = 0; c < hidden; ++c)
            to[c] = y.data()[i * hidden + c] * mask.data()[c];
        }
      };
    });
  }

  // The gradient of the sums, from that of the batch; those of the norm are added.
  void backward(const float* dy, const Rows& rows, const NormWeights& norm, const DropoutKey& key,
                std::int64_t hidden, bool add_weights, float* dsums) {
    const auto count = static_cast<std::int64_t>(rows.size());
    Buffer<float> partials(row_blocks(count) * 2 * hidden);
    for_row_blocks<T>(count, [&] {
      return [&, d = Buffer<float>(kRowBlock * hidden),
              mask = Buffer<float>(hidden)](const RowBlock& b) mutable {
        for (std::int64_t i = 0; i < b.count; ++i) {
          const float* from = dy + rows[static_cast<std::size_t>(b.begin + i)] * hidden;
          kernels().dropout_row(key, static_cast<std::uint32_t>(b.begin + i), mask.data(), hidden);
          for (std::int64_t c = 0; c < hidden; ++c)
            d.data()[i * hidden + c] = from[c] * mask.data()[c];
        }
        const std::int64_t at = b.begin * hidden;
        float* sums = partials.data() + b.index * 2 * hidden;
        typed_kernels<T>().norm_backward(d.data(), hat.data() + at, rstd.data() + b.begin,
                                         norm.scale(), norm.bias(), dsums + at, sums, sums + hidden,
                                         nullptr, b.count, hidden);
      };
    });
    if (!add_weights) return;
    add_partials(partials.data(), 2 * hidden, row_blocks(count), hidden, norm.scale_gradient());
    add_partials(partials.data() + hidden, 2 * hidden, row_blocks(count), hidden,
                 norm.bias_gradient());
  }
};

template <class T>
class EmbeddingCall : public Call {
 public:
  EmbeddingCall(EmbeddingWeights<T>& weights, const EmbeddingInput& input)
      : weights_(weights),
        batch_(input.batch),
        text_key_(input.text_dropout),
        image_key_(input.image_dropout),
        has_text_delta_(input.text_delta.defined()),
        has_feature_delta_(input.feature_delta.defined()),
        version_(weights.store->version()) {
    std::vector<GradientRange> ranges;
    const auto add = [&ranges](const std::vector<GradientRange>& more) {
      ranges.insert(ranges.end(), more.begin(), more.end());
    };
    if (!batch_->text_rows.empty()) {
      add({{weights.words->offset, 1}, {weights.positions->offset, 1}});
      add(weights.text_norm.ranges());
      if (weights.roles != nullptr) add({{weights.roles->offset, 1}});
      if (weights.turns != nullptr) add({{weights.turns->offset, 1}});
    }
    if (!batch_->image_rows.empty()) {
      add(weights.feature.ranges());
      add(weights.box.ranges());
      add(weights.image_norm.ranges());
    }
    anchor = 0;
    use = weights.store->gradient_use(std::move(ranges));
  }

  // Inputs: the anchor, then the deltas that exist.
  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    at::Tensor out = at::empty({batch_->rows, hidden()}, at::kFloat);
    if (!batch_->text_rows.empty()) {
      forward_text(has_text_delta_ ? inputs[1].const_data_ptr<float>() : nullptr,
                   out.data_ptr<float>());
    }
    if (!batch_->image_rows.empty()) {
      forward_image(has_feature_delta_ ? inputs.back().const_data_ptr<float>() : nullptr,
                    out.data_ptr<float>());
    }
    return out;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& /*inputs*/,
                                   const std::vector<bool>& needed) override {
    UNIMO_CHECK(version_ == weights_.store->version(),
                "the weights changed between forward and backward pass");
    std::vector<at::Tensor> gradients = {at::Tensor()};
    at::Tensor dtext =
        at::zeros({static_cast<std::int64_t>(batch_->text_rows.size()), hidden()}, at::kFloat);
    if (!batch_->text_rows.empty()) backward_text(dy.const_data_ptr<float>(), needed[0], dtext);
    if (has_text_delta_) gradients.push_back(dtext);
    at::Tensor dfeatures;
    if (!batch_->image_rows.empty()) {
      dfeatures = backward_image(dy.const_data_ptr<float>(), needed[0],
                                 has_feature_delta_ && needed.back());
    }
    if (has_feature_delta_) gradients.push_back(dfeatures);
    return gradients;
  }

 private:
  std::int64_t hidden() const { return weights_.feature.out(); }
  std::int64_t feature_size() const { return weights_.feature.in(); }
  std::int64_t feature_ld() const {
    return round_up(feature_size(), 2);
  }  // products need an even depth

  // table[ids[at]], where the row has a number.
  void add_row(const Parameter* table, const Rows& ids, std::size_t at, float* sum) const {
    if (ids.empty() || ids[at] < 0) return;
    kernels().add(weights_.store->values().data() + table->offset + ids[at] * hidden(), sum,
                  hidden());
  }

  // The gradients of the rows that have a number, in their order.
  void add_row_gradients(const Parameter* table, const Rows& ids, const float* d) const {
    float* gradients = weights_.store->gradients().data();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] < 0) continue;
      kernels().add(d + static_cast<std::int64_t>(i) * hidden(),
                    gradients + table->offset + ids[i] * hidden(), hidden());
    }
  }

  void forward_text(const float* delta, float* out) {
    const auto count = static_cast<std::int64_t>(batch_->text_rows.size());
    const float* words = weights_.store->values().data() + weights_.words->offset;
    const float* positions = weights_.store->values().data() + weights_.positions->offset;
    Buffer<float> sums(count * hidden());
    at::parallel_for(0, count, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const float* word = words + batch_->token_ids[at] * hidden();
        const float* position = positions + batch_->position_ids[at] * hidden();
        float* sum = sums.data() + i * hidden();
        for (std::int64_t c = 0; c < hidden(); ++c) sum[c] = word[c] + position[c];
        add_row(weights_.roles, batch_->role_ids, at, sum);
        add_row(weights_.turns, batch_->turn_ids, at, sum);
        if (delta != nullptr) kernels().add(delta + i * hidden(), sum, hidden());
      }
    });
    text_.forward(sums.data(), batch_->text_rows, weights_.text_norm, text_key_, hidden(), out);
  }

  void backward_text(const float* dy, bool add_weights, at::Tensor& dtext) {
    float* d = dtext.data_ptr<float>();
    text_.backward(dy, batch_->text_rows, weights_.text_norm, text_key_, hidden(), add_weights, d);
    if (!add_weights) return;
    float* gradients = weights_.store->gradients().data();
    scatter_rows(d, batch_->token_ids, hidden(), gradients + weights_.words->offset);
    scatter_rows(d, batch_->position_ids, hidden(), gradients + weights_.positions->offset);
    add_row_gradients(weights_.roles, batch_->role_ids, d);
    add_row_gradients(weights_.turns, batch_->turn_ids, d);
  }

  void forward_image(const float* delta, float* out) {
    weights_.feature.refresh();
    const auto count = static_cast<std::int64_t>(batch_->image_rows.size());
    features_.reserve(padded_rows(count) * feature_ld());
    Buffer<float> sums(padded_rows(count) * hidden());
    for_row_blocks<T>(count, [&] {
      return [&, row = Buffer<float>(feature_ld()),
              product = Buffer<float>(product_size(weights_.feature.forward()))](
                 const RowBlock& b) mutable {
        for (std::int64_t i = b.begin; i < b.begin + b.count; ++i) {
          const float* from = batch_->features.data() + i * feature_size();
          std::copy(from, from + feature_size(), row.data());
          std::fill(row.data() + feature_size(), row.data() + feature_ld(), 0.0F);
          if (delta != nullptr)
            kernels().add(delta + i * feature_size(), row.data(), feature_size());
          typed_kernels<T>().from_float(row.data(), features_.data() + i * feature_ld(),
                                        feature_ld());
        }
        multiply_block(features_.data() + b.begin * feature_ld(), feature_ld(),
                       weights_.feature.forward(), product.data(), b.count);
        for (std::int64_t i = 0; i < b.count; ++i) {
          float* sum = product.data() + i * hidden();
          kernels().add(weights_.feature.bias(), sum, hidden());
          add_box(batch_->boxes.data() + (b.begin + i) * kBoxSize, sum);
          std::copy(sum, sum + hidden(), sums.data() + (b.begin + i) * hidden());
        }
      };
    });
    image_.forward(sums.data(), batch_->image_rows, weights_.image_norm, image_key_, hidden(), out);
  }

  void add_box(const float* box, float* sum) const {
    const float* w = weights_.box.weight();
    const float* bias = weights_.box.bias();
    for (std::int64_t c = 0; c < hidden(); ++c) {
      float value = bias[c];
      for (std::int64_t k = 0; k < kBoxSize; ++k) value += w[c * kBoxSize + k] * box[k];
      sum[c] += value;
    }
  }

  at::Tensor backward_image(const float* dy, bool add_weights, bool want_features) {
    const auto count = static_cast<std::int64_t>(batch_->image_rows.size());
    Buffer<float> d(padded_rows(count) * hidden());
    image_.backward(dy, batch_->image_rows, weights_.image_norm, image_key_, hidden(), add_weights,
                    d.data());
    Buffer<T> low(padded_rows(count) * hidden());
    typed_kernels<T>().from_float(d.data(), low.data(), count * hidden());
    if (add_weights) add_image_gradients(d.data(), low.data(), count);
    if (!want_features) return {};
    at::Tensor dfeatures = at::empty({count, feature_size()}, at::kFloat);
    for_row_blocks<T>(count, [&] {
      return [&, product = Buffer<float>(product_size(weights_.feature.backward()))](
                 const RowBlock& b) mutable {
        multiply_block(low.data() + b.begin * hidden(), hidden(), weights_.feature.backward(),
                       product.data(), b.count);
        std::copy(product.data(), product.data() + b.count * feature_size(),
                  dfeatures.data_ptr<float>() + b.begin * feature_size());
      };
    });
    return dfeatures;
  }

  void add_image_gradients(const float* d, const T* low, std::int64_t count) const {
    add_weight_gradient(low, hidden(), features_.data(), feature_ld(), count, hidden(),
                        feature_size(), weights_.feature.weight_gradient());
    float* box = weights_.box.weight_gradient();
    float* box_bias = weights_.box.bias_gradient();
    for (std::int64_t i = 0; i < count; ++i) {
      kernels().add(d + i * hidden(), weights_.feature.bias_gradient(), hidden());
      kernels().add(d + i * hidden(), box_bias, hidden());
      for (std::int64_t c = 0; c < hidden(); ++c) {
        for (std::int64_t k = 0; k < kBoxSize; ++k) {
          box[c * kBoxSize + k] +=
              d[i * hidden() + c] * batch_->boxes[static_cast<std::size_t>(i * kBoxSize + k)];
        }
      }
    }
  }

  EmbeddingWeights<T>& weights_;
  std::shared_ptr<const PackedBatch> batch_;
  DropoutKey text_key_, image_key_;
  bool has_text_delta_, has_feature_delta_;
  std::uint64_t version_;
  NormedRows<T> text_, image_;
  Buffer<T> features_;  // as they were multiplied, deltas included
};

}  // namespace

template <class T>
at::Tensor embed_rows(EmbeddingWeights<T>& weights, const EmbeddingInput& input) {
  std::vector<at::Tensor> inputs = {weights.words->value};
  if (input.text_delta.defined()) inputs.push_back(input.text_delta);
  if (input.feature_delta.defined()) inputs.push_back(input.feature_delta);
  return run_call(inputs, c10::make_intrusive<EmbeddingCall<T>>(weights, input));
}

template struct EmbeddingWeights<float>;
template struct EmbeddingWeights<Bf16>;
template struct EmbeddingWeights<Fp16>;
template at::Tensor embed_rows(EmbeddingWeights<float>&, const EmbeddingInput&);
template at::Tensor embed_rows(EmbeddingWeights<Bf16>&, const EmbeddingInput&);
template at::Tensor embed_rows(EmbeddingWeights<Fp16>&, const EmbeddingInput&);

}  // namespace unimo::trainer
