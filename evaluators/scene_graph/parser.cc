// One pass over the tagged words, from left to right. What is open at a word: a verb or preposition
// that waits for its object (`waiting_`), the noun phrase before (`last_`) and how it was reached
// (`site_`), the subject of the clause. docs/scene_graphs.md has the grammar.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evaluators/scene_graph/lexicon.h"
#include "evaluators/scene_graph/noun_phrases.h"
#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/tagger.h"

namespace unimo::eval {

namespace {

using Objects = std::vector<std::size_t>;

// A coordination of more objects is cut into several, so that relations between two lists stay few.
constexpr std::size_t kLongestList = 16;

struct VerbPart {
  std::string lemma;  // empty: none
  Span span;
  bool passive = false;
  bool copula = false;  // "is", with nothing but what follows to say
};

struct PrepositionPart {
  std::string text;  // empty: none
  Span span;
};

// A verb or preposition whose object has not come yet.
struct Waiting {
  Objects subjects;
  VerbPart verb;
  PrepositionPart preposition;
};

// How the last noun phrase was reached: what a preposition after it can hang on.
struct Site {
  enum class Kind { kBare, kDirectObject, kAfterVerb, kAfterPreposition };
  Kind kind = Kind::kBare;
  Objects subjects;
  VerbPart verb;
};

bool is_finite(Tag tag) {
  return tag == Tag::kVerb || tag == Tag::kBe || tag == Tag::kHave || tag == Tag::kModal;
}

bool is_verbal(Tag tag) { return is_finite(tag) || tag == Tag::kIng || tag == Tag::kPast; }

std::string number_word(const std::string& text) {
  static constexpr std::array<const char*, 13> kNames = {"zero", "one",    "two",   "three", "four",
                                                         "five", "six",    "seven", "eight", "nine",
                                                         "ten",  "eleven", "twelve"};
  if (text.empty() || text.size() > 2 || text.front() < '0' || text.front() > '9') return text;
  const std::size_t number = static_cast<std::size_t>(std::stoi(text));
  return number < kNames.size() ? kNames[number] : text;
}

AttributeKind kind_of(const TaggedWord& word) {
  if (word.tag == Tag::kNumber || word.tag == Tag::kQuantity) return AttributeKind::kCount;
  if ((word.classes & kColourWord) != 0) return AttributeKind::kColour;
  if ((word.classes & kSizeWord) != 0) return AttributeKind::kSize;
  return AttributeKind::kOther;
}

class Parser {
 public:
  explicit Parser(std::vector<TaggedWord> words) : words_(std::move(words)) {}

  SceneGraph parse() {
    while (at_ < words_.size()) step();
    close_verb();
    return std::move(graph_);
  }

 private:
  void step() {
    switch (words_[at_].tag) {
      case Tag::kStop: return end_sentence();
      case Tag::kComma:
      case Tag::kConjunction: return separate();
      case Tag::kSubordinator: return begin_subordinate();
      case Tag::kThere: return skip_existential();
      case Tag::kRelative: return begin_relative();
      case Tag::kPreposition: return read_preposition();
      default: break;
    }
    if (is_verbal(words_[at_].tag)) return read_verbs();
    if (starts_noun_phrase(words_, at_)) return read_noun_phrase();
    ++at_;
  }

  Tag tag_at(std::size_t at) const { return at < words_.size() ? words_[at].tag : Tag::kStop; }

  bool is_word(std::size_t at, std::string_view text) const {
    return at < words_.size() && words_[at].text == text;
  }

  // --- marks between clauses ---

  void end_sentence() {
    close_verb();
    subject_.clear();
    last_.clear();
    verb_subjects_.clear();
    fronted_.clear();
    relative_.reset();
    site_ = {};
    finite_ = separated_ = new_clause_ = false;
    ++at_;
  }

  void separate() {
    carried_ = waiting_ ? waiting_->subjects : Objects{};
    close_verb();
    separated_ = true;
    ++at_;
  }

  void begin_subordinate() {
    close_verb();
    separated_ = new_clause_ = true;
    ++at_;
  }

  // "there is", "this is": the noun phrase after it is the subject.
  void skip_existential() {
    close_verb();
    subject_.clear();
    finite_ = separated_ = false;
    ++at_;
    while (tag_at(at_) == Tag::kBe || tag_at(at_) == Tag::kAdverb || tag_at(at_) == Tag::kOwner) {
      if (starts_noun_phrase(words_, at_)) break;
      ++at_;
    }
  }

  void begin_relative() {
    close_verb();
    relative_ = last_;
    ++at_;
  }

  // --- noun phrases ---

  void read_noun_phrase() {
    const NounPhrase phrase = noun_phrase_at(words_, at_);
    if (!phrase.is_thing()) return read_modifiers_alone(phrase);
    const Objects objects = read_list(phrase);
    if (objects.empty()) {
      if (!waiting_ && new_clause_) subject_.clear();  // "as others watch"
      new_clause_ = false;
      close_verb();
    } else {
      connect(objects);
    }
  }

  // "is red", "a dog, wet and dirty", "with the lid open"; "two of".
  void read_modifiers_alone(const NounPhrase& phrase) {
    const bool copula = waiting_ && waiting_->verb.copula;
    const Objects& target = copula ? waiting_->subjects : separated_ ? subject_ : last_;
    for (const std::size_t word : phrase.modifiers) {
      if (words_[word].tag != Tag::kAdjective) continue;
      for (const std::size_t object : target) add_attribute(object, words_[word]);
    }
    at_ = std::max(phrase.end, at_ + 1);
    const bool counts = !phrase.modifiers.empty() &&
                        words_[phrase.modifiers.back()].tag != Tag::kAdjective;  // "two of"
    if (counts && is_word(at_, "of") && starts_noun_phrase(words_, at_ + 1)) ++at_;
    // "red and white": the next adjective has the same target.
    if (tag_at(at_) == Tag::kConjunction && tag_at(at_ + 1) == Tag::kAdjective) {
      const NounPhrase next = noun_phrase_at(words_, at_ + 1);
      if (!next.is_thing()) ++at_;
    }
  }

  // A phrase and those coordinated with it.
  Objects read_list(NounPhrase phrase) {
    Objects objects = read_phrase(std::move(phrase));
    while (!objects.empty() && objects.size() < kLongestList) {
      const std::size_t next = next_of_list(objects);
      if (next == kNoWord) break;
      at_ = next;
      const Objects more = read_phrase(noun_phrase_at(words_, at_));
      if (more.empty()) break;
      objects.insert(objects.end(), more.begin(), more.end());
    }
    return objects;
  }

  // Where the next member of a list begins; kNoWord when the list ends here.
  std::size_t next_of_list(const Objects& objects) const {
    std::size_t at = at_;
    const bool comma = tag_at(at) == Tag::kComma;
    if (comma) ++at;
    const bool conjunction = tag_at(at) == Tag::kConjunction;
    if (conjunction) ++at;
    if (!comma && !conjunction) return kNoWord;
    if (!starts_noun_phrase(words_, at) || tag_at(at) == Tag::kPronoun) return kNoWord;
    const NounPhrase next = noun_phrase_at(words_, at);
    if (!next.has_noun() || begins_clause(next) || changes_subject(objects, next)) return kNoWord;
    if (!conjunction && !list_goes_on(next.end)) return kNoWord;
    return at;
  }

  // "a dog sits and a cat sleeps": the second phrase is a subject of its own.
  bool begins_clause(const NounPhrase& next) const {
    return finite_ && is_finite(tag_at(next.end));
  }

  // "a man in a hat and a woman": people are not coordinated with what people are in.
  bool changes_subject(const Objects& objects, const NounPhrase& next) const {
    return waiting_ && !subject_.empty() && is_animate(subject_.front()) &&
           !is_animate(objects.back()) &&
           (classes_of(words_[next.noun_end - 1]) & kPersonWord) != 0;
  }

  bool list_goes_on(std::size_t at) const {
    if (waiting_ && waiting_->subjects.empty() && fronted_.empty() && subject_.empty())
      return false;
    const Tag tag = tag_at(at);
    return tag == Tag::kComma || tag == Tag::kConjunction || (tag == Tag::kStop && waiting_);
  }

  // One phrase, with what it owns: the objects it names, which are none for a pronoun that refers
  // to nothing known.
  Objects read_phrase(NounPhrase phrase) {
    while (!phrase.pronoun && skips_head(phrase)) {
      at_ = phrase.end + 1;
      phrase = noun_phrase_at(words_, at_);
      if (!phrase.is_thing()) {
        at_ = std::max(phrase.end, at_);
        return {};
      }
    }
    if (phrase.pronoun) {
      at_ = phrase.end;
      return antecedent(words_[at_ - 1].text);
    }
    std::size_t object = add_phrase(phrase);
    while (tag_at(at_) == Tag::kOwner) {
      const TaggedWord& mark = words_[at_];
      const NounPhrase owned = noun_phrase_at(words_, at_ + 1);
      if (!owned.has_noun()) {
        ++at_;
        break;
      }
      const std::size_t owner = object;
      object = add_phrase(owned);
      add_relation(owner, object, {"have", mark.span}, {});
    }
    return {object};
  }

  // "a group of", "two of"; "a picture of", "the photo shows" at the beginning.
  bool skips_head(const NounPhrase& phrase) const {
    const TaggedWord& head = words_[phrase.noun_end - 1];
    const WordClasses classes = classes_of(head);
    const bool of = is_word(phrase.end, "of") && starts_noun_phrase(words_, phrase.end + 1);
    if (of && (classes & kQuantifierNoun) != 0) return true;
    if ((classes & kFrameNoun) == 0 || !graph_.objects.empty()) return false;
    static constexpr std::array<std::string_view, 5> kShowing = {"show", "feature", "contain",
                                                                 "depict", "display"};
    const bool shows =
        phrase.end < words_.size() &&
        std::find(kShowing.begin(), kShowing.end(), words_[phrase.end].lemma) != kShowing.end();
    return of || (shows && starts_noun_phrase(words_, phrase.end + 1));
  }

  // Adds the object with its attributes and its owner ("his"); goes behind it.
  std::size_t add_phrase(const NounPhrase& phrase) {
    const std::size_t object = add_object(phrase);
    for (const std::size_t word : phrase.modifiers) add_attribute(object, words_[word]);
    if (phrase.owner != kNoWord) {
      for (const std::size_t owner : antecedent(words_[phrase.owner].text)) {
        add_relation(owner, object, {"have", words_[phrase.owner].span}, {});
      }
    }
    at_ = phrase.end;
    return object;
  }

  std::size_t add_object(const NounPhrase& phrase) {
    SceneObject object;
    const TaggedWord& head = words_[phrase.noun_end - 1];
    object.span = {words_[phrase.noun_begin].span.begin, head.span.end};
    object.head = head.lemma;
    for (std::size_t i = phrase.noun_begin; i + 1 < phrase.noun_end; ++i) {
      object.modifiers += (object.modifiers.empty() ? "" : " ") + words_[i].text;
    }
    object.lemma = object.modifiers.empty() ? object.head : object.modifiers + " " + object.head;
    graph_.objects.push_back(std::move(object));
    object_classes_.push_back(classes_of(head));
    plural_.push_back(head.lemma != head.text);
    return graph_.objects.size() - 1;
  }

  // What a pronoun or possessive refers to, among the subjects seen.
  Objects antecedent(std::string_view pronoun) const {
    const auto is = [&](std::initializer_list<std::string_view> words) {
      return std::find(words.begin(), words.end(), pronoun) != words.end();
    };
    if (pronoun == "whose") return last_;
    if (is({"his", "her", "he", "she", "him"})) return nearest(kPersonWord, kAnimalWord);
    if (is({"it", "its"})) return nearest_thing();
    if (is({"their", "they", "them"})) return nearest_plural();
    return {};
  }

  Objects nearest(WordClasses first, WordClasses second) const {
    for (const WordClasses wanted : {first, second}) {
      for (std::size_t i = graph_.objects.size(); i-- > 0;) {
        const bool new_object = waiting_ && last_.empty();
        if (!new_object && (object_classes_[i] & wanted) != 0) return {i};
      }
    }
    return subject_;
  }

  Objects nearest_thing() const {
    for (const std::size_t object : subject_) {
      if ((object_classes_[object] & kPersonWord) == 0) return {object};
    }
    return {};
  }

  Objects nearest_plural() const {
    if (subject_.size() > 1 || (!subject_.empty() && plural_[subject_.front()])) return subject_;
    if (last_.size() > 1 || (!last_.empty() && plural_[last_.front()])) return last_;
    return subject_;
  }

  // Gives the objects to what waits for them, or makes them the subject.
  void connect(const Objects& objects) {
    if (waiting_) {
      link(objects);
    } else if (subject_.empty() || new_clause_) {
      begin_clause(objects);
    } else if (separated_) {
      if (finite_) {
        begin_clause(objects);
      } else {
        subject_.insert(subject_.end(), objects.begin(), objects.end());
        if (subject_.size() > kLongestList) subject_ = objects;
        site_ = {};
      }
    }
    last_ = objects;
    separated_ = new_clause_ = false;
  }

  void begin_clause(const Objects& objects) {
    subject_ = objects;
    finite_ = false;
    site_ = {};
    for (auto& [waiting, to] : fronted_) {
      waiting.subjects = objects;
      add_relations(waiting, to);
    }
    fronted_.clear();
  }

  void link(const Objects& objects) {
    Waiting waiting = *std::exchange(waiting_, std::nullopt);
    if (waiting.subjects.empty()) {
      // "In the kitchen a man cooks", "Sitting on a bench, a man reads": the subject comes later.
      if (subject_.empty()) fronted_.emplace_back(std::move(waiting), objects);
      return;
    }
    add_relations(waiting, objects);
    site_.kind = waiting.preposition.text.empty() ? Site::Kind::kDirectObject
                 : waiting.verb.lemma.empty()     ? Site::Kind::kAfterPreposition
                                                  : Site::Kind::kAfterVerb;
    site_.subjects = std::move(waiting.subjects);
    site_.verb = std::move(waiting.verb);
  }

  // --- verbs ---

  // A verb group: auxiliaries, adverbs, "trying to", and the verb that counts.
  void read_verbs() {
    const Objects carried =
        waiting_ && !waiting_->verb.copula ? waiting_->subjects : std::exchange(carried_, {});
    const bool finite = is_finite(words_[at_].tag);
    close_verb();
    std::size_t verb = kNoWord;
    const bool be = read_group(verb);
    Waiting waiting;
    if (verb == kNoWord) {
      waiting.verb = {"be", words_[at_ - 1].span, false, true};
      if (!be) return;
    } else {
      const TaggedWord& word = words_[verb];
      waiting.verb = {word.tag == Tag::kHave ? "have" : word.lemma, word.span,
                      word.tag == Tag::kPast, false};
    }
    waiting.subjects = subjects_of(waiting.verb, finite, carried);
    verb_subjects_ = waiting.subjects;
    waiting_ = std::move(waiting);
    separated_ = new_clause_ = false;
  }

  // Goes behind the group. Returns whether it has a form of "be"; `verb` is its last verb.
  bool read_group(std::size_t& verb) {
    bool be = false;
    std::size_t last_be = at_;
    while (at_ < words_.size()) {
      const TaggedWord& word = words_[at_];
      const std::size_t next = after_adverbs(at_ + 1);
      if (word.tag == Tag::kBe) {
        be = true;
        last_be = at_;
        // "is very large" has no verb: the adverb belongs to what follows.
        at_ = is_verbal(tag_at(next)) ? next : at_ + 1;
        if (leads_on(at_)) at_ = after_to(at_);
        if (!is_verbal(tag_at(at_))) return be;
      } else if (word.tag == Tag::kModal) {
        at_ = next;
        if (!is_verbal(tag_at(at_))) return be;
      } else if (word.tag == Tag::kHave && is_verbal(tag_at(next))) {
        at_ = next;
      } else {
        const bool leading = (word_classes(word.lemma) & kLeadingVerb) != 0;
        const std::size_t go_on = leading ? after_leading(at_) : kNoWord;
        if (go_on == kNoWord) {
          verb = at_++;
          return be;
        }
        at_ = go_on;
      }
    }
    at_ = std::max(at_, last_be + 1);
    return be;
  }

  std::size_t after_adverbs(std::size_t at) const {
    while (tag_at(at) == Tag::kAdverb) ++at;
    return at;
  }

  // "ready to", "about to" before a verb.
  bool leads_on(std::size_t at) const {
    if (!is_word(at, "ready") && !is_word(at, "about") && !is_word(at, "able")) return false;
    return tag_at(at + 1) == Tag::kTo;
  }
  std::size_t after_to(std::size_t at) const { return after_adverbs(at + 2); }

  // Behind "trying to", "getting ready to", "starts"; kNoWord when the verb stands for itself.
  std::size_t after_leading(std::size_t at) const {
    std::size_t next = after_adverbs(at + 1);
    if (leads_on(next)) next = next + 1;
    if (tag_at(next) == Tag::kTo) {
      next = after_adverbs(next + 1);
      return is_verbal(tag_at(next)) ? next : kNoWord;
    }
    return tag_at(next) == Tag::kIng ? next : kNoWord;
  }

  Objects subjects_of(const VerbPart& verb, bool finite, const Objects& carried) {
    if (relative_) return *std::exchange(relative_, std::nullopt);
    if (new_clause_) return subject_;
    if (!carried.empty()) return carried;
    if (separated_ && !verb_subjects_.empty()) return verb_subjects_;
    if (finite || separated_) {
      finite_ = finite_ || finite;
      return subject_;
    }
    return subject_of_participle(verb);
  }

  // "a man on a bench reading": the last phrase, unless only the subject can do that.
  Objects subject_of_participle(const VerbPart& verb) const {
    if (last_.empty() || subject_.empty() || verb.passive) return last_;
    const bool things_do = (word_classes(verb.lemma) & kThingVerb) != 0;
    if (is_animate(last_.front()) || (things_do && site_.kind != Site::Kind::kDirectObject)) {
      return last_.front() != subject_.front() && things_do && !is_animate(last_.front()) &&
                     is_animate(subject_.front()) && is_posture(verb.lemma)
                 ? subject_
                 : last_;
    }
    return is_animate(subject_.front()) ? subject_ : last_;
  }

  static bool is_posture(std::string_view verb) {
    return verb == "sit" || verb == "stand" || verb == "lie" || verb == "lay" || verb == "run" ||
           verb == "go" || verb == "read" || verb == "move" || verb == "show" || verb == "drive";
  }

  // A verb that found no object tells something of its subject: "a dog runs".
  void close_verb() {
    if (!waiting_) return;
    const Waiting waiting = *std::exchange(waiting_, std::nullopt);
    if (waiting.verb.lemma.empty() || waiting.verb.copula || waiting.verb.lemma == "have") return;
    for (const std::size_t object : waiting.subjects) {
      graph_.attributes.push_back(
          {object, waiting.verb.lemma, AttributeKind::kOther, waiting.verb.span});
    }
  }

  // --- prepositions ---

  void read_preposition() {
    const PrepositionPart preposition = {words_[at_].text, words_[at_].span};
    std::size_t next = at_ + 1;
    if (!starts_noun_phrase(words_, next)) next = after_adverbs(next);
    // "looking up at", "walks by": a particle. The verb goes on waiting.
    if (!starts_noun_phrase(words_, next) || !leads_to_thing(next)) {
      ++at_;
      return;
    }
    at_ = next;
    if (waiting_) {
      if (waiting_->verb.copula) waiting_->verb = {};
    } else {
      waiting_ = site_of(preposition.text);
    }
    waiting_->preposition = preposition;
  }

  bool leads_to_thing(std::size_t at) const {
    const NounPhrase phrase = noun_phrase_at(words_, at);
    return phrase.is_thing() || (phrase.end > at && is_word(phrase.end, "of"));
  }

  // What a preposition after a noun phrase speaks of: that phrase, or the subject (then with the
  // verb before, when there was one).
  Waiting site_of(std::string_view preposition) const {
    if (last_.empty() || (separated_ && !subject_.empty())) return {.subjects = subject_};
    if (preposition == "of" || site_.kind == Site::Kind::kBare) return {.subjects = last_};
    const WordClasses verb = word_classes(site_.verb.lemma);
    const bool with = preposition == "with";
    switch (site_.kind) {
      case Site::Kind::kDirectObject:
        if (with || (verb & kStativeVerb) != 0) return {.subjects = last_};
        return {.subjects = site_.subjects, .verb = site_.verb};
      case Site::Kind::kAfterVerb:
        if ((word_classes(preposition) & kDirectionWord) != 0) {
          return {.subjects = site_.subjects, .verb = site_.verb};
        }
        [[fallthrough]];
      default:
        if (with && is_animate(site_.subjects.front()) && !is_animate(last_.front())) {
          return {.subjects = site_.subjects};
        }
        return {.subjects = last_};
    }
  }

  // --- the graph ---

  static WordClasses classes_of(const TaggedWord& word) {
    return word.classes | word_classes(word.lemma);
  }

  bool is_animate(std::size_t object) const { return (object_classes_[object] & kAnimate) != 0; }

  void add_attribute(std::size_t object, const TaggedWord& word) {
    graph_.attributes.push_back({object, number_word(word.lemma), kind_of(word), word.span});
  }

  void add_relation(std::size_t subject, std::size_t object, const VerbPart& verb,
                    const PrepositionPart& preposition) {
    if (subject == object) return;
    graph_.relations.push_back(
        {subject, object, verb.lemma, preposition.text, verb.span, preposition.span});
  }

  void add_relations(const Waiting& waiting, const Objects& objects) {
    // "a ball held by a boy": the boy holds it; but nobody is parked by a fence.
    const bool agent = waiting.verb.passive && waiting.preposition.text == "by" &&
                       (word_classes(waiting.verb.lemma) & kPlacedVerb) == 0;
    for (const std::size_t subject : waiting.subjects) {
      for (const std::size_t object : objects) {
        if (agent) {
          add_relation(object, subject, waiting.verb, {});
        } else {
          add_relation(subject, object, waiting.verb, waiting.preposition);
        }
      }
    }
  }

  std::vector<TaggedWord> words_;
  std::size_t at_ = 0;
  SceneGraph graph_;
  std::vector<WordClasses> object_classes_;  // of each object
  std::vector<bool> plural_;

  Objects subject_;      // of the clause
  bool finite_ = false;  // the clause has its finite verb
  Objects last_;         // the noun phrase before
  Site site_;
  Objects verb_subjects_;  // of the verb before
  Objects carried_;        // subjects of a verb right before a conjunction
  std::optional<Waiting> waiting_;
  std::optional<Objects> relative_;  // what "that" or "who" refers to, until its verb comes
  bool separated_ = false;           // a comma or conjunction came after the noun phrase before
  bool new_clause_ = false;          // "while", and no noun phrase since
  std::vector<std::pair<Waiting, Objects>> fronted_;
};

}  // namespace

SceneGraph parse_caption(std::string_view caption, const WordNet* wordnet) {
  return Parser(tag_caption(caption, wordnet)).parse();
}

}  // namespace unimo::eval
