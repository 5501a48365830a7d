#include "orchestrator/stage/stage.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/flickr.h"

namespace unimo::stages {

Status run_ingest_flickr30k(StageContext& context) { return ingest_flickr(context, "flickr30k"); }

std::span<const StageEntry> image_benchmarks() {
  static constexpr StageEntry kEntries[] = {{"ingest.vqa", run_ingest_vqa},
                                            {"ingest.coco_caption", run_ingest_coco_caption},
                                            {"ingest.snli_ve", run_ingest_snli_ve},
                                            {"ingest.flickr30k", run_ingest_flickr30k}};
  return kEntries;
}

}  // namespace unimo::stages
