// What the ranks of a training tell one another beside gradients. All collective; with one rank
// they return at once.
#pragma once

#include <cstdint>
#include <filesystem>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/loop/mean_log.h"

namespace unimo::trainer {

// What one rank has met counts for all of them.
struct RankFlags {
  bool is_bad = false;    // a value that is not finite
  bool stopping = false;  // a wish to stop
};
Status agree(Comm& comm, RankFlags& flags);

// kInvalid on every rank unless all have the same: they see different folders otherwise. -1: no
// checkpoint.
Status check_same_step(Comm& comm, std::int64_t step, const std::filesystem::path& folder);

// Brings the entries of all ranks to rank 0.
Status collect(Comm& comm, MeanLog& log);

}  // namespace unimo::trainer
