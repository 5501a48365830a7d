// What the results of training depend on beside the program and its input.
#pragma once

#include <string>

#include "trainer/model/unimo.h"

namespace unimo::trainer {

// Instruction set, precision and library version: a training continues bit-exactly where this text
// is the same.
std::string numerics_fingerprint(Precision precision);

}  // namespace unimo::trainer
