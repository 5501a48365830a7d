// Official files and predictions, scored outside any run.
#pragma once

#include "orchestrator/base/result.h"
#include "stages/schema/score_files.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// Reads the files and scores them. Errors are kInvalid, kNotFound or kIo and name the file.
Result<Scored> score_files(const ScoreFilesParams& params);

}  // namespace unimo::stages
