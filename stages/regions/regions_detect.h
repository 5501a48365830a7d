// The stage regions.detect: pictures to regions with features, by a trained Faster R-CNN.
//
// Reads `records`, writes the regions artifact of docs/formats.md. While the network looks at a
// picture the next ones are decoded and the last ones packed. A stopped run goes on after the last
// finished part (part_images). A picture that cannot be decoded has no record; quarantine.jsonl
// says why.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_regions_detect(StageContext& context);

}  // namespace unimo::stages
