// `unimo stages`: the stage kinds, their inputs and parameters, as the field lists declare them.
#pragma once

#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/cli/console.h"

namespace unimo {

// An empty kind lists them all.
Result<int> describe_stages(const std::string& kind, const ConsoleOptions& console);

}  // namespace unimo
