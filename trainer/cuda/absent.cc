// A build without CUDA: what a user meets is device_mistake; nothing else can be reached, because
// no tensor lies on a GPU.
#include "orchestrator/base/result.h"
#include "trainer/model/device_ops.h"

namespace unimo::trainer {

std::string device_mistake(const DeviceConfig& device, const ModelConfig& /*model*/,
                           Precision precision) {
  if (device.kind == "cuda") {
    return "device cuda: this program was built without CUDA; build it with the preset cuda, or "
           "take device cpu";
  }
  if (precision == Precision::kFp16)
    return "precision fp16 needs device cuda; on the processor take bf16 or fp32";
  return {};
}

at::Device device_of(const DeviceConfig& /*device*/) { return at::kCPU; }

std::string device_name(const at::Device& /*device*/) { return {}; }

std::unique_ptr<ModelEngine> make_cuda_engine(const ModelConfig& /*config*/,
                                              ParameterStore& /*store*/, Precision /*precision*/,
                                              const DeviceConfig& /*device*/) {
  UNIMO_CHECK(false, "no CUDA in this program");
  return nullptr;
}

at::Tensor device_gather_rows(const at::Tensor& x, std::span<const std::int32_t> /*rows*/) {
  UNIMO_CHECK(false, "no CUDA in this program");
  return x;
}

at::Tensor device_mask(const DropoutKey& /*key*/, std::int64_t /*rows*/, std::int64_t /*columns*/,
                       const at::Device& /*device*/) {
  UNIMO_CHECK(false, "no CUDA in this program");
  return {};
}

std::unique_ptr<DeviceOptimizer> make_device_optimizer(ParameterStore& /*store*/) {
  UNIMO_CHECK(false, "no CUDA in this program");
  return nullptr;
}

}  // namespace unimo::trainer
