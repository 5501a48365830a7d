#include "trainer/loop/memory_guard.h"

#include "trainer/model/memory_plan.h"

namespace unimo::trainer {

MemoryGuard::MemoryGuard(const TrainedModel& model, const TrainConfig& config)
    : model_(model),
      recompute_(config.recompute),
      limit_(config.memory_gb > 0 ? static_cast<std::int64_t>(config.memory_gb * 1e9)
                                  : free_memory_bytes(model.device())) {}

Status MemoryGuard::check(std::int64_t step, const Loaded& loaded,
                          const Objective& objective) const {
  const std::int64_t rows = loaded.batch.rows();
  const std::int64_t wanted = model_.planned_bytes(rows, recompute_);
  if (wanted <= limit_) return ok();
  return fail(ErrorCode::kInvalid,
              "step {}, micro-batch {} ({}): its {} rows take {:.2f} GB until the backward pass, "
              "{:.2f} GB are there: lower the batch sizes and raise mixture.micro_batches, or "
              "set train.recompute",
              step, loaded.index, objective.describe(loaded.step, loaded.index), rows,
              static_cast<double>(wanted) / 1e9, static_cast<double>(limit_) / 1e9);
}

}  // namespace unimo::trainer
