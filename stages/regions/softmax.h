// Numbers to a distribution, fast enough for millions of short rows.
#pragma once

#include <span>

namespace unimo::stages {

// row := softmax(row + constants). Both have the same length.
void add_and_softmax(std::span<float> row, std::span<const float> constants);

}  // namespace unimo::stages
