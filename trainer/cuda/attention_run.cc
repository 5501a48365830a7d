#include "trainer/cuda/attention_run.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <tuple>
#include <type_traits>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/device_store.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

namespace {

// One number for everything that tells this attention from others.
std::uint64_t flash_seed(const DropoutKey& key, std::uint64_t call) {
  const std::uint64_t random =
      static_cast<std::uint64_t>(key.key[1]) << 32 | static_cast<std::uint64_t>(key.key[0]);
  const std::uint64_t place =
      static_cast<std::uint64_t>(key.pass) << 32 | static_cast<std::uint64_t>(key.site);
  return mix64(mix64(random) ^ mix64(place * 2 + call));
}

}  // namespace

template <class T>
AttentionRun<T>::AttentionRun(const PackedBatch& batch, const DeviceAttentionShape& shape,
                              AttentionBackend backend, DeviceTables& tables)
    : shape_(shape), backend_(backend), tables_(&tables), rows_(batch.rows) {
  if (backend == AttentionBackend::kOwn) {
    plan_own(batch.spans);
  } else {
    plan_calls(batch.spans);
  }
}

template <class T>
void AttentionRun<T>::plan_own(const std::vector<AttentionSpan>& spans) {
  const TilePlan plan = plan_tiles(spans);
  spans_ = tables_->add_records(plan.spans);
  query_tiles_ = tables_->add_records(plan.query_tiles);
  key_tiles_ = tables_->add_records(plan.key_tiles);
  viewers_ = tables_->add(plan.viewers);
  query_tile_count_ = static_cast<std::int64_t>(plan.query_tiles.size());
  key_tile_count_ = static_cast<std::int64_t>(plan.key_tiles.size());
}

template <class T>
void AttentionRun<T>::plan_calls(const std::vector<AttentionSpan>& spans) {
  const FlashPlan plan = plan_flash(spans, static_cast<std::int32_t>(rows_));
  whole_ = plan.whole;
  for (const FlashCall& call : plan.calls) {
    calls_.push_back({.causal = call.causal,
                      .queries = static_cast<std::int64_t>(call.query_rows.size()),
                      .keys = static_cast<std::int64_t>(call.key_rows.size()),
                      .longest_query = call.longest_query,
                      .longest_key = call.longest_key,
                      .query_rows = whole_ ? 0 : tables_->add(call.query_rows),
                      .key_rows = whole_ ? 0 : tables_->add(call.key_rows),
                      .query_begins = tables_->add(call.query_begins),
                      .key_begins = tables_->add(call.key_begins),
                      .begins = call.query_begins.size()});
  }
  if (whole_) return;
  place_of_ = tables_->add(plan.place_of);
  keys_ = DeviceSegments(plan.keys, *tables_);
}

template <class T>
AttentionWork<T> AttentionRun<T>::own_work(const at::Tensor& qkv, const DropoutKey& key) const {
  return {.tables = {.spans = tables_->records_at<SpanColumns>(spans_),
                     .query_tiles = tables_->records_at<QueryTile>(query_tiles_),
                     .key_tiles = tables_->records_at<KeyTile>(key_tiles_),
                     .viewers = tables_->at(viewers_),
                     .query_tile_count = query_tile_count_,
                     .key_tile_count = key_tile_count_,
                     .rows = rows_},
          .heads = shape_.heads,
          .head_size = shape_.head_size,
          .key = key,
          .qkv = pointer<T>(qkv)};
}

template <class T>
FlashInput AttentionRun<T>::flash_input(const Call& call, const at::Tensor& qkv,
                                        const DropoutKey& key, std::uint64_t number) const {
  const std::int64_t hidden = shape_.hidden();
  FlashInput input{.query_begins = tables_->tensor_at(call.query_begins, call.begins),
                   .key_begins = tables_->tensor_at(call.key_begins, call.begins),
                   .longest_query = call.longest_query,
                   .longest_key = call.longest_key,
                   .dropout = static_cast<double>(key.threshold) / 65536,
                   .causal = call.causal,
                   .seed = flash_seed(key, number)};
  if (whole_) {
    const at::Tensor parts = qkv.view({rows_, 3, shape_.heads, shape_.head_size});
    input.queries = parts.select(1, 0);
    input.keys = parts.select(1, 1);
    input.values = parts.select(1, 2);
    return input;
  }
  input.queries = device_empty<T>({call.queries, shape_.heads, shape_.head_size});
  device_gather(pointer<T>(qkv), 3 * hidden, tables_->at(call.query_rows), call.queries, hidden,
                pointer<T>(input.queries), hidden, current_stream());
  const at::Tensor columns = device_empty<T>({call.keys, 2, shape_.heads, shape_.head_size});
  device_gather(pointer<T>(qkv) + hidden, 3 * hidden, tables_->at(call.key_rows), call.keys,
                2 * hidden, pointer<T>(columns), 2 * hidden, current_stream());
  input.keys = columns.select(1, 0);
  input.values = columns.select(1, 1);
  return input;
}

// The calls' queries, end to end, back to the rows of the batch: into `target`, whose rows are ld
// apart.
template <class T>
at::Tensor AttentionRun<T>::in_row_order(const std::vector<at::Tensor>& parts, std::int64_t ld,
                                         at::Tensor target) const {
  const at::Tensor together = parts.size() == 1 ? parts[0].contiguous() : at::cat(parts, 0);
  device_gather(pointer<T>(together), shape_.hidden(), tables_->at(place_of_), rows_,
                shape_.hidden(), pointer<T>(target), ld, current_stream());
  return target;
}

template <class T>
AttentionState AttentionRun<T>::forward(const at::Tensor& qkv, const DropoutKey& key) const {
  AttentionState state;
  if (backend_ == AttentionBackend::kOwn) {
    state.out = device_empty<T>({rows_, shape_.hidden()});
    state.lse = device_empty<float>({shape_.heads, rows_});
    AttentionWork<T> work = own_work(qkv, key);
    work.out = pointer<T>(state.out);
    work.lse = pointer<float>(state.lse);
    device_attention_forward(work, current_stream());
    return state;
  }
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    state.calls.push_back(flash_forward(flash_input(calls_[i], qkv, key, i)));
    parts.push_back(state.calls.back().out);
  }
  state.out = whole_
                  ? parts[0].view({rows_, shape_.hidden()})
                  : in_row_order(parts, shape_.hidden(), device_empty<T>({rows_, shape_.hidden()}));
  return state;
}

template <class T>
at::Tensor AttentionRun<T>::backward(const at::Tensor& dout, const at::Tensor& qkv,
                                     const AttentionState& state, const DropoutKey& key) const {
  if (backend_ == AttentionBackend::kFlash) return backward_flash(dout, qkv, state, key);
  at::Tensor dqkv = device_empty<T>({rows_, 3 * shape_.hidden()});
  const at::Tensor delta = device_empty<float>({shape_.heads, rows_});
  AttentionWork<T> work = own_work(qkv, key);
  work.out = pointer<T>(state.out);
  work.lse = pointer<float>(state.lse);
  work.dout = pointer<T>(dout);
  work.delta = pointer<float>(delta);
  work.dqkv = pointer<T>(dqkv);
  device_attention_backward(work, current_stream());
  return dqkv;
}

template <class T>
at::Tensor AttentionRun<T>::backward_flash(const at::Tensor& dout, const at::Tensor& qkv,
                                           const AttentionState& state,
                                           const DropoutKey& key) const {
  const std::int64_t hidden = shape_.hidden();
  if (whole_) {
    const auto [dq, dk, dv] = flash_backward(dout.view({rows_, shape_.heads, shape_.head_size}),
                                             flash_input(calls_[0], qkv, key, 0), state.calls[0]);
    return at::stack({dq, dk, dv}, 1).view({rows_, 3 * hidden});
  }
  std::vector<at::Tensor> dqueries, dkeys, dvalues;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const at::Tensor part = device_empty<T>({calls_[i].queries, shape_.heads, shape_.head_size});
    device_gather(pointer<T>(dout), hidden, tables_->at(calls_[i].query_rows), calls_[i].queries,
                  hidden, pointer<T>(part), hidden, current_stream());
    auto [dq, dk, dv] = flash_backward(part, flash_input(calls_[i], qkv, key, i), state.calls[i]);
    dqueries.push_back(dq);
    dkeys.push_back(dk);
    dvalues.push_back(dv);
  }
  at::Tensor dqkv = device_empty<T>({rows_, 3 * hidden});
  in_row_order(dqueries, 3 * hidden, dqkv);
  const SegmentPieces pieces = keys_.pieces(*tables_);
  const at::Tensor sums = device_empty<float>({pieces.piece_count, hidden});
  std::int64_t column = hidden;
  for (const std::vector<at::Tensor>* parts : {&dkeys, &dvalues}) {
    const at::Tensor together =
        parts->size() == 1 ? parts->front().contiguous() : at::cat(*parts, 0);
    device_segment_sums(pointer<T>(together), hidden, pieces, hidden, pointer<float>(sums),
                        current_stream());
    device_segment_store(pointer<float>(sums), pieces, hidden, pointer<T>(dqkv) + column,
                         3 * hidden, /*add=*/false, current_stream());
    column += hidden;
  }
  return dqkv;
}

template class AttentionRun<float>;
template class AttentionRun<Bf16>;
template class AttentionRun<Fp16>;

}  // namespace unimo::trainer
