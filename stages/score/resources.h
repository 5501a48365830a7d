// The word lists that some scores need, and where they lie. They are not part of this project, for
// their licences; docs/scorers.md says where each is to be had. What is not given is left out of
// the score, and its signature says so.
#pragma once

#include <filesystem>

namespace unimo::stages {

// An empty path: not given.
struct ScoreResources {
  std::filesystem::path rouge_lists;  // folder: adj.exc, adv.exc, noun.exc, verb.exc (WordNet 2.0)
  std::filesystem::path meteor;       // folder: english.synsets.gz, english.exceptions, …
  std::filesystem::path paraphrases;  // file: METEOR's paraphrase-en.gz
  std::filesystem::path wordnet;      // folder: index.noun, data.noun, noun.exc, …
};

// What of them lies in one folder, as `data_root` has it: rouge155/, meteor/,
// meteor/paraphrase-en.gz, wordnet/; and Debian's WordNet, when the folder has none.
ScoreResources find_resources(const std::filesystem::path& folder);

}  // namespace unimo::stages
