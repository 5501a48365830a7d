// In which numbers a model multiplies.
#pragma once

#include <string_view>

#include "trainer/config/device.h"

namespace unimo::trainer {

enum class Precision { kFp32, kBf16, kFp16 };

std::string_view precision_name(Precision precision);  // "fp32", "bf16", "fp16"

// "fp32", "bf16", "fp16", or "auto": bf16 on a GPU and where the processor multiplies it faster
// than fp32. fp16 holds nothing above 65504 and loses what is below 6e-8, so that training needs a
// loss scale.
Precision choose_precision(std::string_view name, const DeviceConfig& device = {});

}  // namespace unimo::trainer
