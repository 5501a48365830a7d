// How much memory a micro-batch takes, known from its rows before anything is computed.
#pragma once

#include <cstdint>

#include "trainer/config/model.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

struct ActivationPlan {
  ModelConfig model;
  Precision precision = Precision::kFp32;
  bool recompute = false;  // layers keep their input alone
  bool on_gpu = false;     // where the stream between layers is 16 bits wide, too
};

// Bytes that the encoder keeps from the forward to the backward pass of `rows` rows, and what the
// backward pass of one layer works in. Heads come on top with bounded pieces.
std::int64_t activation_bytes(const ActivationPlan& plan, std::int64_t rows);

// Bytes that this process may still take there: on the processor what the machine has free, or less
// where its control group has a limit; on a GPU what is free or already LibTorch's to give.
std::int64_t free_memory_bytes(const at::Device& device);

}  // namespace unimo::trainer
