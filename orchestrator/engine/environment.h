// The machine and the libraries that a run was made with.
#pragma once

#include <string>

#include "orchestrator/base/json.h"

namespace unimo {

// Host, kernel, CPU and its vector extensions, memory, GPUs, compiler, library versions, and the
// variables that change results (OMP_NUM_THREADS and its like). No times and nothing secret.
Json capture_environment();

// What can make floating-point results differ between machines, for the keys of kinds that depend
// on it: CPU model and vector extensions, and `libraries`, such as "libtorch 2.11.0".
std::string numerics_text(const std::string& libraries);

}  // namespace unimo
