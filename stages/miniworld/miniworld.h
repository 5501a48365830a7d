// The stage miniworld; parameters in stages/schema/miniworld.h, files in docs/miniworld.md.
//
// Fills the artifact with one folder for each format, web/ with the pictures that the lists of cc
// and sbu point at, and baselines.json and baselines.md, which say what can be had without
// understanding. Everything about scene n follows from the seed and n; a larger world begins with
// the smaller one. Memory does not grow with the world but for eight bytes a scene.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_miniworld(StageContext& context);

}  // namespace unimo::stages
