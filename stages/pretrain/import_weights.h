// The stage import.weights: what others published, a RoBERTa or a UNIMO, to a checkpoint that
// pretrain takes as `init` and finetune as `checkpoint`.
//
// Parts that the weights lack are drawn from the seed, each by its name; the events say which they
// are. Vocabulary files lie beside the weights or come as the input `tokenizer`.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_import_weights(StageContext& context);

}  // namespace unimo::stages
