#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"

namespace unimo::stages {

std::span<const StageEntry> text_corpora() {
  static constexpr StageEntry kEntries[] = {{"ingest.text", run_ingest_text},
                                            {"ingest.bookwiki", run_ingest_bookwiki},
                                            {"ingest.openwebtext", run_ingest_openwebtext}};
  return kEntries;
}

}  // namespace unimo::stages
