// WordNet's sets of synonyms as METEOR's synonym matcher sees them: a word belongs to its own sets
// and to those of its base forms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

// Finds std::string keys by a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

using SynsetId = std::uint32_t;

class MeteorSynonyms {
 public:
  // `synsets`: METEOR's english.synsets, packed with gzip or not (two lines a word: the word, then
  // its numbers), or WordNet's folder with index.noun, index.verb, index.adj and index.adv.
  // `exceptions`: METEOR's english.exceptions (two lines: a base form, then its irregular forms).
  static Result<MeteorSynonyms> read(const std::filesystem::path& synsets,
                                     const std::filesystem::path& exceptions);

  // In ascending order, each once. A word that WordNet does not know has none.
  std::vector<SynsetId> synsets_of(std::string_view word) const;

  std::size_t words() const { return sets_.size(); }
  const std::string& synsets_digest() const { return synsets_digest_; }
  const std::string& exceptions_digest() const { return exceptions_digest_; }

 private:
  template <class Value>
  using ByWord = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  Status read_synset_file(const std::filesystem::path& file);
  Status read_wordnet(const std::filesystem::path& folder);
  Status read_wordnet_index(const std::filesystem::path& file, std::string& digest);
  Status read_exceptions(const std::filesystem::path& file);
  std::string base_by_suffix(std::string_view word) const;
  void append(std::vector<SynsetId>& ids, std::string_view word) const;

  ByWord<std::vector<SynsetId>> sets_;
  ByWord<std::vector<std::string>> bases_;  // of irregular forms
  std::string synsets_digest_;
  std::string exceptions_digest_;
};

}  // namespace unimo::eval
