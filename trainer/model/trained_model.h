// What the training loop knows of a model: its weights, its precision, how much memory a step takes
// and its inner states. The loss is the objective's, which knows the model as what it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string_view>

#include "trainer/model/parameters.h"
#include "trainer/model/precision.h"

namespace unimo::trainer {

class TrainedModel {
 public:
  virtual ~TrainedModel() = default;

  virtual ParameterStore& parameters() = 0;
  virtual const ParameterStore& parameters() const = 0;
  virtual Precision precision() const = 0;
  at::Device device() const { return parameters().device(); }

  // Whether layers keep their input alone and run forward again in the backward pass: about a third
  // more arithmetic for a small part of the memory, and the same bits.
  virtual void set_recompute(bool recompute) = 0;
  // Bytes that `rows` positions take from the forward to the backward pass, known before either.
  virtual std::int64_t planned_bytes(std::int64_t rows, bool recompute) const = 0;

  // Shown inner states of every forward pass from now on, by name; an empty one ends it. For
  // looking into a step that went wrong.
  using Watcher = std::function<void(std::string_view name, const at::Tensor& state)>;
  virtual void watch(Watcher watcher) = 0;
};

}  // namespace unimo::trainer
