// Kind command: any program as a stage.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

// Runs the shell command with the inputs' paths in UNIMO_INPUT_<NAME> (several: one a line), the
// output folder in UNIMO_OUT, and UNIMO_SEED, UNIMO_SHARD_INDEX, UNIMO_SHARD_COUNT, UNIMO_EVENTS.
// It fails as the command does; exit code 75 (EX_TEMPFAIL of sysexits.h) means "worth another try".
Status run_command(StageContext& context);

}  // namespace unimo::stages
