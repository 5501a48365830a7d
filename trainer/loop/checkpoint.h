// Checkpoints of a running training: weights, optimiser moments and where it stands, in one folder
// per step.
//
// A folder `step-00000100` appears by rename when everything in it is on the disk, so it is whole
// or absent; `state.json` holds the digests of its sister files, and a folder that does not match
// them is passed over for the one before. The last two are kept. See docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/model/parameters.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {

struct CheckpointState {
  std::int64_t step = 0;  // steps done: the next one has this number
  std::int64_t skipped_steps = 0;
  std::string numerics;         // what results depend on beside the code, see numerics_fingerprint
  Json extra = Json::object();  // the loop's own, such as sums since the last report
};

// Saves, publishes, and removes all but the newest two.
Status save_checkpoint(const std::filesystem::path& folder, const CheckpointState& state,
                       const ParameterStore& store, AdamW& optimizer);

// Loads the newest whole checkpoint; nothing when there is none. What is passed over is told to
// `skipped`, one message each. Leftovers of a save that was killed are removed.
Result<std::optional<CheckpointState>> load_newest_checkpoint(
    const std::filesystem::path& folder, ParameterStore& store, AdamW& optimizer,
    const std::function<void(std::string_view)>& skipped);

}  // namespace unimo::trainer
