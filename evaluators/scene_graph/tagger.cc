#include "evaluators/scene_graph/tagger.h"

#include <algorithm>

#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/tag_context.h"
#include "evaluators/scene_graph/word_readings.h"

namespace unimo::eval {

namespace {

class Tagger : private TagContext {
 public:
  Tagger(std::string_view caption, const WordNet* wordnet)
      : TagContext(read_words(caption, wordnet)), wordnet_(wordnet) {}

  std::vector<TaggedWord> tag() {
    std::vector<TaggedWord> words;
    words.reserve(readings.size());
    for (here = 0; here < readings.size(); ++here) {
      WordReading& reading = readings[here];
      if (!reading.fixed) reading.word.tag = tag_of(reading.word);
      reading.word.lemma = lemma_of(reading);
      follow_clause(reading.word);
      words.push_back(reading.word);
    }
    return words;
  }

 private:
  std::string lemma_of(const WordReading& reading) const {
    const TaggedWord& word = reading.word;
    if (word.tag == Tag::kNoun) return noun_lemma(word.text, wordnet_);
    const bool verb = one_of(word.tag, {Tag::kVerb, Tag::kIng, Tag::kPast});
    // "a parked car" says what "a car is parked" says.
    const bool participle =
        word.tag == Tag::kAdjective && reading.verb.known && (word.classes & kAnyAdjective) == 0;
    return (verb || participle) && !reading.verb.lemma.empty() ? reading.verb.lemma : word.text;
  }

  Tag tag_of(const TaggedWord& word) const {
    if (word.tag == Tag::kOwner) return tag_of_owner();
    const WordClasses closed = word.classes & kClosedClass;
    if (closed != 0) {
      const Tag tag = tag_of_closed(word);
      if (tag != Tag::kNoun) return tag;
    }
    return tag_of_open();
  }

  // "'s" is "is" after pronouns and "there", and in the common slip "giraffe's leaning over".
  Tag tag_of_owner() const {
    if (one_of(previous(), {Tag::kThere, Tag::kPronoun, Tag::kRelative})) return Tag::kBe;
    if (has_next() && readings[here + 1].verb.form == VerbForm::kIng && !next_is(kIngNounWord) &&
        !starts_compound(here + 1) && !noun_follows(here + 2)) {
      return Tag::kBe;
    }
    return Tag::kOwner;
  }

  // kNoun when the word is not used in its closed class here.
  Tag tag_of_closed(const TaggedWord& word) const {
    if (has_class(kBeWord)) return Tag::kBe;
    if (has_class(kHaveWord)) return Tag::kHave;
    if (has_class(kModalWord)) return tag_of_modal(word.text);
    if (opens_existential(word.text)) return Tag::kThere;
    if (has_class(kRelativeWord) && after_phrase()) return Tag::kRelative;
    if (word.text == "her") return before_noun() ? Tag::kPossessive : Tag::kPronoun;
    if (has_class(kPossessiveWord)) return Tag::kPossessive;
    if (word.text == "one" && !before_noun()) return Tag::kPronoun;
    if (has_class(kNumberWord)) return Tag::kNumber;
    if (has_class(kQuantityWord)) return Tag::kQuantity;
    if (has_class(kDeterminerWord)) return Tag::kDeterminer;
    if (has_class(kPronounWord)) return Tag::kPronoun;
    if (has_class(kConjunctionWord)) return Tag::kConjunction;
    if (word.text == "as" && !clause_follows()) return Tag::kPreposition;
    if (has_class(kSubordinatorWord)) return Tag::kSubordinator;
    if (word.text == "to" && verb_follows()) return Tag::kTo;
    if (has_class(kAnyAdjective) && has_class(kPrepositionWord)) {
      const bool opens = inside_phrase() || one_of(previous(), {Tag::kBe, Tag::kPreposition});
      return opens && before_noun() ? Tag::kAdjective : Tag::kPreposition;
    }
    if (has_class(kPrepositionWord)) return Tag::kPreposition;
    // "high" and its like
    if (has_class(kAnyAdjective) && (inside_phrase() || previous() == Tag::kBe || before_noun())) {
      return Tag::kNoun;
    }
    return Tag::kAdverb;
  }

  // "there is", "this is", "it's a": what is named after it is what the caption is about.
  bool opens_existential(std::string_view text) const {
    const bool pointing = text == "there" || text == "here" || text == "this" || text == "these";
    const bool pronoun = text == "it" || text == "that" || text == "those";
    if (!pointing && !pronoun) return false;
    if (!next_is(kBeWord) && !(has_next() && next()->tag == Tag::kOwner)) return false;
    return previous() == Tag::kStop ||
           (pointing && one_of(previous(), {Tag::kComma, Tag::kConjunction, Tag::kSubordinator}));
  }

  // "a can", "does a trick"
  Tag tag_of_modal(std::string_view text) const {
    if (text == "can") return inside_phrase() ? Tag::kNoun : Tag::kModal;
    const bool full_verb = text == "do" || text == "does" || text == "did";
    return full_verb && !verb_follows() ? Tag::kVerb : Tag::kModal;
  }

  bool after_phrase() const {
    return one_of(previous(), {Tag::kNoun, Tag::kComma, Tag::kPreposition, Tag::kPronoun,
                               Tag::kAdverb, Tag::kAdjective});
  }

  // A base form; of "put" past and base form are one.
  bool verb_follows() const {
    if (!has_next() || readings[here + 1].fixed || next_is(kDeterminerWord)) return false;
    const WordReading& reading = readings[here + 1];
    return (reading.verb.form == VerbForm::kBase || reading.verb.lemma == next()->text) &&
           (reading.verb_classes & kAnyVerb) != 0;
  }

  // "as" before a clause: a verb comes before the end, with nothing but a noun phrase between.
  bool clause_follows() const {
    if (has_next() && next_is(kPronounWord)) return true;
    for (std::size_t i = here + 1; i < std::min(readings.size(), here + 7); ++i) {
      if (one_of(word_at(i).tag, {Tag::kComma, Tag::kStop})) return false;
      if ((word_at(i).classes & (kBeWord | kModalWord | kHaveWord)) != 0) return true;
      const std::size_t first = here + (next_is(kDeterminerWord) ? 3 : 2);
      if (readings[i].strong_verb || (readings[i].weak_verb && i >= first)) return true;
      if ((word_at(i).classes & kPrepositionWord) != 0) return false;
    }
    return false;
  }

  Tag tag_of_open() const {
    const WordReading& open = readings[here];
    switch (open.verb.form) {
      case VerbForm::kIng: return tag_of_ing();
      case VerbForm::kPast: return tag_of_past();
      default: break;
    }
    if (is_finite_verb()) return Tag::kVerb;
    if (open.material) return before_noun() && !next_is_finite() ? Tag::kAdjective : Tag::kNoun;
    if (has_class(kColourWord)) return tag_of_colour();
    if (open.adjective) return tag_of_adjective();
    if (word_at(here).text.size() > 4 && word_at(here).text.ends_with("ly") &&
        !has_class(kNounWord)) {
      return Tag::kAdverb;
    }
    // "is rock climbing"
    const bool before_ing = has_next() && readings[here + 1].verb.form == VerbForm::kIng;
    if (previous() == Tag::kBe && before_ing && !starts_compound(here + 1)) return Tag::kAdverb;
    return Tag::kNoun;
  }

  Tag tag_of_ing() const {
    if (has_class(kIngNounWord)) {
      const bool verb =
          previous() == Tag::kBe ||
          (previous() == Tag::kNoun && (next_is(kDeterminerWord) || is_animate(here - 1)));
      return verb && !starts_compound(here) ? Tag::kIng : Tag::kNoun;
    }
    if (has_class(kAnyAdjective)) return Tag::kAdjective;
    if (starts_compound(here) && previous() != Tag::kBe) return Tag::kNoun;
    if (!inside_phrase()) return Tag::kIng;
    if (before_noun() && !next_is(kDeterminerWord)) return Tag::kAdjective;
    // "a painting", "an urban setting"
    return opened_by_determiner() ? Tag::kNoun : Tag::kIng;
  }

  Tag tag_of_past() const {
    if (previous() == Tag::kTo) return Tag::kVerb;
    if (previous() == Tag::kHave && next_is(kDeterminerWord))
      return Tag::kPast;  // "has left a cup"
    const bool inside = inside_phrase();
    if (has_class(kNounWord) && !before_noun() && previous() != Tag::kNoun) return Tag::kNoun;
    if (has_class(kAnyAdjective)) {
      const bool relation = one_of(previous(), {Tag::kNoun, Tag::kBe, Tag::kAdverb}) &&
                            has_next() && next_is(kPrepositionWord);
      return relation ? Tag::kPast : Tag::kAdjective;
    }
    const bool opens = one_of(previous(), {Tag::kStop, Tag::kPreposition, Tag::kConjunction,
                                           Tag::kComma, Tag::kIng, Tag::kVerb});
    const bool freshly = previous() == Tag::kAdverb && word_at(here - 1).text.ends_with("ly");
    if ((inside || opens || freshly) && before_noun()) return Tag::kAdjective;
    if (inside && previous() != Tag::kAdverb) {
      return previous() == Tag::kAdjective ? Tag::kPast : Tag::kNoun;
    }
    return Tag::kPast;
  }

  Tag tag_of_colour() const {
    if (before_noun() && !next_is_finite()) return Tag::kAdjective;
    if (next_is(kConjunctionWord) || (has_next() && next()->tag == Tag::kComma)) {
      return one_of(previous(), {Tag::kPreposition, Tag::kIng, Tag::kVerb}) &&
                     !colour_list_has_noun()
                 ? Tag::kNoun
                 : Tag::kAdjective;
    }
    if (one_of(previous(), {Tag::kPreposition, Tag::kIng, Tag::kVerb, Tag::kDeterminer})) {
      return Tag::kNoun;
    }
    if (previous() == Tag::kConjunction && previous(2) == Tag::kNoun &&
        (word_at(here - 2).classes & kColourWord) != 0) {
      return Tag::kNoun;
    }
    return Tag::kAdjective;
  }

  // "in black and white" has no noun, "in a black and white shirt" has.
  bool colour_list_has_noun() const {
    std::size_t i = here;
    while (i < readings.size() && ((word_at(i).classes & (kColourWord | kConjunctionWord)) != 0 ||
                                   word_at(i).tag == Tag::kComma)) {
      ++i;
    }
    return i < readings.size() && !readings[i].fixed && readings[i].nounlike &&
           word_at(i).tag != Tag::kStop && (word_at(i).classes & kClosedClass) == 0 &&
           readings[i].verb.form != VerbForm::kIng &&
           (word_at(i - 1).classes & kConjunctionWord) == 0;
  }

  // "the top", "on the left": adjectives that are nouns when no noun follows.
  Tag tag_of_adjective() const {
    if (previous() == Tag::kDeterminer || previous() == Tag::kPossessive) {
      if (has_class(kAnimate) && next_is_finite()) return Tag::kNoun;
      const bool more = before_noun() || next_is(kConjunctionWord | kAnyAdjective) ||
                        (has_next() && next()->tag == Tag::kComma);
      return more ? Tag::kAdjective : Tag::kNoun;
    }
    if (readings[here].also_noun && previous() != Tag::kBe && previous() != Tag::kAdverb) {
      return before_noun() && !next_is_finite() ? Tag::kAdjective : Tag::kNoun;
    }
    // "running close", "lying flat"
    if (one_of(previous(), {Tag::kIng, Tag::kVerb}) && !before_noun()) return Tag::kAdverb;
    return Tag::kAdjective;
  }

  bool next_is_finite() const {
    if (!has_next()) return false;
    const WordReading& open = readings[here + 1];
    if (open.strong_verb) return true;
    return open.weak_verb && open.verb.form == VerbForm::kThirdPerson && awaits_verb() &&
           (previous() != Tag::kDeterminer || has_class(kAnimate)) && here + 2 < readings.size() &&
           (word_at(here + 2).classes &
            (kDeterminerWord | kPossessiveWord | kPrepositionWord | kNumberWord)) != 0;
  }

  bool is_finite_verb() const {
    const WordReading& open = readings[here];
    if (!open.strong_verb && !open.weak_verb) return false;
    if (one_of(previous(), {Tag::kTo, Tag::kModal})) return true;
    if (has_class(kNounWord) || inside_phrase() ||
        one_of(previous(), {Tag::kPreposition, Tag::kBe, Tag::kHave})) {
      return false;
    }
    return open.verb.form == VerbForm::kBase ? is_plural_verb() : is_singular_verb();
  }

  bool is_singular_verb() const {
    const WordReading& open = readings[here];
    std::size_t steps = 1;
    const Tag tag = before_adverbs(steps);
    if (one_of(tag, {Tag::kRelative, Tag::kPronoun})) return true;
    if (one_of(tag, {Tag::kConjunction, Tag::kComma})) {
      return (had_verb || awaits_verb()) && (open.strong_verb || verb_context_follows());
    }
    if (tag == Tag::kNoun) {
      if (open.strong_verb || is_animate(here - steps)) return true;
      const bool things_do = (open.verb_classes & kThingVerb) != 0;
      return (things_do || awaits_verb()) && verb_context_follows();
    }
    if (tag == Tag::kAdjective && awaits_verb() && verb_context_follows()) return true;
    return one_of(tag, {Tag::kAdjective, Tag::kPast, Tag::kIng}) && open.strong_verb;
  }

  bool is_plural_verb() const {
    const WordReading& open = readings[here];
    std::size_t steps = 1;
    const Tag tag = before_adverbs(steps);
    if (has_class(kAnyAdjective) && !(tag == Tag::kNoun && is_plural(word_at(here - steps).text))) {
      return false;
    }
    if (one_of(tag, {Tag::kRelative, Tag::kPronoun})) {
      return open.strong_verb || verb_context_follows();
    }
    if (tag == Tag::kConjunction) return had_base && verb_context_follows();
    if (tag != Tag::kNoun) return false;
    const TaggedWord& noun = word_at(here - steps);
    const bool plural =
        noun.text.ends_with('s') || is_plural(noun.text) || (noun.classes & kCollectiveWord) != 0;
    if (plural && (open.strong_verb || is_animate(here - steps))) return true;
    const bool awaited = awaits_verb() || (open.strong_verb && !had_finite);
    return awaited && plural_subject && verb_context_follows() && !next_is_mark();
  }

  const WordNet* wordnet_;
};

}  // namespace

std::vector<TaggedWord> tag_caption(std::string_view caption, const WordNet* wordnet) {
  return Tagger(caption, wordnet).tag();
}

}  // namespace unimo::eval
