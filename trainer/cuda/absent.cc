// A build without CUDA: what a user meets is device_mistake; nothing else can be reached, because
// no tensor lies on a GPU.
#include "orchestrator/base/result.h"
#include "trainer/model/device_ops.h"

namespace unimo::trainer {

namespace {
[[noreturn]] void absent() {
  check_failed("built with UNIMO_CUDA", __FILE__, __LINE__, "there is no CUDA in this program");
}
}  // namespace

std::string device_mistake(const DeviceConfig& device, const ModelConfig& /*model*/,
                           Precision /*precision*/) {
  if (device.kind != "cuda") return {};
  return "device cuda: this program was built without CUDA; build it with the preset cuda, or "
         "take device cpu";
}

at::Device device_of(const DeviceConfig& /*device*/) { return at::kCPU; }

std::string device_name(const at::Device& /*device*/) { return {}; }

std::int64_t device_free_bytes(const at::Device& /*device*/) { absent(); }

void* device_stream(const at::Device& /*device*/) { absent(); }

std::unique_ptr<ModelEngine> make_cuda_engine(const ModelConfig& /*config*/,
                                              ParameterStore& /*store*/, Precision /*precision*/,
                                              const DeviceConfig& /*device*/) {
  absent();
}

at::Tensor device_gather_rows(const at::Tensor& /*x*/, std::span<const std::int32_t> /*rows*/) {
  absent();
}

at::Tensor device_mask(const DropoutKey& /*key*/, std::int64_t /*rows*/, std::int64_t /*columns*/,
                       const at::Device& /*device*/) {
  absent();
}

void device_download(const at::Tensor& /*from*/, std::span<float> /*to*/) { absent(); }

void device_add_fixed(const at::Tensor& /*values*/, const at::Tensor& /*sums*/,
                      std::int64_t /*terms*/, const at::Tensor& /*out_of_range*/) {
  absent();
}

void device_take_fixed(const at::Tensor& /*sums*/, const at::Tensor& /*values*/) { absent(); }

std::unique_ptr<DeviceOptimizer> make_device_optimizer(ParameterStore& /*store*/,
                                                       std::int64_t /*begin*/,
                                                       std::int64_t /*end*/) {
  absent();
}

}  // namespace unimo::trainer
