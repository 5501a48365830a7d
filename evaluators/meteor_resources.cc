#include "evaluators/meteor_resources.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include "evaluators/line_file.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianWordnet = "/usr/share/wordnet";

// The first of `names` that is there; nothing when none is.
fs::path first_present(const fs::path& folder, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::error_code error;
    if (fs::exists(folder / name, error)) return folder / name;
  }
  return {};
}

// So that the message about its absence names a file.
fs::path or_named(const fs::path& found, const fs::path& expected) {
  return found.empty() ? expected : found;
}

template <class T>
void keep(std::vector<Error>& errors, Result<T> result, T& value) {
  if (result) {
    value = *std::move(result);
  } else {
    errors.push_back(std::move(result).error());
  }
}

}  // namespace

MeteorFiles meteor_files(const fs::path& folder) {
  MeteorFiles files;
  files.synsets = first_present(
      folder, {"english.synsets", "english.synsets.gz", "synonym/english.synsets", "dict"});
  if (files.synsets.empty()) files.synsets = first_present(kDebianWordnet, {""});
  files.synsets = or_named(files.synsets, folder / "english.synsets");
  files.exceptions =
      or_named(first_present(folder, {"english.exceptions", "synonym/english.exceptions"}),
               folder / "english.exceptions");
  files.function_words =
      or_named(first_present(folder, {"english.function.words", "function/english.words"}),
               folder / "english.function.words");
  files.prefixes = or_named(
      first_present(folder, {"english.nonbreaking.prefixes", "nonbreaking/english.prefixes"}),
      folder / "english.nonbreaking.prefixes");
  files.paraphrases = first_present(folder, {"paraphrase-en.gz", "data/paraphrase-en.gz"});
  return files;
}

Result<FunctionWords> FunctionWords::read(const fs::path& file) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  FunctionWords words;
  for (std::string_view line; lines.next(line);) words.words.emplace(line);
  UNIMO_TRY(lines.end());
  words.digest = lines.digest();
  return words;
}

Result<MeteorResources> read_meteor_resources(const MeteorFiles& files) {
  MeteorResources resources;
  std::vector<Error> errors;
  keep(errors, NonbreakingPrefixes::read(files.prefixes), resources.prefixes);
  keep(errors, FunctionWords::read(files.function_words), resources.function_words);
  keep(errors, MeteorSynonyms::read(files.synsets, files.exceptions), resources.synonyms);
  if (!files.paraphrases.empty()) {
    auto table = ParaphraseTable::read(files.paraphrases);
    if (table) {
      resources.paraphrases = *std::move(table);
    } else {
      errors.push_back(std::move(table).error());
    }
  }
  if (!errors.empty()) return tl::unexpected(join_errors(errors));
  return resources;
}

}  // namespace unimo::eval
