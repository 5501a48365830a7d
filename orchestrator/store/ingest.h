// From `events.jsonl` into the store, from where the last call stopped. Offset and rows change in
// one transaction, so that a repeated or interrupted call neither loses nor doubles anything.
#pragma once

#include <cstdint>
#include <filesystem>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/rows.h"

namespace unimo {

struct IngestOutcome {
  std::int64_t events = 0;        // lines taken over now
  std::int64_t unreadable = 0;    // lines that are no events; each leaves a note
  std::optional<Event> finished;  // the last finished event among them
  std::optional<Event> progress;  // the last progress among them
};

// Reads the complete lines behind `attempt.events_offset` and advances it. A torn last line waits.
// A file that is not there yet has no events.
Result<IngestOutcome> ingest_events(Database& database, AttemptRow& attempt,
                                    const std::filesystem::path& file);

}  // namespace unimo
