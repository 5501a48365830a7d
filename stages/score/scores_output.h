// How scores are told: as a document for programs, as a table for people, item by item.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// As scores.json has it, without what only a run knows (docs/formats.md, Scores). A metric that is
// not defined is null.
Json scores_document(const std::string& benchmark, const Scored& scored);

// The metrics that papers print first, then counts, warnings and signatures.
std::string scores_text(const std::string& benchmark, const Scored& scored);

// JSON Lines.
Status write_items(const std::filesystem::path& file, const Scored& scored);

}  // namespace unimo::stages
