// Vocabulary files in the manner of Visual Genome's (bottom-up-attention's objects_vocab.txt): one
// entry a line, names of one entry between commas, in lower case, the last line with or without its
// end.
#pragma once

#include <filesystem>

#include "orchestrator/base/result.h"
#include "stages/rewrites/candidates.h"

namespace unimo::stages {

// Base forms as the scene-graph parser has them: "traffic lights" is "traffic light". kInvalid for
// a file without words.
Result<WordSet> read_object_file(const std::filesystem::path& file, const eval::WordNet* wordnet);
Result<WordSet> read_attribute_file(const std::filesystem::path& file);
// Verbs and prepositions: of "sitting on" both "sit" and "on".
Result<WordSet> read_relation_file(const std::filesystem::path& file, const eval::WordNet* wordnet);

}  // namespace unimo::stages
