// Commands that look after the store: verify, gc, doctor, stop.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/cli/console.h"

namespace unimo {

struct GcOptions {
  int keep_last = 5;    // runs of each experiment
  bool remove = false;  // otherwise only told what would go
};

// Re-hashes every stored artifact. Exit code 4 names what is damaged.
Result<int> verify(const std::filesystem::path& root, const std::vector<std::string>& digests,
                   const ConsoleOptions& console);
Result<int> collect_garbage(const std::filesystem::path& root, const GcOptions& options,
                            const ConsoleOptions& console);
Result<int> doctor(const std::filesystem::path& root, const ConsoleOptions& console);
// Asks the running engine to stop and waits until it has saved its state.
Result<int> stop(const std::filesystem::path& root, double timeout_s,
                 const ConsoleOptions& console);
// Starts unimo-web with these options, prints its address, and leaves it running; its output goes
// to web.log of the store.
Result<int> start_dashboard(const std::filesystem::path& root, std::vector<std::string> arguments);
Result<int> version(const ConsoleOptions& console);

}  // namespace unimo
