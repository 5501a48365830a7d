// WordNet's index and exception files (Princeton, version 3.0 format; Debian's wordnet-base): which
// parts of speech a word has, its irregular forms, its synsets.
//
//   const WordNet wordnet = UNIMO_TRY(WordNet::load("/usr/share/wordnet"));
//   wordnet.share_synset("sofa", "couch");  // true
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

enum class PartOfSpeech { kNoun, kVerb, kAdjective, kAdverb };
constexpr std::uint32_t kPartsOfSpeech = 4;

// Immutable after load; may be used from several threads.
class WordNet {
 public:
  // Reads index.{noun,verb,adj,adv} and {noun,verb}.exc of a folder. kNotFound or kInvalid, with
  // file and line.
  static Result<WordNet> load(const std::filesystem::path& folder);

  // Words in lower case; several words have single blanks between them.
  bool has(std::string_view word, PartOfSpeech part) const;
  // How many of the word's senses were seen in WordNet's hand-tagged texts, a rough measure of
  // which part of speech is the usual one; -1 when it has none.
  int tagged_senses(std::string_view word, PartOfSpeech part) const;
  // The base form of an irregular form ("geese"), empty when it is not listed.
  std::string_view irregular(std::string_view form, PartOfSpeech part) const;
  // In any part of speech. False when one of them is unknown.
  bool share_synset(std::string_view a, std::string_view b) const;
  // Of all parts of speech, ascending; each its offset in the data file of its part * 4 + the part.
  // Empty when the word is unknown; valid as long as the WordNet.
  std::span<const std::uint32_t> synsets(std::string_view word) const;

  // SHA-256 over the digests of the files that were read.
  const std::string& digest() const { return digest_; }

 private:
  struct Entry {
    std::array<std::int16_t, kPartsOfSpeech> tagged{-1, -1, -1, -1};
    std::vector<std::uint32_t> synsets;  // offset * 4 + part of speech, ascending
  };
  // Lets a map of strings be asked with a string_view.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>{}(word);
    }
  };
  template <typename Value>
  using WordMap = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  Status add_index(const std::filesystem::path& file, PartOfSpeech part);
  Status add_exceptions(const std::filesystem::path& file, PartOfSpeech part);
  const Entry* find(std::string_view word) const;

  WordMap<Entry> entries_;
  std::array<WordMap<std::string>, kPartsOfSpeech> irregular_;
  std::string digest_;
};

}  // namespace unimo::eval
