// The weights of a model: named tensors in a fixed order, side by side in one flat buffer, with
// their gradients in a second one of the same layout. So the optimiser is one pass, a checkpoint
// one write, and the three projections of attention can be multiplied as one matrix.
//
// Names are UNIMO's ("encoder_layer_0_ffn_fc_0.w_0"); matrices are stored [out, in], as LibTorch
// does and as Paddle does not. Order of calls: construct, then read and train. Calls must not
// overlap.
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

  // Values of all parameters, in order. Each begins at a multiple of 16 values; the gaps hold
  // zeros.
  std::span<float> values();
  std::span<const float> values() const;
  std::span<float> gradients();
  at::Tensor& flat_values() { return values_; }
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
  void changed() { ++version_; }

 private:
  std::vector<Parameter> parameters_;
  at::Tensor values_;
  at::Tensor gradients_;
  std::int64_t values_count_ = 0;
  std::uint64_t version_ = 1;
  std::shared_ptr<GradientLedger> ledger_;  // shared with the operations of living graphs
};

}  // namespace unimo::trainer
