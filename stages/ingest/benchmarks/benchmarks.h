// The ingest stages of the twelve benchmarks; parameters and inputs in stages/schema, the artifact
// (examples) in stages/ingest/records.h.
#pragma once

#include <span>

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
struct StageEntry;
}  // namespace unimo

namespace unimo::stages {

Status run_ingest_sst2(StageContext& context);
Status run_ingest_mnli(StageContext& context);
Status run_ingest_cola(StageContext& context);
Status run_ingest_stsb(StageContext& context);
Status run_ingest_coqa(StageContext& context);
Status run_ingest_squad_qg(StageContext& context);
Status run_ingest_cnndm(StageContext& context);
Status run_ingest_gigaword(StageContext& context);
// UNIMO's own released files, both ways; unimo_format.h.
Status run_ingest_unimo(StageContext& context);
Status run_export_unimo(StageContext& context);

Status run_ingest_vqa(StageContext& context);
Status run_ingest_coco_caption(StageContext& context);
Status run_ingest_snli_ve(StageContext& context);
Status run_ingest_flickr30k(StageContext& context);

// Every kind with what runs it.
std::span<const StageEntry> text_benchmarks();
std::span<const StageEntry> image_benchmarks();

}  // namespace unimo::stages
