// fetch.images: lists of addresses to pictures, and what became of each address. Parameters and
// inputs: stages/schema/fetch.h; the artifact: docs/formats.md.
//
// What was fetched lies in the stage's resume folder until the artifact is whole: after a stop or a
// kill only the rest is asked for, and the artifact is the same as without it. More failures than
// max_bad_share allows are kInvalid; those that may pass (time-outs, overloaded hosts) are
// forgotten then, so that another run asks for them again. When a thousand rows one after the other
// end without any host's answer, the network is taken to be away: kIo, and they are forgotten too.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_fetch_images(StageContext& context);

}  // namespace unimo::stages
