#include "trainer/loop/stretch_buffer.h"

#include "orchestrator/base/result.h"
#include "trainer/model/device_ops.h"

namespace unimo::trainer {

CommBuffer stretch_buffer(const at::Tensor& flat, std::int64_t begin, std::int64_t end) {
  UNIMO_CHECK(flat.scalar_type() == at::kFloat || flat.scalar_type() == at::kLong,
              "values of {} bytes among ranks", flat.element_size());
  const bool on_gpu = flat.is_cuda();
  return {.data = static_cast<std::byte*>(flat.data_ptr()) + begin * flat.element_size(),
          .count = end - begin,
          .type = flat.scalar_type() == at::kLong ? ElementType::kInt64 : ElementType::kFloat,
          .memory = on_gpu ? MemoryKind::kDevice : MemoryKind::kHost,
          .stream = on_gpu ? device_stream(flat.device()) : nullptr};
}

}  // namespace unimo::trainer
