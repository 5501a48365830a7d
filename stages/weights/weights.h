// What unimo-stage does with weights. Tensor-free: numbers go from file to file.
//
// The stage export.weights writes, by the parameter `format`:
//   roberta  config.json, model.safetensors, vocab.json, merges.txt, tokenizer_config.json: a
//   folder
//            that RobertaForMaskedLM.from_pretrained loads. It holds the text part; the table of
//            segments is zero, the output table is tied and left out.
//   unimo    config.json, model.safetensors with all parameters, tokenizer/.
//   paddle   params/ (paddle_folder.h), config.json, dict/: the official code's layout.
// import.weights (stages/pretrain/import_weights.h) takes all three back.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_export_weights(StageContext& context);

// `unimo weights show PATH [--json]`; argv[0] is "weights-show". 0; 2 for bad usage or when there
// are no weights; 4 when they are damaged or do not fit their configuration; 7 for read errors.
int run_weights_show(int argc, char** argv);

}  // namespace unimo::stages
