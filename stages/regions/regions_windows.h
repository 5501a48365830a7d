// The stage regions.windows: described windows of photographs, without a pre-trained network.
//
// Reads `records`, writes the regions artifact of docs/formats.md. Two passes: first every picture
// (and its mirror image) is described, then the word model is fitted to the descriptions and
// captions of the fitted splits and applied to every window.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_regions_windows(StageContext& context);

}  // namespace unimo::stages
