// The weights of a model: named tensors in a fixed order, side by side in one flat buffer, with
// their gradients in a second one of the same layout. So the optimiser is one pass, a checkpoint
// one write, and the three projections of attention can be multiplied as one matrix.
//
// Names are UNIMO's ("encoder_layer_0_ffn_fc_0.w_0"); matrices are stored [out, in], as LibTorch
// does and as Paddle does not. Order of calls: construct, then read and train. Calls must not
// overlap.
//
// The buffers may be moved to a GPU. values() and gradients() are then copies on the host, made
// when asked for, so that files are read and written as ever.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/model/gradient_ledger.h"

namespace unimo::trainer {

enum class Init { kNormal, kZero, kOne };

struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  Init init = Init::kNormal;  // truncated normal at two deviations
  bool decay = true;          // false for biases and norms
  bool required = true;       // false: a weight file may lack it, it then stays at its random start
};

struct Parameter {
  ParameterSpec spec;
  std::int64_t offset = 0;  // of its first value in the flat buffers
  std::int64_t count = 0;
  at::Tensor value;  // a leaf of autograd; its gradient is a view of the flat gradient buffer
};

class ParameterStore {
 public:
  // Values start from (seed, name, element): the same name always starts the same.
  ParameterStore(const std::vector<ParameterSpec>& specs, std::uint64_t seed, double deviation);

  std::span<const Parameter> all() const { return parameters_; }
  // The parameter of that name; a broken invariant when there is none.
  const Parameter& at(std::string_view name) const;
  const Parameter* find(std::string_view name) const;  // null when there is none

  // Moves values and gradients; before anything holds their tensors.
  void move_to(const at::Device& device);
  at::Device device() const { return values_.device(); }

  // Values of all parameters, in order. Each begins at a multiple of 16 values; the gaps hold
  // zeros. On a GPU they are copies: what is written into values() reaches it with changed(), what
  // is written into gradients() never does.
  std::span<float> values();
  std::span<const float> values() const;
  std::span<float> gradients();
  // Copies them, from any thread while no other call runs; of a GPU beside what it computes.
  void copy_values(std::span<float> to) const;
  at::Tensor& flat_values() { return values_; }
  at::Tensor& flat_gradients() { return gradients_; }
  // The values in the type that products read, refreshed when it is behind; of a store on a GPU.
  const at::Tensor& low_values(at::ScalarType type);
  // The same as it is, undefined when nobody has asked for it: an optimiser writes both in one pass
  // and then calls updated_on_device().
  at::Tensor& low_copy() { return low_; }
  void updated_on_device();
  std::int64_t size() const { return values_count_; }
  std::int64_t parameter_count() const;  // without the gaps

  void zero_gradients();
  // Who is told when gradients are final.
  GradientLedger& ledger() { return *ledger_; }
  // What an operation on those parameters holds; see call.h.
  GradientUse gradient_use(std::vector<GradientRange> ranges) {
    return {ledger_, std::move(ranges)};
  }

  // Counts the changes of the values: what was derived from them (bf16 copies) is stale when it
  // moved. Whoever writes into values() calls changed() afterwards.
  std::uint64_t version() const { return version_; }
  void changed();

 private:
  std::vector<Parameter> parameters_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::int64_t values_count_ = 0;
  std::uint64_t version_ = 1;
  std::shared_ptr<GradientLedger> ledger_;  // shared with the operations of living graphs

  // Of a store on a GPU.
  mutable at::Tensor host_values_;          // as of host_version_
  mutable std::uint64_t host_version_ = 0;  // 0: never copied
  bool host_is_lent_ = false;               // for writing, since the last changed()
  at::Tensor host_gradients_;
  at::Tensor low_;
  std::uint64_t low_version_ = 0;

  bool on_host() const { return values_.is_cpu(); }
  void refresh_host_values() const;
  void make_leaves();
};

}  // namespace unimo::trainer
