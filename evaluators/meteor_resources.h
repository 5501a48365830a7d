// The word lists that METEOR consults, read once and then shared by any number of threads.
//
//   const auto resources = UNIMO_TRY(read_meteor_resources(meteor_files(folder)));
//
// They are METEOR's own files and are not part of this project: unpack meteor-1.5.jar into a folder
// and, for scores that can be compared with published ones, put paraphrase-en.gz beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "evaluators/meteor_normalizer.h"
#include "evaluators/meteor_paraphrases.h"
#include "evaluators/meteor_synonyms.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

// Any of them may be packed with gzip.
struct MeteorFiles {
  std::filesystem::path synsets;  // or the `dict` folder of WordNet 3.0
  std::filesystem::path exceptions;
  std::filesystem::path function_words;
  std::filesystem::path prefixes;     // nonbreaking
  std::filesystem::path paraphrases;  // empty: no paraphrases
};

// What lies in `folder` under the names of the jar ("synonym/english.synsets") or flat
// ("english.synsets.gz"). Without a file of synsets, WordNet as Debian's wordnet-base installs it.
// `paraphrases` stays empty when there is no paraphrase-en.gz.
MeteorFiles meteor_files(const std::filesystem::path& folder);

struct FunctionWords {
  std::unordered_set<std::string, TextHash, std::equal_to<>> words;
  std::string digest;
  static Result<FunctionWords> read(const std::filesystem::path& file);  // one a line
};

struct MeteorResources {
  NonbreakingPrefixes prefixes;
  FunctionWords function_words;
  MeteorSynonyms synonyms;
  std::optional<ParaphraseTable> paraphrases;
};

// Names every file that is missing or wrong.
Result<MeteorResources> read_meteor_resources(const MeteorFiles& files);

}  // namespace unimo::eval
