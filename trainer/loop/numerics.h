// What the results of training depend on beside the program and its input.
#pragma once

#include <string>

#include "trainer/model/trained_model.h"

namespace unimo::trainer {

// Instruction set, precision and library version: a training continues bit-exactly where this text
// is the same.
std::string numerics_fingerprint(const TrainedModel& model);

// Lets the calling thread's operations run on `threads` threads, library products on one: MKL's
// products on several threads now and then sum in another order (seen in 3 % of processes on a busy
// machine), and a training that is repeated must give the same bits.
void use_threads(int threads);

}  // namespace unimo::trainer
