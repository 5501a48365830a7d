// The ingest stages of the pre-training corpora; parameters and inputs in stages/schema, the
// artifact in stages/ingest/records.h.
#pragma once

#include <span>

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
struct StageEntry;
}  // namespace unimo

namespace unimo::stages {

Status run_ingest_coco(StageContext& context);
Status run_ingest_flickr(StageContext& context);
Status run_ingest_conceptual_captions(StageContext& context);
Status run_ingest_sbu(StageContext& context);
Status run_ingest_openimages(StageContext& context);
Status run_ingest_visual_genome(StageContext& context);
Status run_ingest_text(StageContext& context);
Status run_ingest_bookwiki(StageContext& context);
Status run_ingest_openwebtext(StageContext& context);

// Every kind with what runs it.
std::span<const StageEntry> text_corpora();
std::span<const StageEntry> image_corpora();

}  // namespace unimo::stages
