// `--set path=value`: replaces a value of the document before it is read as an experiment.
//
//   stages.finetune.params.optimizer.lr=1e-5   the path as in the file
//   finetune.optimizer.lr=1e-5                 short for the same
//   finetune.resources.cores=2                 other keys of a stage, by their own name
//   data_root=/data                            a variable that the file declares
//
// The value is YAML ("[1, 2]", "1e-5", "text"); nothing after '=' is the empty text; null takes the
// value away.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/experiment/yaml.h"

namespace unimo {

// Applies them in order; all mistakes at once, each naming its option.
Status apply_overrides(YamlDocument& document, const std::vector<std::string>& overrides);

}  // namespace unimo
