#include "evaluators/scene_graph/tagger.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "evaluators/scene_graph/caption_words.h"
#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/wordnet.h"

namespace unimo::eval {

namespace {

constexpr WordClasses kVerbClasses = kVerbWord | kNounVerbWord | kLeadingVerb;

bool one_of(Tag tag, std::initializer_list<Tag> tags) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

bool is_verbal(Tag tag) {
  return one_of(tag, {Tag::kVerb, Tag::kIng, Tag::kPast, Tag::kBe, Tag::kHave, Tag::kModal});
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_adjective_ending(std::string_view word) {
  for (const std::string_view ending :
       {"ful", "less", "ous", "ish", "able", "ible", "like", "-sized", "-shaped", "-colored",
        "-style", "-covered", "-haired", "-eyed", "-filled", "-legged", "-sleeved"}) {
    if (word.size() > ending.size() + 2 && word.ends_with(ending)) return true;
  }
  return false;
}

// Open-class words: what a word can be, before its neighbours are looked at.
struct OpenWord {
  VerbReading verb;
  WordClasses verb_classes = 0;  // of the verb's base form
  bool adjective = false;
  bool material = false;     // or what is adjective before a noun only
  bool strong_verb = false;  // a verb first
  bool weak_verb = false;    // as often a noun
  bool nounlike = true;      // may stand in a noun phrase
};

// "in front of" and the like, longest first. Empty when none begins here.
std::size_t fixed_phrase_length(const std::vector<CaptionWord>& words, std::size_t at,
                                WordClasses& classes) {
  for (const FixedPhrase& phrase : fixed_phrases_of(words[at].text)) {
    std::string_view rest = phrase.text;
    std::size_t i = at;
    while (!rest.empty() && i < words.size()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (words[i].kind != CaptionWord::Kind::kWord || words[i].text != word) break;
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      ++i;
    }
    if (!rest.empty()) continue;
    classes = phrase.classes;
    return i - at;
  }
  return 0;
}

// "snow covered", "long haired", "tasty looking" before a noun: one adjective of two words. 0:
// none.
std::size_t compound_adjective_length(const std::vector<CaptionWord>& words, std::size_t at) {
  static constexpr std::array<std::string_view, 20> kSecond = {
      "covered", "filled", "lined",  "topped",  "clad",    "colored", "coloured",
      "shaped",  "sized",  "haired", "eyed",    "legged",  "sleeved", "capped",
      "looking", "tiered", "faced",  "handled", "cheeked", "breasted"};
  if (at + 2 >= words.size()) return 0;
  for (std::size_t i = at; i < at + 3; ++i) {
    if (words[i].kind != CaptionWord::Kind::kWord) return 0;
    const WordClasses closed = word_classes(words[i].text) & kClosedClass;
    if ((closed & ~(i == at ? kAdverbWord | kNumberWord : 0)) != 0) return 0;
  }
  const std::string& second = words[at + 1].text;
  if (std::find(kSecond.begin(), kSecond.end(), second) == kSecond.end()) return 0;
  if (second == "looking" && (word_classes(words[at].text) & kAnyAdjective) == 0) return 0;
  if ((word_classes(words[at].text) & kAnimate) != 0) return 0;  // "a man covered mud"
  return 2;
}

// "on it's back"
bool is_slip_for_its(const std::vector<CaptionWord>& words, std::size_t at) {
  return at > 0 && at + 1 < words.size() && words[at].text == "it" &&
         words[at + 1].kind == CaptionWord::Kind::kOwner &&
         (word_classes(words[at - 1].text) & kPrepositionWord) != 0;
}

class Tagger {
 public:
  Tagger(std::string_view caption, const WordNet* wordnet) : wordnet_(wordnet) {
    const auto words = caption_words(caption, kMaxCaptionWords);
    words_.reserve(words.size());
    for (std::size_t i = 0; i < words.size();) i += add(words, i);
    for (const TaggedWord& word : words_) open_.push_back(open_word(word));
  }

  std::vector<TaggedWord> tag() {
    for (at_ = 0; at_ < words_.size(); ++at_) {
      TaggedWord& word = words_[at_];
      if (!fixed_[at_]) word.tag = tag_of(word);
      if (word.tag == Tag::kVerb || word.tag == Tag::kIng || word.tag == Tag::kPast) {
        word.lemma = open_[at_].verb.lemma;
      } else if (word.tag == Tag::kNoun) {
        word.lemma = noun_lemma(word.text, wordnet_);
      } else if (word.tag == Tag::kAdjective && open_[at_].verb.known &&
                 (word.classes & kAnyAdjective) == 0) {
        word.lemma = open_[at_].verb.lemma;  // "a parked car" says what "a car is parked" says
      } else {
        word.lemma = word.text;
      }
      follow_clause(word);
    }
    return std::move(words_);
  }

 private:
  void follow_clause(const TaggedWord& word) {
    if (word.tag == Tag::kNoun && !had_noun_) {
      had_noun_ = true;
      animate_subject_ = is_animate(at_);
      plural_subject_ = is_plural(word.text) || (word.classes & kCollectiveWord) != 0;
    }
    if (word.tag == Tag::kConjunction && !had_verb_) plural_subject_ = true;
    if (is_verbal(word.tag)) had_verb_ = true;
    if (one_of(word.tag, {Tag::kVerb, Tag::kBe, Tag::kHave, Tag::kModal})) had_finite_ = true;
    if (one_of(word.tag, {Tag::kStop, Tag::kSubordinator})) {
      had_verb_ = had_finite_ = had_noun_ = animate_subject_ = plural_subject_ = false;
    }
  }

  // Adds the word or fixed phrase at `at`; returns how many words it has.
  std::size_t add(const std::vector<CaptionWord>& words, std::size_t at) {
    TaggedWord word{.span = words[at].span, .text = words[at].text};
    WordClasses phrase_classes = 0;
    const std::size_t length = fixed_phrase_length(words, at, phrase_classes);
    if (is_slip_for_its(words, at)) {
      word.span.end = words[at + 1].span.end;
      word.text = "its";
      word.classes = kPossessiveWord;
      fixed_.push_back(false);
      words_.push_back(std::move(word));
      return 2;
    }
    if (length > 0) {
      word.span.end = words[at + length - 1].span.end;
      for (std::size_t i = at + 1; i < at + length; ++i) word.text += " " + words[i].text;
      word.classes = phrase_classes;
      word.tag = fixed_tag(phrase_classes);
      if (word.text == "close up") word.text = "closeup", word.classes = kFrameNoun;
    } else if (const std::size_t parts = compound_adjective_length(words, at); parts > 0) {
      word.span.end = words[at + 1].span.end;
      word.text += "-" + words[at + 1].text;
      word.classes = kAdjectiveWord;
      word.tag = Tag::kAdjective;
      fixed_.push_back(true);
      words_.push_back(std::move(word));
      return parts;
    } else {
      word.classes = is_digits(word.text) ? kNumberWord : word_classes(word.text);
      if (words[at].kind == CaptionWord::Kind::kOwner) word.tag = Tag::kOwner;
      if (words[at].kind == CaptionWord::Kind::kComma) word.tag = Tag::kComma;
      if (words[at].kind == CaptionWord::Kind::kStop) word.tag = Tag::kStop;
    }
    const bool punctuation =
        words[at].kind == CaptionWord::Kind::kComma || words[at].kind == CaptionWord::Kind::kStop;
    fixed_.push_back(length > 0 || punctuation);
    words_.push_back(std::move(word));
    return std::max<std::size_t>(length, 1);
  }

  static Tag fixed_tag(WordClasses classes) {
    if ((classes & kPrepositionWord) != 0) return Tag::kPreposition;
    if ((classes & kConjunctionWord) != 0) return Tag::kConjunction;
    if ((classes & kPronounWord) != 0) return Tag::kPronoun;
    if ((classes & kAdverbWord) != 0) return Tag::kAdverb;
    if ((classes & kAnyAdjective) != 0) return Tag::kAdjective;
    return Tag::kNoun;
  }

  OpenWord open_word(const TaggedWord& word) const {
    OpenWord open;
    open.verb = verb_reading(word.text, wordnet_);
    if (open.verb.form != VerbForm::kNone) open.verb_classes = word_classes(open.verb.lemma);
    open.material = (word.classes & kMaterialWord) != 0;
    open.adjective = (word.classes & (kAnyAdjective & ~kMaterialWord)) != 0;
    const bool listed = word.classes != 0 || (open.verb_classes & kVerbClasses) != 0;
    if (!listed && has_adjective_ending(word.text)) open.adjective = true;
    if (!listed && wordnet_ != nullptr) ask_wordnet(word.text, open);
    const bool finite =
        open.verb.form == VerbForm::kBase || open.verb.form == VerbForm::kThirdPerson;
    if (finite && (open.verb_classes & kVerbClasses) != 0) {
      open.weak_verb = (open.verb_classes & kNounVerbWord) != 0;
      open.strong_verb = !open.weak_verb;
    }
    open.nounlike = (word.classes & kClosedClass & ~kNumberWord & ~kQuantityWord) == 0 &&
                    !(open.strong_verb && !open.adjective && (word.classes & kNounWord) == 0);
    return open;
  }

  // Words in no list of ours: a noun unless WordNet's hand-tagged texts rather have it otherwise.
  void ask_wordnet(const std::string& word, OpenWord& open) const {
    const std::string noun = noun_lemma(word, wordnet_);
    const int as_noun = wordnet_->tagged_senses(noun, PartOfSpeech::kNoun);
    open.adjective = wordnet_->tagged_senses(word, PartOfSpeech::kAdjective) > as_noun;
    const bool finite =
        open.verb.form == VerbForm::kBase || open.verb.form == VerbForm::kThirdPerson;
    const int as_verb = wordnet_->tagged_senses(open.verb.lemma, PartOfSpeech::kVerb);
    open.strong_verb = finite && as_noun < 0 && as_verb >= 0;
  }

  bool has_class(WordClasses classes) const { return (words_[at_].classes & classes) != 0; }
  bool has_next() const { return at_ + 1 < words_.size(); }
  const TaggedWord* next(std::size_t steps = 1) const {
    return at_ + steps < words_.size() ? &words_[at_ + steps] : nullptr;
  }
  bool next_is(WordClasses classes) const { return has_next() && (next()->classes & classes) != 0; }
  Tag previous(std::size_t steps = 1) const {
    return at_ >= steps ? words_[at_ - steps].tag : Tag::kStop;
  }
  bool next_is_mark() const {
    return !has_next() || one_of(next()->tag, {Tag::kComma, Tag::kStop, Tag::kOwner});
  }

  // Whether the next word can go on a noun phrase that this one belongs to.
  bool before_noun() const {
    if (next_is_mark()) return false;
    if (fixed_[at_ + 1]) return one_of(next()->tag, {Tag::kNoun, Tag::kAdjective});
    if (next_is(kPrepositionWord) && !next_is(kNounWord | kAnyAdjective)) return false;
    if (open_[at_ + 1].nounlike) {
      const VerbForm form = open_[at_ + 1].verb.form;
      const bool participle = (form == VerbForm::kIng || form == VerbForm::kPast) &&
                              !next_is(kIngNounWord | kAnyAdjective | kNounWord);
      return !participle || starts_compound(at_ + 1) || noun_follows(at_ + 2);
    }
    return false;
  }

  // "living room": an -ing that makes a compound with its noun.
  bool starts_compound(std::size_t at) const {
    return at + 1 < words_.size() && open_[at].verb.form == VerbForm::kIng &&
           (words_[at + 1].classes & kCompoundNounAfter) != 0;
  }

  // A plain noun, and neither the beginning of a phrase nor a word that may be a verb.
  bool noun_follows(std::size_t at) const {
    if (at >= words_.size() || fixed_[at]) return false;
    return open_[at].nounlike && !open_[at].weak_verb && (words_[at].classes & kClosedClass) == 0 &&
           open_[at].verb.form != VerbForm::kIng && open_[at].verb.form != VerbForm::kPast;
  }

  // After a word that opens a noun phrase: a determiner, an adjective, a number.
  bool inside_phrase() const {
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

  bool is_animate(std::size_t at) const {
    return ((word_classes(words_[at].lemma) | words_[at].classes) & kAnimate) != 0;
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
    if (has_next() && open_[at_ + 1].verb.form == VerbForm::kIng && !next_is(kIngNounWord) &&
        !starts_compound(at_ + 1) && !noun_follows(at_ + 2)) {
      return Tag::kBe;
    }
    return Tag::kOwner;
  }

  // kNoun when the word is not used in its closed class here.
  Tag tag_of_closed(const TaggedWord& word) const {
    if (has_class(kBeWord)) return Tag::kBe;
    if (has_class(kHaveWord)) return Tag::kHave;
    if (has_class(kModalWord)) return tag_of_modal(word.text);
    if (word.text == "there" || word.text == "here" || word.text == "this" ||
        word.text == "these" || word.text == "it" || word.text == "that" || word.text == "those") {
      const bool opens =
          one_of(previous(), {Tag::kStop, Tag::kComma, Tag::kConjunction, Tag::kSubordinator});
      if (opens && (next_is(kBeWord) || (has_next() && next()->tag == Tag::kOwner))) {
        return Tag::kThere;
      }
    }
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

  bool verb_follows() const {
    return has_next() && !fixed_[at_ + 1] && open_[at_ + 1].verb.form == VerbForm::kBase &&
           (open_[at_ + 1].verb_classes & kVerbClasses) != 0 && !next_is(kDeterminerWord);
  }

  // "as" before a clause: a verb comes before the end, with nothing but a noun phrase between.
  bool clause_follows() const {
    for (std::size_t i = at_ + 1; i < std::min(words_.size(), at_ + 7); ++i) {
      if (one_of(words_[i].tag, {Tag::kComma, Tag::kStop})) return false;
      if ((words_[i].classes & (kBeWord | kModalWord | kHaveWord)) != 0) return true;
      if (open_[i].strong_verb || (open_[i].weak_verb && i > at_ + 2)) return true;
      if ((words_[i].classes & kPrepositionWord) != 0) return false;
    }
    return false;
  }

  Tag tag_of_open() const {
    const OpenWord& open = open_[at_];
    switch (open.verb.form) {
      case VerbForm::kIng: return tag_of_ing();
      case VerbForm::kPast: return tag_of_past();
      default: break;
    }
    if (is_finite_verb()) return Tag::kVerb;
    if (open.material) return before_noun() && !next_is_finite() ? Tag::kAdjective : Tag::kNoun;
    if (has_class(kColourWord)) return tag_of_colour();
    if (open.adjective) return tag_of_adjective();
    if (words_[at_].text.size() > 4 && words_[at_].text.ends_with("ly") && !has_class(kNounWord)) {
      return Tag::kAdverb;
    }
    // "is rock climbing"
    const bool before_ing = has_next() && open_[at_ + 1].verb.form == VerbForm::kIng;
    if (previous() == Tag::kBe && before_ing && !starts_compound(at_ + 1)) return Tag::kAdverb;
    return Tag::kNoun;
  }

  Tag tag_of_ing() const {
    if (has_class(kIngNounWord)) {
      const bool verb =
          previous() == Tag::kBe ||
          (previous() == Tag::kNoun && (next_is(kDeterminerWord) || is_animate(at_ - 1)));
      return verb && !starts_compound(at_) ? Tag::kIng : Tag::kNoun;
    }
    if (has_class(kAnyAdjective)) return Tag::kAdjective;
    if (starts_compound(at_) && previous() != Tag::kBe) return Tag::kNoun;
    if (!inside_phrase()) return Tag::kIng;
    if (before_noun() && !next_is(kDeterminerWord)) return Tag::kAdjective;
    if (one_of(previous(), {Tag::kDeterminer, Tag::kPossessive})) return Tag::kNoun;
    return Tag::kIng;
  }

  Tag tag_of_past() const {
    const bool inside = inside_phrase();
    if (has_class(kNounWord) && !before_noun() && previous() != Tag::kNoun) return Tag::kNoun;
    if (has_class(kAnyAdjective)) {
      const bool relation = previous() == Tag::kNoun && has_next() && next_is(kPrepositionWord);
      return relation ? Tag::kPast : Tag::kAdjective;
    }
    const bool opens = one_of(previous(), {Tag::kStop, Tag::kPreposition, Tag::kConjunction,
                                           Tag::kComma, Tag::kIng, Tag::kVerb});
    const bool freshly = previous() == Tag::kAdverb && words_[at_ - 1].text.ends_with("ly");
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
        (words_[at_ - 2].classes & kColourWord) != 0) {
      return Tag::kNoun;
    }
    return Tag::kAdjective;
  }

  // "in black and white" has no noun, "in a black and white shirt" has.
  bool colour_list_has_noun() const {
    std::size_t i = at_;
    while (i < words_.size() && ((words_[i].classes & (kColourWord | kConjunctionWord)) != 0 ||
                                 words_[i].tag == Tag::kComma)) {
      ++i;
    }
    return i < words_.size() && !fixed_[i] && open_[i].nounlike && words_[i].tag != Tag::kStop &&
           (words_[i].classes & kClosedClass) == 0 && open_[i].verb.form != VerbForm::kIng &&
           (words_[i - 1].classes & kConjunctionWord) == 0;
  }

  // "the top", "on the left": adjectives that are nouns when no noun follows.
  Tag tag_of_adjective() const {
    if (previous() == Tag::kDeterminer || previous() == Tag::kPossessive) {
      const bool more = before_noun() || next_is(kConjunctionWord | kAnyAdjective) ||
                        (has_next() && next()->tag == Tag::kComma);
      return more ? Tag::kAdjective : Tag::kNoun;
    }
    if (has_class(kAnimate | kNounWord) && previous() != Tag::kBe && previous() != Tag::kAdverb) {
      return before_noun() && !next_is_finite() ? Tag::kAdjective : Tag::kNoun;
    }
    // "running close", "lying flat"
    if (one_of(previous(), {Tag::kIng, Tag::kVerb}) && !before_noun()) return Tag::kAdverb;
    return Tag::kAdjective;
  }

  bool next_is_finite() const {
    if (!has_next()) return false;
    const OpenWord& open = open_[at_ + 1];
    if (open.strong_verb) return true;
    return open.weak_verb && open.verb.form == VerbForm::kThirdPerson && awaits_verb() &&
           previous() != Tag::kDeterminer && at_ + 2 < words_.size() &&
           (words_[at_ + 2].classes &
            (kDeterminerWord | kPossessiveWord | kPrepositionWord | kNumberWord)) != 0;
  }

  bool is_finite_verb() const {
    const OpenWord& open = open_[at_];
    if (!open.strong_verb && !open.weak_verb) return false;
    if (one_of(previous(), {Tag::kTo, Tag::kModal})) return true;
    if (has_class(kNounWord) || inside_phrase() ||
        one_of(previous(), {Tag::kPreposition, Tag::kBe, Tag::kHave}))
      return false;
    return open.verb.form == VerbForm::kBase ? is_plural_verb() : is_singular_verb();
  }

  // What may follow a verb, and seldom follows a noun that stands in another noun's way.
  bool verb_context_follows() const {
    if (next_is_mark()) return true;
    return next_is(kDeterminerWord | kPossessiveWord | kPrepositionWord | kAdverbWord |
                   kPronounWord | kConjunctionWord | kNumberWord | kQuantityWord |
                   kSubordinatorWord);
  }

  // The tag before, adverbs left out: "a dog happily runs".
  Tag before_adverbs(std::size_t& steps) const {
    steps = 1;
    while (previous(steps) == Tag::kAdverb && steps < at_) ++steps;
    return previous(steps);
  }

  bool is_singular_verb() const {
    const OpenWord& open = open_[at_];
    std::size_t steps = 1;
    const Tag tag = before_adverbs(steps);
    if (one_of(tag, {Tag::kRelative, Tag::kPronoun})) return true;
    if (one_of(tag, {Tag::kConjunction, Tag::kComma})) {
      return (had_verb_ || awaits_verb()) && (open.strong_verb || verb_context_follows());
    }
    if (tag == Tag::kNoun) {
      if (open.strong_verb || is_animate(at_ - steps)) return true;
      const bool things_do = (open.verb_classes & kThingVerb) != 0;
      return (things_do || awaits_verb()) && verb_context_follows();
    }
    return one_of(tag, {Tag::kAdjective, Tag::kPast, Tag::kIng}) &&
           (open.strong_verb || (awaits_verb() && verb_context_follows()));
  }

  bool is_plural_verb() const {
    const OpenWord& open = open_[at_];
    std::size_t steps = 1;
    const Tag tag = before_adverbs(steps);
    if (has_class(kAnyAdjective) && !(tag == Tag::kNoun && is_plural(words_[at_ - steps].text))) {
      return false;
    }
    if (one_of(tag, {Tag::kRelative, Tag::kPronoun})) {
      return open.strong_verb || verb_context_follows();
    }
    if (tag == Tag::kConjunction) return had_verb_ && verb_context_follows();
    if (tag != Tag::kNoun) return false;
    const TaggedWord& noun = words_[at_ - steps];
    const bool plural =
        noun.text.ends_with('s') || is_plural(noun.text) || (noun.classes & kCollectiveWord) != 0;
    if (plural && (open.strong_verb || is_animate(at_ - steps))) return true;
    return awaits_verb() && plural_subject_ && verb_context_follows();
  }

  // The clause began with people or animals and has no verb yet: "a girl in pink climbs".
  bool awaits_verb() const { return animate_subject_ && !had_finite_; }

  const WordNet* wordnet_;
  std::vector<TaggedWord> words_;
  std::vector<bool> fixed_;  // the tag was known when the word was added
  std::vector<OpenWord> open_;
  std::size_t at_ = 0;
  // Of this clause:
  bool had_verb_ = false;
  bool had_finite_ = false;
  bool had_noun_ = false;
  bool animate_subject_ = false;
  bool plural_subject_ = false;
};

}  // namespace

std::vector<TaggedWord> tag_caption(std::string_view caption, const WordNet* wordnet) {
  return Tagger(caption, wordnet).tag();
}

}  // namespace unimo::eval
