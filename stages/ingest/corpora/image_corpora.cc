#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"

namespace unimo::stages {

std::span<const StageEntry> image_corpora() {
  static constexpr StageEntry kEntries[] = {{"ingest.coco", run_ingest_coco},
                                            {"ingest.flickr", run_ingest_flickr},
                                            {"ingest.visual_genome", run_ingest_visual_genome}};
  return kEntries;
}

}  // namespace unimo::stages
