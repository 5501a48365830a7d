// The ingest stages; parameters and inputs in stages/schema/ingest.h, the artifact in
// stages/ingest/records.h.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_ingest_coco(StageContext& context);
Status run_ingest_flickr(StageContext& context);
Status run_ingest_visual_genome(StageContext& context);
Status run_ingest_text(StageContext& context);

}  // namespace unimo::stages
