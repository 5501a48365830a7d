#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"

namespace unimo::stages {

std::span<const StageEntry> image_corpora() {
  static constexpr StageEntry kEntries[] = {
      {"ingest.coco", run_ingest_coco},
      {"ingest.flickr", run_ingest_flickr},
      {"ingest.visual_genome", run_ingest_visual_genome},
      {"ingest.conceptual_captions", run_ingest_conceptual_captions},
      {"ingest.sbu", run_ingest_sbu},
      {"ingest.openimages", run_ingest_openimages}};
  return kEntries;
}

}  // namespace unimo::stages
