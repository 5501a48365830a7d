// By what each word of a vocabulary may be replaced, as far as no picture has to be asked: nothing
// that means the same, nothing that pictures show untold, nothing that may be true besides.
//
//   const Candidates candidates(vocabulary, &taxonomy, options, threads);
//   candidates.objects[*vocabulary.objects.find("dog")].choices;  // cat, horse, …
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "stages/rewrites/taxonomy.h"
#include "stages/rewrites/vocabulary.h"

namespace unimo::stages {

// Why a candidate is refused.
enum class Rule {
  kSameMeaning,   // a synonym, hypernym or hyponym, or another compound of the same noun
  kSaidTogether,  // captions of one picture say both more often than chance: may be the same
  kUntold,        // pictures often show it without a caption telling
  kOtherKind,     // clothes for a vehicle, an animal for a person, a place for a thing
  kNoContrast,    // both may be true at once
  kSaid,          // a caption of the picture says it, or what means the same, or a kind of it
  kLikelyThere,   // goes with what the captions of the picture say: may be there untold
  kForm,          // has no form that the place needs: number, article, verb form
  kDoesNotGo,     // was never seen beside its new neighbours
  kSeveralThere,  // the picture has a second thing of the kind, of which it may be true
};
constexpr std::size_t kRules = 10;
std::string_view name_of(Rule rule);

struct RuleCounts {
  std::array<std::int64_t, kRules> of{};
  std::int64_t& operator[](Rule rule) { return of[static_cast<std::size_t>(rule)]; }
  void add(const RuleCounts& other) {
    for (std::size_t i = 0; i < kRules; ++i) of[i] += other.of[i];
  }
};

struct Choice {
  WordId word = 0;
  float weight = 0;
};

struct WordChoices {
  std::vector<Choice> choices;
  RuleCounts refused;           // among the words that were looked at for `choices`
  std::vector<WordId> related;  // of the same list: same meaning
};

// Which words of a list may be put in; empty: all of the vocabulary.
using WordSet = std::unordered_set<std::string>;

struct CandidateOptions {
  bool by_similarity = true;   // else by frequency
  double power = 0.75;         // of the frequency (Mikolov et al. 2013 draw negatives so)
  std::size_t choices = 100;   // of each word, at most
  double together_lift = 1.5;  // kSaidTogether
  WordSet objects = {}, attributes = {}, relations = {};
};

struct Candidates {
  // `taxonomy` may be null: then only words of one noun are known to mean the same.
  Candidates(const Vocabulary& vocabulary, const Taxonomy* taxonomy,
             const CandidateOptions& options, int threads);

  std::vector<WordChoices> objects, attributes, verbs, prepositions;  // by WordId
  std::vector<NounKinds> kinds;                                       // of objects
  // Whether the object lives for sure: not "star", which may be a person.
  bool is_living(WordId object) const {
    return kinds[object] != 0 && (kinds[object] & ~kLivingKinds) == 0;
  }
};

}  // namespace unimo::stages
