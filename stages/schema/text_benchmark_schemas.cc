#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> text_benchmark_schemas() { return {}; }

}  // namespace unimo::stages
