#include "orchestrator/stage/stage.h"
#include "stages/ingest/benchmarks/benchmarks.h"

namespace unimo::stages {

std::span<const StageEntry> text_benchmarks() {
  static constexpr StageEntry kEntries[] = {
      {"ingest.sst2", run_ingest_sst2},   {"ingest.mnli", run_ingest_mnli},
      {"ingest.cola", run_ingest_cola},   {"ingest.stsb", run_ingest_stsb},
      {"ingest.coqa", run_ingest_coqa},   {"ingest.squad_qg", run_ingest_squad_qg},
      {"ingest.cnndm", run_ingest_cnndm}, {"ingest.gigaword", run_ingest_gigaword},
      {"ingest.unimo", run_ingest_unimo}, {"export.unimo", run_export_unimo}};
  return kEntries;
}

}  // namespace unimo::stages
