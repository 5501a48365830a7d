#include "trainer/loop/numerics.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include "trainer/model/device_ops.h"
#include "trainer/model/gemm.h"

// Of MKL, which LibTorch holds on x86-64 and nowhere else.
extern "C" int MKL_Set_Num_Threads_Local(int threads) __attribute__((weak));

namespace unimo::trainer {

std::string numerics_fingerprint(const TrainedModel& model) {
  const Precision precision = model.precision();
  const bool on_gpu = model.device().is_cuda();
  const bool has_choice = precision == Precision::kBf16 && !on_gpu;
  return fmt::format("kernels {}, rows by {}, {}{}{}, LibTorch {}.{}.{}",
                     on_gpu ? device_name(model.device()) : kernels().name, kRowBlock,
                     precision_name(precision), has_choice ? " by " : "",
                     has_choice ? bf16_products() : "", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                     TORCH_VERSION_PATCH);
}

void use_threads(int threads) {
  at::set_num_threads(threads);
  if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(1);
}

}  // namespace unimo::trainer
