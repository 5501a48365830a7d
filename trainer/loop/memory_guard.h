// A micro-batch that is larger than memory is told before its step rather than discovered in it.
#pragma once

#include <cstdint>

#include "orchestrator/base/result.h"
#include "trainer/config/train.h"
#include "trainer/loop/loader.h"
#include "trainer/loop/objective.h"
#include "trainer/model/trained_model.h"

namespace unimo::trainer {

class MemoryGuard {
 public:
  // The limit is the configured one, or what is free now.
  // The model must outlive it.
  MemoryGuard(const TrainedModel& model, const TrainConfig& config);
  // kInvalid names step, micro-batch, samples, sizes and remedy.
  Status check(std::int64_t step, const Loaded& loaded, const Objective& objective) const;

 private:
  const TrainedModel& model_;
  bool recompute_ = false;
  std::int64_t limit_ = 0;  // bytes
};

}  // namespace unimo::trainer
