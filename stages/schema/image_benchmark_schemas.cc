#include "stages/schema/tables.h"

namespace unimo::stages {

std::vector<StageSchema> image_benchmark_schemas() { return {}; }

}  // namespace unimo::stages
