// The state of the code that a run was made with, as git knows it; the only unit that knows
// libgit2.
//
// Uncommitted work is kept too: tracked changes and new files (not the ignored ones, not above a
// size) become a tree and a commit under refs/unimo/<digest>. Working tree, index, branches and
// stashes are not touched.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/store/rows.h"

namespace unimo {

struct ProvenanceOptions {
  std::uint64_t max_file_bytes = 5u << 20;    // a larger untracked file is listed, not kept
  std::uint64_t max_total_bytes = 50u << 20;  // of all that is kept
};

// Of the repository around `directory`; empty when there is none. Works in bare repositories, with
// a detached HEAD and before the first commit. Passwords are taken out of the remote's address.
Result<std::optional<SourceRow>> capture_source(const std::filesystem::path& directory,
                                                const ProvenanceOptions& options = {});

std::string git_library_version();

}  // namespace unimo
