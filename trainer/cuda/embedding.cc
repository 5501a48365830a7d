#include "trainer/cuda/embedding.h"

#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/model/call.h"

namespace unimo::trainer {

DeviceTable::DeviceTable(const ParameterStore& store, const std::string& name) {
  const Parameter* found = store.find(name);
  if (found == nullptr) return;
  offset = found->offset;
  rows = found->spec.shape[0];
}

DeviceEmbeddingWeights::DeviceEmbeddingWeights(const ParameterStore& s)
    : words(s, "word_embedding"),
      positions(s, "pos_embedding"),
      roles(s, kRoleTable),
      turns(s, kTurnTable),
      feature(s, std::vector<std::string>{"image_emb"}),
      box(s, std::vector<std::string>{"image_loc"}),
      text_norm(s, "pre_encoder_layer_norm"),
      image_norm(s, "v_pre_encoder_layer_norm"),
      anchor(&s.at("word_embedding").value) {}

namespace {

constexpr std::int64_t kBoxSize = 5;

// A copy on the current device that does not make the host wait.
at::Tensor sent(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  const at::Tensor pinned =
      at::empty({rows, columns}, at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  std::copy(values.begin(), values.end(), pinned.data_ptr<float>());
  return pinned.to(at::kCUDA, /*non_blocking=*/true);
}

}  // namespace

EmbeddingTables::EmbeddingTables(const PackedBatch& batch, const DeviceEmbeddingWeights& weights,
                                 bool training, DeviceTables& tables)
    : rows(batch.rows),
      texts(static_cast<std::int64_t>(batch.text_rows.size())),
      images(static_cast<std::int64_t>(batch.image_rows.size())),
      text_rows(tables.add(batch.text_rows)),
      tokens(tables.add(batch.token_ids)),
      places(tables.add(batch.position_ids)),
      image_rows(tables.add(batch.image_rows)),
      role_ids(tables.add(batch.role_ids)),
      turn_ids(tables.add(batch.turn_ids)),
      has_roles(!batch.role_ids.empty()),
      has_turns(!batch.turn_ids.empty()) {
  if (training) {
    const auto plan = [&tables](const std::vector<std::int32_t>& ids, const DeviceTable& table) {
      return DeviceSegments(plan_segments(ids, static_cast<std::int32_t>(table.rows)), tables);
    };
    words = plan(batch.token_ids, weights.words);
    positions = plan(batch.position_ids, weights.positions);
    roles = plan(batch.role_ids, weights.roles);
    turns = plan(batch.turn_ids, weights.turns);
  }
  if (images == 0) return;
  features = sent(batch.features, images, weights.feature.in);
  boxes = sent(batch.boxes, images, kBoxSize);
}

namespace {

// What the norm of the text or image rows keeps.
struct KeptNorm {
  at::Tensor hat, rstd;
};

template <class T>
class DeviceEmbeddingCall : public Call {
 public:
  DeviceEmbeddingCall(const DeviceEmbeddingWeights& weights, const DeviceStore<T>& store,
                      DeviceGemm& gemm, std::shared_ptr<const DeviceTables> tables,
                      std::shared_ptr<const EmbeddingTables> batch, const EmbeddingInput& input)
      : w_(weights),
        store_(store),
        gemm_(gemm),
        tables_(std::move(tables)),
        b_(std::move(batch)),
        text_key_(input.text_dropout),
        image_key_(input.image_dropout),
        has_text_delta_(input.text_delta.defined()),
        has_feature_delta_(input.feature_delta.defined()),
        version_(store_.version()) {
    anchor = 0;
    use = store_.use(ranges());
  }

  // Inputs: the anchor, then the deltas that exist.
  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    at::Tensor out = device_empty<T>({b_->rows, hidden()});
    if (b_->texts > 0) {
      norm_rows(text_source(has_text_delta_ ? pointer<float>(inputs[1]) : nullptr), b_->text_rows,
                b_->texts, w_.text_norm, text_key_, text_, out);
    }
    if (b_->images > 0) forward_image(has_feature_delta_ ? inputs.back() : at::Tensor(), out);
    return out;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& /*inputs*/,
                                   const std::vector<bool>& needed) override {
    UNIMO_CHECK(version_ == store_.version(),
                "the weights changed between forward and backward pass");
    std::vector<at::Tensor> gradients = {at::Tensor()};
    const at::Tensor dtext = device_empty<float>({b_->texts, hidden()});
    if (b_->texts > 0) {
      const at::Tensor partials =
          norm_backward(dy, b_->text_rows, b_->texts, w_.text_norm, text_key_, text_, dtext);
      if (needed[0]) add_text_gradients(dtext, partials);
    }
    if (has_text_delta_) gradients.push_back(dtext);
    at::Tensor dfeatures;
    if (b_->images > 0)
      dfeatures = backward_image(dy, needed[0], has_feature_delta_ && needed.back());
    if (has_feature_delta_) gradients.push_back(dfeatures);
    return gradients;
  }

 private:
  std::int64_t hidden() const { return w_.feature.out; }
  LinearSizes feature_sizes() const {
    return {.rows = b_->images, .in = w_.feature.in, .out = hidden(), .out_ld = hidden()};
  }

  std::vector<GradientRange> ranges() const {
    std::vector<GradientRange> all;
    const auto add = [&all](const std::vector<GradientRange>& more) {
      all.insert(all.end(), more.begin(), more.end());
    };
    if (b_->texts > 0) {
      add(w_.text_norm.ranges());
      for (const DeviceTable* table : {&w_.words, &w_.positions, &w_.roles, &w_.turns}) {
        if (table->rows > 0) add({{table->offset, 1}});
      }
    }
    if (b_->images > 0) {
      for (const auto& more : {w_.feature.ranges(), w_.box.ranges(), w_.image_norm.ranges()})
        add(more);
    }
    return all;
  }

  EmbeddingSource text_source(const float* delta) const {
    EmbeddingSource source{.words = store_.value(w_.words.offset),
                           .positions = store_.value(w_.positions.offset),
                           .tokens = tables_->at(b_->tokens),
                           .places = tables_->at(b_->places),
                           .delta = delta};
    if (b_->has_roles) {
      source.roles = store_.value(w_.roles.offset);
      source.role_ids = tables_->at(b_->role_ids);
    }
    if (b_->has_turns) {
      source.turns = store_.value(w_.turns.offset);
      source.turn_ids = tables_->at(b_->turn_ids);
    }
    return source;
  }

  void norm_rows(const EmbeddingSource& source, std::size_t rows, std::int64_t count,
                 const DeviceNorm& norm, const DropoutKey& key, KeptNorm& kept,
                 const at::Tensor& out) const {
    kept.hat = device_empty<T>({count, hidden()});
    kept.rstd = device_empty<float>({count});
    device_embedding_norm<T>({.source = source,
                              .rows = tables_->at(rows),
                              .key = key,
                              .gamma = store_.value(norm.scale),
                              .beta = store_.value(norm.offset),
                              .out = pointer<T>(out),
                              .hat = pointer<T>(kept.hat),
                              .rstd = pointer<float>(kept.rstd),
                              .count = count,
                              .columns = hidden()},
                             current_stream());
  }

  // Fills dsource; returns the blocks' sums for the norm and for the source.
  at::Tensor norm_backward(const at::Tensor& dy, std::size_t rows, std::int64_t count,
                           const DeviceNorm& norm, const DropoutKey& key, const KeptNorm& kept,
                           const at::Tensor& dsource) const {
    at::Tensor partials = device_empty<float>({partial_blocks(count), 3, hidden()});
    device_embedding_norm_backward<T>({.dy = pointer<T>(dy),
                                       .rows = tables_->at(rows),
                                       .hat = pointer<T>(kept.hat),
                                       .rstd = pointer<float>(kept.rstd),
                                       .key = key,
                                       .gamma = store_.value(norm.scale),
                                       .dsource = pointer<float>(dsource),
                                       .partials = pointer<float>(partials),
                                       .count = count,
                                       .columns = hidden()},
                                      current_stream());
    return partials;
  }

  // `which`: 0 the norm's scale, 1 its offset, 2 the source.
  void add_partials(const at::Tensor& partials, std::int64_t which, std::int64_t parameter) const {
    device_add_partials(pointer<float>(partials) + which * hidden(), 3 * hidden(), partials.size(0),
                        hidden(), store_.gradient(parameter), current_stream());
  }

  void add_text_gradients(const at::Tensor& dtext, const at::Tensor& partials) const {
    add_partials(partials, 0, w_.text_norm.scale);
    add_partials(partials, 1, w_.text_norm.offset);
    add_table_gradient(dtext, b_->words, w_.words.offset);
    add_table_gradient(dtext, b_->positions, w_.positions.offset);
    if (b_->has_roles) add_table_gradient(dtext, b_->roles, w_.roles.offset);
    if (b_->has_turns) add_table_gradient(dtext, b_->turns, w_.turns.offset);
  }

  void add_table_gradient(const at::Tensor& d, const DeviceSegments& segments,
                          std::int64_t table) const {
    const SegmentPieces pieces = segments.pieces(*tables_);
    const at::Tensor sums = device_empty<float>({pieces.piece_count, hidden()});
    device_segment_sums(pointer<float>(d), hidden(), pieces, hidden(), pointer<float>(sums),
                        current_stream());
    device_segment_store(pointer<float>(sums), pieces, hidden(), store_.gradient(table), hidden(),
                         /*add=*/true, current_stream());
  }

  void forward_image(const at::Tensor& delta, const at::Tensor& out) {
    const at::Tensor summed = delta.defined() ? at::add(b_->features, delta) : b_->features;
    features_ = summed.to(scalar_type<T>());
    const at::Tensor projected = device_empty<float>({b_->images, hidden()});
    gemm_.forward<T, float>(feature_sizes(), pointer<T>(features_), store_.low(w_.feature.weight),
                            nullptr, pointer<float>(projected));
    const EmbeddingSource source{.projected = pointer<float>(projected),
                                 .feature_bias = store_.value(w_.feature.bias),
                                 .boxes = pointer<float>(b_->boxes),
                                 .box_weight = store_.value(w_.box.weight),
                                 .box_bias = store_.value(w_.box.bias)};
    norm_rows(source, b_->image_rows, b_->images, w_.image_norm, image_key_, image_, out);
  }

  at::Tensor backward_image(const at::Tensor& dy, bool add_weights, bool want_features) const {
    const at::Tensor d = device_empty<float>({b_->images, hidden()});
    const at::Tensor partials =
        norm_backward(dy, b_->image_rows, b_->images, w_.image_norm, image_key_, image_, d);
    const at::Tensor low = d.to(scalar_type<T>());
    if (add_weights) add_image_gradients(d, low, partials);
    if (!want_features) return {};
    at::Tensor dfeatures = device_empty<float>({b_->images, w_.feature.in});
    gemm_.input_gradient<T, float>(feature_sizes(), pointer<T>(low), store_.low(w_.feature.weight),
                                   nullptr, pointer<float>(dfeatures));
    return dfeatures;
  }

  void add_image_gradients(const at::Tensor& d, const at::Tensor& low,
                           const at::Tensor& partials) const {
    add_partials(partials, 0, w_.image_norm.scale);
    add_partials(partials, 1, w_.image_norm.offset);
    add_partials(partials, 2, w_.feature.bias);
    add_partials(partials, 2, w_.box.bias);
    gemm_.weight_gradient<T>(feature_sizes(), pointer<T>(low), pointer<T>(features_),
                             store_.gradient(w_.feature.weight));
    const at::Tensor boxes = device_empty<float>({partial_blocks(b_->images), hidden() * kBoxSize});
    device_add_box_gradient(pointer<float>(d), pointer<float>(b_->boxes), b_->images, hidden(),
                            pointer<float>(boxes), store_.gradient(w_.box.weight),
                            current_stream());
  }

  const DeviceEmbeddingWeights& w_;
  DeviceStore<T> store_;
  DeviceGemm& gemm_;
  std::shared_ptr<const DeviceTables> tables_;
  std::shared_ptr<const EmbeddingTables> b_;
  DropoutKey text_key_, image_key_;
  bool has_text_delta_, has_feature_delta_;
  std::uint64_t version_;
  KeptNorm text_, image_;
  at::Tensor features_;  // as they were multiplied, deltas included
};

}  // namespace

template <class T>
at::Tensor device_embed_rows(const DeviceEmbeddingWeights& weights, const DeviceStore<T>& store,
                             DeviceGemm& gemm, std::shared_ptr<const DeviceTables> tables,
                             std::shared_ptr<const EmbeddingTables> batch,
                             const EmbeddingInput& input) {
  std::vector<at::Tensor> inputs = {*weights.anchor};
  if (input.text_delta.defined()) inputs.push_back(input.text_delta);
  if (input.feature_delta.defined()) inputs.push_back(input.feature_delta);
  return run_call(inputs, c10::make_intrusive<DeviceEmbeddingCall<T>>(
                              weights, store, gemm, std::move(tables), std::move(batch), input));
}

template at::Tensor device_embed_rows(const DeviceEmbeddingWeights&, const DeviceStore<float>&,
                                      DeviceGemm&, std::shared_ptr<const DeviceTables>,
                                      std::shared_ptr<const EmbeddingTables>,
                                      const EmbeddingInput&);
template at::Tensor device_embed_rows(const DeviceEmbeddingWeights&, const DeviceStore<Bf16>&,
                                      DeviceGemm&, std::shared_ptr<const DeviceTables>,
                                      std::shared_ptr<const EmbeddingTables>,
                                      const EmbeddingInput&);
template at::Tensor device_embed_rows(const DeviceEmbeddingWeights&, const DeviceStore<Fp16>&,
                                      DeviceGemm&, std::shared_ptr<const DeviceTables>,
                                      std::shared_ptr<const EmbeddingTables>,
                                      const EmbeddingInput&);

}  // namespace unimo::trainer
