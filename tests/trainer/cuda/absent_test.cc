// What a user of a program without CUDA meets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/trainer/tiny_training.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

std::string mistake_of(Precision precision, const DeviceConfig& device) {
  try {
    Unimo(tiny_test_model(), 1, precision, {}, device);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(WithoutCuda, AGpuIsRefusedWithWhatHelps) {
  EXPECT_THAT(mistake_of(Precision::kFp32, {.kind = "cuda"}), HasSubstr("preset cuda"));
}

TEST(WithoutCuda, EveryPrecisionRunsOnTheProcessor) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kFp16})
    EXPECT_EQ(mistake_of(precision, {}), "");
}

}  // namespace
}  // namespace unimo::trainer
