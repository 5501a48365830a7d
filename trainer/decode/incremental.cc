#include "trainer/decode/incremental.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

constexpr std::int64_t kFirstPosition = 2;
constexpr double kNormEps = 1e-5;

std::string layer_name(int number, std::string_view rest) {
  return fmt::format("encoder_layer_{}_{}", number, rest);
}

at::Tensor norm(const Unimo& model, const at::Tensor& x, const std::string& name) {
  return at::layer_norm(x, {x.size(1)}, model.weight(name + "_scale"), model.weight(name + "_bias"),
                        kNormEps);
}

at::Tensor index_of(const std::vector<std::int64_t>& numbers, const Unimo& model) {
  return at::tensor(numbers, at::kLong).to(model.device());
}

// Rows of spans of different lengths, [rows, ...] -> [spans, longest, ...], zeros behind the
// shorter ones.
at::Tensor pad_spans(const at::Tensor& x, std::span<const AttentionSpan> spans,
                     std::int64_t longest) {
  at::Tensor padded = at::zeros(
      {static_cast<std::int64_t>(spans.size()), longest, x.size(1), x.size(2)}, x.options());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::int64_t length = spans[i].end - spans[i].begin;
    padded.select(0, static_cast<std::int64_t>(i))
        .narrow(0, 0, length)
        .copy_(x.narrow(0, spans[i].begin, length));
  }
  return padded;
}

}  // namespace

IncrementalDecoder::IncrementalDecoder(Unimo& model) : model_(model) {}

at::Tensor IncrementalDecoder::heads_of(const at::Tensor& x) const {
  const std::int64_t heads = model_.config().heads;
  return x.view({x.size(0), heads, x.size(1) / heads});
}

void IncrementalDecoder::start(const PackedBatch& sources) {
  const at::NoGradGuard no_gradients;
  layers_.clear();
  kept_.clear();
  steps_ = 0;
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < sources.spans.size(); ++i) {
    longest = std::max<std::int64_t>(longest, sources.spans[i].end - sources.spans[i].begin);
    kept_.push_back(static_cast<int>(i));
  }
  source_bias_ = at::zeros({static_cast<std::int64_t>(kept_.size()), 1, 1, longest},
                           at::TensorOptions().dtype(at::kFloat).device(model_.device()));
  for (std::size_t i = 0; i < sources.spans.size(); ++i) {
    const std::int64_t length = sources.spans[i].end - sources.spans[i].begin;
    source_bias_.select(0, static_cast<std::int64_t>(i))
        .narrow(2, length, longest - length)
        .fill_(-std::numeric_limits<float>::infinity());
  }
  const std::vector<at::Tensor> states = model_.encode_all_layers(sources);
  for (int number = 0; number < model_.config().layers; ++number) {
    const at::Tensor& x = states[static_cast<std::size_t>(number)];
    const auto cache = [&](std::string_view name) {
      const at::Tensor rows = heads_of(model_.linear(x, layer_name(number, name)).to(at::kFloat));
      return pad_spans(rows, sources.spans, longest).transpose(1, 2).contiguous();
    };
    layers_.push_back({.source_keys = cache("multi_head_att_key_fc"),
                       .source_values = cache("multi_head_att_value_fc")});
  }
}

at::Tensor IncrementalDecoder::embed(std::span<const DecodeRow> rows) {
  std::vector<std::int64_t> ids;
  for (const DecodeRow& row : rows) ids.push_back(row.token);
  const at::Tensor words =
      at::embedding(model_.weight("word_embedding"), trainer::index_of(ids, model_));
  const at::Tensor place = model_.weight("pos_embedding").select(0, kFirstPosition + steps_);
  return trainer::norm(model_, words + place, "pre_encoder_layer_norm");
}

void IncrementalDecoder::keep_sources(const std::vector<std::int64_t>& kept) {
  if (kept.size() == kept_.size()) return;
  const at::Tensor index = trainer::index_of(kept, model_);
  for (Layer& layer : layers_) {
    layer.source_keys = layer.source_keys.index_select(0, index);
    layer.source_values = layer.source_values.index_select(0, index);
  }
  source_bias_ = source_bias_.index_select(0, index);
  std::vector<int> numbers;
  for (const std::int64_t place : kept) numbers.push_back(kept_[static_cast<std::size_t>(place)]);
  kept_ = std::move(numbers);
}

IncrementalDecoder::Grid IncrementalDecoder::arrange(std::span<const DecodeRow> rows) {
  std::vector<std::int64_t> kept, place_of_row, column_of_row;
  std::int64_t width = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || rows[i].source != rows[i - 1].source) {
      const auto found = std::find(kept_.begin(), kept_.end(), rows[i].source);
      UNIMO_CHECK(found != kept_.end(), "source {} was dropped or never given", rows[i].source);
      kept.push_back(found - kept_.begin());
      column_of_row.push_back(0);
    } else {
      column_of_row.push_back(column_of_row.back() + 1);
    }
    place_of_row.push_back(static_cast<std::int64_t>(kept.size()) - 1);
    width = std::max(width, column_of_row.back() + 1);
  }
  keep_sources(kept);
  std::vector<std::int64_t> slots;
  for (std::size_t i = 0; i < rows.size(); ++i)
    slots.push_back(place_of_row[i] * width + column_of_row[i]);
  return {static_cast<std::int64_t>(kept.size()), width, trainer::index_of(slots, model_)};
}

// Attention of each row over its source and its own tokens. Sources are multiplied as a grid, so
// that the rows of one source read its keys once. -> [rows, hidden]
at::Tensor IncrementalDecoder::attend(Layer& layer, const Grid& grid, const at::Tensor& queries) {
  const std::int64_t n = queries.size(0), heads = queries.size(1), size = queries.size(2);
  const auto to_grid = [&](const at::Tensor&
                               rows) {  // [rows, heads, k] -> [sources, heads, width, k]
    at::Tensor flat = at::zeros({grid.sources * grid.width, heads, rows.size(2)}, rows.options());
    flat.index_copy_(0, grid.slot, rows);
    return flat.view({grid.sources, grid.width, heads, rows.size(2)}).transpose(1, 2);
  };
  const auto from_grid = [&](const at::Tensor& x) {
    return x.transpose(1, 2)
        .reshape({grid.sources * grid.width, heads, x.size(3)})
        .index_select(0, grid.slot);
  };
  const at::Tensor source_scores = at::matmul(to_grid(queries), layer.source_keys.transpose(2, 3)) +
                                   source_bias_;  // [sources, heads, width, longest]
  const at::Tensor text_scores =
      at::matmul(queries.unsqueeze(2), layer.text_keys.transpose(2, 3)).squeeze(2);
  const at::Tensor scores = at::cat({from_grid(source_scores), text_scores}, 2);
  const at::Tensor weights = at::softmax(scores, 2);
  const std::int64_t longest = layer.source_keys.size(2);
  const at::Tensor from_source =
      from_grid(at::matmul(to_grid(weights.narrow(2, 0, longest)), layer.source_values));
  const at::Tensor own = weights.narrow(2, longest, weights.size(2) - longest).unsqueeze(2);
  const at::Tensor from_text = at::matmul(own, layer.text_values).squeeze(2);
  return (from_source + from_text).reshape({n, heads * size});
}

at::Tensor IncrementalDecoder::run_layer(int number, const Grid& grid, const at::Tensor& parents,
                                         const at::Tensor& x) {
  Layer& layer = layers_[static_cast<std::size_t>(number)];
  const auto project = [&](std::string_view name) {
    return model_.linear(x, layer_name(number, name)).to(at::kFloat);
  };
  const auto extend = [&](at::Tensor& cache, const at::Tensor& rows) {
    const at::Tensor newest = heads_of(rows).unsqueeze(2);
    cache = steps_ == 0 ? newest : at::cat({cache.index_select(0, parents), newest}, 2);
  };
  extend(layer.text_keys, project("multi_head_att_key_fc"));
  extend(layer.text_values, project("multi_head_att_value_fc"));
  const at::Tensor queries = heads_of(project("multi_head_att_query_fc"));
  const at::Tensor context =
      attend(layer, grid, queries / std::sqrt(static_cast<double>(queries.size(2))));
  const at::Tensor attended =
      model_.linear(context, layer_name(number, "multi_head_att_output_fc")).to(at::kFloat);
  const at::Tensor middle =
      trainer::norm(model_, x + attended, layer_name(number, "post_att_layer_norm"));
  const at::Tensor inner =
      at::gelu(model_.linear(middle, layer_name(number, "ffn_fc_0")).to(at::kFloat));
  const at::Tensor outer = model_.linear(inner, layer_name(number, "ffn_fc_1")).to(at::kFloat);
  return trainer::norm(model_, middle + outer, layer_name(number, "post_ffn_layer_norm"));
}

at::Tensor IncrementalDecoder::step(std::span<const DecodeRow> rows) {
  const at::NoGradGuard no_gradients;
  std::vector<std::int64_t> parents;
  for (const DecodeRow& row : rows) parents.push_back(row.parent);
  const at::Tensor parent_index = trainer::index_of(parents, model_);
  const Grid grid = arrange(rows);
  at::Tensor x = embed(rows);
  for (int number = 0; number < model_.config().layers; ++number)
    x = run_layer(number, grid, parent_index, x);
  ++steps_;
  return at::log_softmax(model_.lm_logits(x).to(at::kFloat), 1).cpu().contiguous();
}

}  // namespace unimo::trainer
