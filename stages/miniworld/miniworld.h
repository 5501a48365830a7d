// The stage miniworld; parameters in stages/schema/miniworld.h.
//
// Fills the artifact with coco/images/*.jpg,
// coco/annotations/{captions,instances}_{train,val}2014.json, coco/dataset_coco.json (Karpathy's
// split file), visual_genome/*.json (version 1.4, training pictures only) and books/*.txt.
// Everything about picture n follows from the seed and n; a larger world begins with the smaller
// one.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_miniworld(StageContext& context);

}  // namespace unimo::stages
