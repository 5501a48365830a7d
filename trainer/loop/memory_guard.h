// A micro-batch that is larger than memory is told before its step rather than discovered in it.
#pragma once

#include <cstdint>

#include "orchestrator/base/result.h"
#include "trainer/config/train.h"
#include "trainer/loop/loader.h"
#include "trainer/loop/objective.h"
#include "trainer/model/memory_plan.h"

namespace unimo::trainer {

class MemoryGuard {
 public:
  // The limit is the configured one, or what is free now.
  MemoryGuard(const Unimo& model, const TrainConfig& config);
  // kInvalid names step, micro-batch, samples, sizes and remedy.
  Status check(std::int64_t step, const Loaded& loaded, const Objective& objective) const;

 private:
  ActivationPlan plan_;
  std::int64_t limit_ = 0;  // bytes
};

}  // namespace unimo::trainer
