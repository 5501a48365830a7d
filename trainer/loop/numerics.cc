#include "trainer/loop/numerics.h"

#include <fmt/format.h>
#include <torch/headeronly/version.h>

#include "trainer/model/gemm.h"

namespace unimo::trainer {

std::string numerics_fingerprint(Precision precision) {
  return fmt::format("kernels {}, {}{}, LibTorch {}.{}.{}", kernels().name,
                     precision == Precision::kBf16 ? "bf16" : "fp32",
                     precision == Precision::kBf16 && !has_fast_bf16() ? " emulated" : "",
                     TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
}

}  // namespace unimo::trainer
