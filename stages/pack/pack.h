// The stage `pack`: records and regions to what training reads (docs/formats.md, "Pack").
// Parameters and inputs: stages/schema/pack.h.
//
// Counts reported: images, captions, texts (records of texts.shard), documents, sentences,
// captions.cut, texts.split, sentences.split, images.excluded, texts.excluded, documents.excluded,
// sentences.excluded, regions.unused and quarantine.<reason>; metrics: caption_tokens and
// unknown_share.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_pack(StageContext& context);

}  // namespace unimo::stages
