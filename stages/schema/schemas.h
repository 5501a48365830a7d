// The table of all stage kinds: what they take, their parameters with defaults and ranges, the
// program that runs them. Tensor-free, so that planning needs no child process. A new kind is one
// entry in schemas.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

// Null when there is no such kind. The schema lives as long as the program.
const StageSchema* find_schema(std::string_view kind);

// All kinds in the order in which data goes through them.
std::vector<std::string> schema_kinds();

}  // namespace unimo::stages
