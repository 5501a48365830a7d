// What lies above a word's meanings in WordNet: its hypernyms, and of an adjective the one that it
// is like.
//
//   const Taxonomy taxonomy = UNIMO_TRY(Taxonomy::load("/usr/share/wordnet"));
//   taxonomy.related("dog", "animal", eval::PartOfSpeech::kNoun);  // true: a hypernym
//
// All meanings count, rare ones too: "dog" is also a word for a man, so that neither replaces the
// other. What is lost so is little, since vocabularies are large.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluators/scene_graph/wordnet.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

// What a noun is first of all, as a set of bits: what can stand in a sentence where it stands.
using NounKinds = std::uint16_t;
constexpr NounKinds kPersonKind = 1 << 0;
constexpr NounKinds kAnimalKind = 1 << 1;
constexpr NounKinds kFoodKind = 1 << 2;
constexpr NounKinds kPlantKind = 1 << 3;
constexpr NounKinds kClothingKind = 1 << 4;
constexpr NounKinds kVehicleKind = 1 << 5;
constexpr NounKinds kFurnitureKind = 1 << 6;
constexpr NounKinds kPlaceKind = 1 << 7;  // land, water, buildings, ways, what covers the ground
constexpr NounKinds kBodyKind = 1 << 8;
constexpr NounKinds kThingKind = 1 << 9;  // other things that people make
constexpr NounKinds kEventKind = 1 << 10;
constexpr NounKinds kOtherNounKind = 1 << 11;
constexpr NounKinds kLivingKinds = kPersonKind | kAnimalKind;
constexpr NounKinds kAllNounKinds = (1 << 12) - 1;

// Immutable after load; may be used from several threads.
class Taxonomy {
 public:
  // Reads what eval::WordNet::load reads, and data.{noun,verb,adj} (format: wndb(5WN)). kNotFound
  // or kInvalid, with file and line.
  static Result<Taxonomy> load(const std::filesystem::path& folder);

  const eval::WordNet& wordnet() const { return wordnet_; }

  // Synsets of the word as this part of speech, ascending; of several words that WordNet does not
  // have together, those of the last.
  std::vector<std::uint32_t> meanings(std::string_view word, eval::PartOfSpeech part) const;
  // These and all that lies above them, ascending.
  std::vector<std::uint32_t> with_ancestors(const std::vector<std::uint32_t>& synsets) const;
  // Of the first two meanings of the noun that are no names ("cake" is a block and food); of a
  // compound those of its last word when WordNet does not have it. Events and what is none of
  // these kinds only of a noun that is nothing else. 0: no noun.
  NounKinds kinds(std::string_view noun) const;
  // A synonym, hypernym or hyponym.
  bool related(std::string_view a, std::string_view b, eval::PartOfSpeech part) const;

 private:
  explicit Taxonomy(eval::WordNet wordnet) : wordnet_(std::move(wordnet)) {}
  Status add_data(const std::filesystem::path& file, eval::PartOfSpeech part);

  Status add_kinds(const std::filesystem::path& index);
  NounKinds kind_of(std::uint32_t offset) const;

  // Only while loading.
  struct NounSynset {
    std::uint32_t lexicographer_file = 0;
    bool is_name = false;  // of one person, place or thing
  };

  eval::WordNet wordnet_;
  std::unordered_map<std::uint32_t, NounSynset> nouns_;     // by offset; while loading
  std::vector<std::pair<std::uint32_t, NounKinds>> heads_;  // synsets; while loading
  std::unordered_map<std::string, NounKinds> kinds_;        // of nouns, "_" for blanks
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> parents_;  // looked up only
};

}  // namespace unimo::stages
