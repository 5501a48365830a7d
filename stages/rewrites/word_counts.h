// Counts of the first reading of a corpus: words with their forms. Those of several threads add up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "stages/rewrites/vocabulary.h"

namespace unimo::stages {

using FormCounts = std::map<std::string, std::int64_t>;  // equal counts: the first wins

class WordCounts {
 public:
  void add(std::string_view caption, const CaptionReading& reading);
  void add(const WordCounts& other);
  // The lists of `vocabulary`, without what is rarer than the floor; its counts of the corpus, too.
  void fill(Vocabulary& vocabulary, const VocabularyOptions& options) const;

 private:
  struct Object {
    std::string head;
    std::int64_t count = 0;
    std::array<std::int64_t, 4> slots{};
    std::int64_t placed = 0;
    FormCounts singular, plural;
  };
  struct Attribute {
    std::int64_t count = 0;
    FormCounts forms;
  };
  struct Verb {
    std::int64_t count = 0;
    std::array<FormCounts, 5> forms;
  };
  struct Place {
    std::int64_t count = 0;
    std::size_t noun_begin = 0;
    std::string preposition, object;
  };
  void fill_nouns(Vocabulary& vocabulary, const VocabularyOptions& options) const;
  void fill_places(Vocabulary& vocabulary, const VocabularyOptions& options) const;
  void add_place(std::string_view caption, const CaptionReading& reading,
                 const RelationNode& relation);
  void add_relation(std::string_view caption, const CaptionReading& reading,
                    const RelationNode& relation);

  std::unordered_map<std::string, Object> objects_;
  std::unordered_map<std::string, Attribute> attributes_;
  std::unordered_map<std::string, Verb> verbs_;
  std::unordered_map<std::string, std::int64_t> prepositions_, contexts_;
  std::unordered_map<std::string, Place> places_;
  CorpusCounts corpus_;
};

// The contexts of the relation's two ends, in the writing of Vocabulary::contexts: of its object
// the whole relation, then its preposition alone; of its subject.
std::string object_context(std::string_view relation);
// Of a preposition behind any verb: "looks at" goes with more than "a swing at".
std::string verbal_context(std::string_view preposition);
std::string subject_context(const RelationNode& relation);
std::string attribute_context(std::string_view attribute);

// Lower case of ASCII.
std::string lower_case_of(std::string_view text);

}  // namespace unimo::stages
