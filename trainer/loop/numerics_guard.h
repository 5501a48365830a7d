// Where a value that is not finite comes from.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "trainer/loop/objective.h"
#include "trainer/model/trained_model.h"

namespace unimo::trainer {

// Computes the micro-batches of a step again, one by one, looking at every tensor: names the first
// one that is not finite (weights, the states after each layer, the loss, then gradients from the
// heads down), the micro-batch and its samples. Empty when all is finite in this second look.
// Overwrites the gradients.
std::string find_not_finite(TrainedModel& model, const Objective& objective, std::int64_t step,
                            std::span<const std::int64_t> indices);

}  // namespace unimo::trainer
