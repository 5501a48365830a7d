// The input of a translator's encoder or decoder in autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/model/kernels.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

struct TokenRows {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> positions;  // one for each id, from 0
};

// dropout(table[id] * scale + sinusoid[position]) -> [rows, hidden]. Gradients are added to the
// table in the order of the rows. `sinusoids` ([positions, hidden]) must outlive the forward pass.
at::Tensor embed_tokens(ParameterStore& store, const Parameter& table, float scale,
                        std::span<const float> sinusoids, TokenRows rows, const DropoutKey& key);

}  // namespace unimo::trainer
