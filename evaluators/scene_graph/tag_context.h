// What the tagger can see from a word: its neighbours, and what the clause has had so far.
#pragma once

#include <initializer_list>
#include <vector>

#include "evaluators/scene_graph/word_readings.h"

namespace unimo::eval {

bool one_of(Tag tag, std::initializer_list<Tag> tags);

// A place among the readings, `here`, which the tagger moves from left to right. Tags before it are
// final.
struct TagContext {
  explicit TagContext(std::vector<WordReading> all) : readings(std::move(all)) {}

  const TaggedWord& word_at(std::size_t at) const { return readings[at].word; }
  bool has_class(WordClasses classes) const { return (word_at(here).classes & classes) != 0; }
  bool has_next() const { return here + 1 < readings.size(); }
  const TaggedWord* next(std::size_t steps = 1) const;
  bool next_is(WordClasses classes) const { return has_next() && (next()->classes & classes) != 0; }
  Tag previous(std::size_t steps = 1) const;
  bool next_is_mark() const;
  // Whether the next word can go on a noun phrase that this one belongs to.
  bool before_noun() const;
  // "living room": an -ing that makes a compound with its noun; not in "men wearing helmets".
  bool starts_compound(std::size_t at) const;
  // A plain noun, and neither the beginning of a phrase nor a word that may be a verb.
  bool noun_follows(std::size_t at) const;
  // After a word that opens a noun phrase: a determiner, an adjective, a number.
  bool inside_phrase() const;
  // Between this word and a determiner are adjectives at most.
  bool opened_by_determiner() const;
  WordClasses noun_classes_at(std::size_t at) const;
  bool is_animate(std::size_t at) const { return (noun_classes_at(at) & kAnimate) != 0; }
  // What may follow a verb, and seldom follows a noun that stands in another noun's way.
  bool verb_context_follows() const;
  // The tag before, adverbs left out: "a dog happily runs".
  Tag before_adverbs(std::size_t& steps) const;
  // The clause began with people or animals and has no verb yet: "a girl in pink climbs".
  bool awaits_verb() const { return animate_subject && !had_finite; }
  // Notes what a word whose tag is now final brings to its clause.
  void follow_clause(const TaggedWord& word);

  std::vector<WordReading> readings;
  std::size_t here = 0;
  // What this clause has had:
  bool had_verb = false;
  bool had_base = false;  // one as in "people sit"
  bool had_finite = false;
  bool had_noun = false;  // the first of which is…
  bool animate_subject = false;
  bool plural_subject = false;
};

}  // namespace unimo::eval
