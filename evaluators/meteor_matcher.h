// All ways in which words or phrases of a hypothesis can match those of a reference, by METEOR's
// modules. Which of them hold together is meteor_aligner.h's business.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluators/meteor_resources.h"

namespace unimo::eval {

enum class MeteorModule { kExact, kStem, kSynonym, kParaphrase };

// What the modules compare of a word.
struct MeteorWord {
  // The official program compares Java's hash codes instead of texts, collisions included.
  std::uint32_t hash = 0;
  std::uint32_t stem_hash = 0;
  std::vector<SynsetId> synsets;  // ascending
  ParaphraseTable::Word table_word = ParaphraseTable::kNoWord;
  bool is_function_word = false;
};

// Java's String.hashCode.
std::uint32_t java_hash(std::u32string_view text);

MeteorWord meteor_word(std::string_view text, const MeteorResources& resources);

using WordNumber = std::uint32_t;  // an index of a list of MeteorWord

// A stretch of the reference and one of the hypothesis.
struct MeteorMatch {
  int start = 0;  // in the reference
  int length = 0;
  int hypothesis_start = 0;
  int hypothesis_length = 0;
  int module = 0;  // a place in the list of modules
};

// More possible matches than this between two texts (two lines of 2,000 equal words) are not
// searched: the official program would run for hours on them.
constexpr std::size_t kMostMeteorMatches = 4'000'000;

// A hypothesis, prepared for any number of references. Refers to what it is made of.
class MeteorMatcher {
 public:
  MeteorMatcher(std::span<const MeteorWord> words, const ParaphraseTable* table,
                std::span<const WordNumber> hypothesis);

  // Every match, module by module; within one by reference position, then hypothesis position, and
  // for paraphrases as the official program finds them. The aligner depends on the order among
  // those of one reference position. Gives up soon after kMostMeteorMatches.
  std::vector<MeteorMatch> matches(std::span<const WordNumber> reference,
                                   std::span<const MeteorModule> modules) const;

  std::span<const WordNumber> hypothesis() const { return hypothesis_; }
  const MeteorWord& word(WordNumber number) const { return words_[number]; }

 private:
  using Matches = std::vector<MeteorMatch>;
  // Positions by a number, ascending for equal numbers.
  class Positions {
   public:
    void add(std::uint32_t key, std::size_t position);
    void sort();
    template <class Work>
    void each(std::uint32_t key, const Work& work) const;

   private:
    std::vector<std::pair<std::uint32_t, int>> entries_;
  };
  // A phrase of the table and where it stands.
  struct PhraseAt {
    int start = 0;
    int length = 0;
    ParaphraseTable::Phrase phrase = ParaphraseTable::kNoPhrase;
  };
  using Phrases = std::vector<PhraseAt>;

  void match_exactly(const MeteorWord& word, MeteorMatch match, Matches& out) const;
  void match_stems(const MeteorWord& word, MeteorMatch match, Matches& out) const;
  void match_synonyms(const MeteorWord& word, MeteorMatch match, Matches& out) const;
  void match_paraphrases(std::span<const WordNumber> reference, int module, Matches& out) const;
  Phrases phrases_in(std::span<const WordNumber> text) const;

  std::span<const MeteorWord> words_;
  const ParaphraseTable* table_;
  std::span<const WordNumber> hypothesis_;
  Positions by_hash_, by_stem_, by_synset_;
  Phrases phrases_;
};

}  // namespace unimo::eval
