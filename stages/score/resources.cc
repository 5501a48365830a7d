#include "stages/score/resources.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianWordNet = "/usr/share/wordnet";  // package wordnet-base

fs::path if_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed) ? path : fs::path();
}

}  // namespace

ScoreResources find_resources(const fs::path& folder) {
  ScoreResources found;
  if (!folder.empty()) {
    found.rouge_lists = if_there(folder / "rouge155");
    found.meteor = if_there(folder / "meteor");
    found.paraphrases = if_there(folder / "meteor" / "paraphrase-en.gz");
    found.wordnet = if_there(folder / "wordnet");
  }
  if (found.wordnet.empty()) found.wordnet = if_there(fs::path(kDebianWordNet) / "index.noun");
  if (found.wordnet.has_filename() && found.wordnet.filename() == "index.noun")
    found.wordnet = found.wordnet.parent_path();
  return found;
}

}  // namespace unimo::stages
