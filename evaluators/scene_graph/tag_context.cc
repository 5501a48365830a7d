#include "evaluators/scene_graph/tag_context.h"

#include <algorithm>

namespace unimo::eval {

bool one_of(Tag tag, std::initializer_list<Tag> tags) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

const TaggedWord* TagContext::next(std::size_t steps) const {
  return here + steps < readings.size() ? &word_at(here + steps) : nullptr;
}

Tag TagContext::previous(std::size_t steps) const {
  return here >= steps ? word_at(here - steps).tag : Tag::kStop;
}

bool TagContext::next_is_mark() const {
  return !has_next() || one_of(next()->tag, {Tag::kComma, Tag::kStop, Tag::kOwner});
}

bool TagContext::before_noun() const {
  if (next_is_mark()) return false;
  if (readings[here + 1].fixed) return one_of(next()->tag, {Tag::kNoun, Tag::kAdjective});
  if (next_is(kPrepositionWord) && !next_is(kNounWord | kAnyAdjective)) return false;
  if (readings[here + 1].nounlike) {
    const VerbForm form = readings[here + 1].verb.form;
    const bool participle = (form == VerbForm::kIng || form == VerbForm::kPast) &&
                            !next_is(kIngNounWord | kAnyAdjective | kNounWord);
    return !participle || starts_compound(here + 1) || noun_follows(here + 2);
  }
  return false;
}

bool TagContext::starts_compound(std::size_t at) const {
  if (at + 1 >= readings.size() || readings[at].verb.form != VerbForm::kIng) return false;
  if ((word_at(at + 1).classes & kCompoundNounAfter) == 0) return false;
  if ((readings[at].verb_classes & kStativeVerb) != 0) return false;
  const bool after_animate = at > 0 && (noun_classes_at(at - 1) & kAnimate) != 0;
  return !after_animate;
}

bool TagContext::noun_follows(std::size_t at) const {
  if (at >= readings.size() || readings[at].fixed) return false;
  return readings[at].nounlike && !readings[at].weak_verb &&
         (word_at(at).classes & kClosedClass) == 0 && readings[at].verb.form != VerbForm::kIng &&
         readings[at].verb.form != VerbForm::kPast;
}

bool TagContext::inside_phrase() const {
  const Tag tag = previous();
  if (one_of(tag,
             {Tag::kDeterminer, Tag::kPossessive, Tag::kNumber, Tag::kQuantity, Tag::kOwner})) {
    return true;
  }
  if (tag == Tag::kAdjective) {
    std::size_t steps = 1;
    while (previous(steps) == Tag::kAdjective) ++steps;
    return previous(steps) != Tag::kBe;  // "is young" is over
  }
  return tag == Tag::kAdverb && one_of(previous(2), {Tag::kDeterminer, Tag::kPossessive});
}

bool TagContext::opened_by_determiner() const {
  std::size_t steps = 1;
  while (previous(steps) == Tag::kAdjective) ++steps;
  return one_of(previous(steps), {Tag::kDeterminer, Tag::kPossessive});
}

WordClasses TagContext::noun_classes_at(std::size_t at) const {
  return word_at(at).classes | word_classes(word_at(at).lemma);
}

bool TagContext::verb_context_follows() const {
  if (next_is_mark()) return true;
  return next_is(kDeterminerWord | kPossessiveWord | kPrepositionWord | kAdverbWord | kPronounWord |
                 kConjunctionWord | kNumberWord | kQuantityWord | kSubordinatorWord);
}

Tag TagContext::before_adverbs(std::size_t& steps) const {
  steps = 1;
  while (previous(steps) == Tag::kAdverb && steps < here) ++steps;
  return previous(steps);
}

void TagContext::follow_clause(const TaggedWord& word) {
  if (word.tag == Tag::kNoun && !had_noun) {
    had_noun = true;
    animate_subject = is_animate(here);
    plural_subject = is_plural(word.text) || (word.classes & kCollectiveWord) != 0;
  }
  if (word.tag == Tag::kConjunction && !had_verb) plural_subject = true;
  if (is_verbal(word.tag)) had_verb = true;
  if (word.tag == Tag::kVerb && readings[here].verb.form == VerbForm::kBase) had_base = true;
  if (is_finite(word.tag)) had_finite = true;
  if (one_of(word.tag, {Tag::kStop, Tag::kSubordinator})) {
    had_verb = had_base = had_finite = had_noun = animate_subject = plural_subject = false;
  }
}

}  // namespace unimo::eval
