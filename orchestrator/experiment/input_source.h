// The text of an input: `stage`, `stage/sub/path`, `stage[key=value,…]`,
// `stage[key=value]/sub/path`.
#pragma once

#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/experiment/experiment.h"

namespace unimo {

// References ${…} count as letters here, so that any part may hold them.
Result<InputSource> parse_input_source(const std::string& text);

}  // namespace unimo
