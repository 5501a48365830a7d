// The stage kinds that exist, as the caller of the engine knows them: the engine never sees a
// stage.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/stage/stage.h"

namespace unimo {

struct SchemaTable {
  // Null for a kind that does not exist. The schema must live as long as the table.
  std::function<const StageSchema*(std::string_view kind)> find;
  std::vector<std::string> kinds;  // for "did you mean"
};

}  // namespace unimo
