// Replaces the references of a document that do not depend on a matrix: variables, the seed, the
// experiment's name and parameters of other stages.
#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/experiment/places.h"

namespace unimo {

// What is left in the texts of a stage afterwards are templates over the keys of its own matrix.
Json resolve_references(const Json& document, Mistakes& mistakes);

}  // namespace unimo
