// Self-attention over the packed rows of one batch on the device, with the backend that was chosen.
//
// One object serves all layers of one encoding: it holds the tables of the batch. Plan, then send
// the tables, then run.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "trainer/cuda/attention_plan.h"
#include "trainer/cuda/flash.h"
#include "trainer/cuda/tables.h"
#include "trainer/data/batch.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

enum class AttentionBackend { kOwn, kFlash };

struct DeviceAttentionShape {
  std::int64_t heads = 0;
  std::int64_t head_size = 0;
  std::int64_t hidden() const { return heads * head_size; }
};

// What a forward pass keeps for the backward pass.
struct AttentionState {
  at::Tensor out;                 // [rows, hidden]
  at::Tensor lse;                 // own: [heads, rows]
  std::vector<FlashState> calls;  // flash
};

// T: the type of queries, keys and values; float only with kOwn.
template <class T>
class AttentionRun {
 public:
  // Adds its tables to `tables`, which must be sent before a pass and outlive the last one.
  AttentionRun(const PackedBatch& batch, const DeviceAttentionShape& shape,
               AttentionBackend backend, DeviceTables& tables);

  // qkv [rows, 3 hidden].
  AttentionState forward(const at::Tensor& qkv, const DropoutKey& key) const;
  // The gradient of qkv.
  at::Tensor backward(const at::Tensor& dout, const at::Tensor& qkv, const AttentionState& state,
                      const DropoutKey& key) const;

 private:
  struct Call {
    bool causal = false;
    std::int64_t queries = 0, keys = 0;
    std::int64_t longest_query = 0, longest_key = 0;
    std::size_t query_rows = 0, key_rows = 0, query_begins = 0, key_begins = 0, begins = 0;
  };
  AttentionWork<T> own_work(const at::Tensor& qkv, const DropoutKey& key) const;
  FlashInput flash_input(const Call& call, const at::Tensor& qkv, const DropoutKey& key,
                         std::uint64_t number) const;
  at::Tensor in_row_order(const std::vector<at::Tensor>& parts, std::int64_t ld,
                          at::Tensor target) const;
  void plan_own(const std::vector<AttentionSpan>& spans);
  void plan_calls(const std::vector<AttentionSpan>& spans);
  at::Tensor backward_flash(const at::Tensor& dout, const at::Tensor& qkv,
                            const AttentionState& state, const DropoutKey& key) const;

  DeviceAttentionShape shape_;
  AttentionBackend backend_;
  DeviceTables* tables_;
  std::int64_t rows_;
  // kOwn.
  std::size_t spans_ = 0, query_tiles_ = 0, key_tiles_ = 0, viewers_ = 0;
  std::int64_t query_tile_count_ = 0, key_tile_count_ = 0;
  // kFlash.
  std::vector<Call> calls_;
  bool whole_ = false;
  std::size_t place_of_ = 0;
  DeviceSegments keys_;
};

}  // namespace unimo::trainer
