// The stage `decontaminate`: what pre-training must leave out because benchmarks test on it.
//
// Inputs: `pairs` (records with pictures), `texts` (records with texts or documents), `benchmarks`
// (records whose held-out splits must not be trained on), `ids` (held-out pictures as lists).
// Output: leak_table.h. Finds pictures by name (picture_names.h), by bytes, and by look
// (picture_hash.h); texts by their words (held_texts.h).
//
// Counts reported: held_out.pictures, held_out.names, held_out.texts, checked.pictures,
// checked.texts, checked.documents, leaks.<what>.<reason>, removed.<what>, quarantine.<reason>.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_decontaminate(StageContext& context);

}  // namespace unimo::stages
