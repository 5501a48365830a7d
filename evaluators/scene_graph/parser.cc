// One pass over the tagged words, from left to right. What is open at a word: a verb or preposition
// that waits for its object (`waiting_`), and the subject and the last noun phrase of the clause.
// docs/scene_graphs.md has the grammar.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evaluators/scene_graph/attachment.h"
#include "evaluators/scene_graph/graph_builder.h"
#include "evaluators/scene_graph/lexicon.h"
#include "evaluators/scene_graph/noun_phrases.h"
#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/tagger.h"
#include "evaluators/scene_graph/verb_groups.h"

namespace unimo::eval {

namespace {

// A coordination of more objects is cut into several, so that relations between two lists stay few.
constexpr std::size_t kLongestList = 16;

class Parser {
 public:
  explicit Parser(std::vector<TaggedWord> words) : words_(std::move(words)) {}

  SceneGraph parse() {
    while (at_ < words_.size()) step();
    close_verb();
    return graph_.finish();
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
    clause_ = {};
    fronted_.clear();
    ++at_;
  }

  void separate() {
    close_verb();
    clause_.separated = true;
    ++at_;
  }

  void begin_subordinate() {
    close_verb();
    clause_.separated = clause_.fresh = true;
    ++at_;
  }

  // "there is", "this is": the noun phrase after it is the subject.
  void skip_existential() {
    close_verb();
    clause_ = {};
    ++at_;
    while (tag_at(at_) == Tag::kBe || tag_at(at_) == Tag::kOwner ||
           (tag_at(at_) == Tag::kAdverb && !starts_noun_phrase(words_, at_))) {
      ++at_;
    }
  }

  void begin_relative() {
    close_verb();
    clause_.relative = clause_.last;
    ++at_;
  }

  // --- noun phrases ---

  void read_noun_phrase() {
    const NounPhrase phrase = noun_phrase_at(words_, at_);
    if (!phrase.is_thing()) return read_modifiers_alone(phrase);
    const ObjectList objects = read_list(phrase);
    if (!objects.empty()) return connect(objects);
    if (!waiting_ && clause_.fresh) clause_.subject.clear();  // "as others watch"
    clause_.fresh = false;
    clause_.nobody = clause_.nobody || (phrase.pronoun && !waiting_);
    close_verb();
  }

  // "is red", "a dog, wet and dirty", "with the lid open"; "two of".
  void read_modifiers_alone(const NounPhrase& phrase) {
    const bool copula = waiting_ && waiting_->verb.copula;
    const ObjectList& target = copula              ? waiting_->subjects
                               : clause_.separated ? clause_.subject
                                                   : clause_.last;
    bool counts = false;
    for (const std::size_t word : phrase.modifiers) {
      counts = words_[word].tag != Tag::kAdjective;
      if (counts) continue;
      for (const std::size_t object : target) graph_.add_attribute(object, words_[word]);
    }
    at_ = std::max(phrase.end, at_ + 1);
    if (counts && is_word(at_, "of") && starts_noun_phrase(words_, at_ + 1)) ++at_;
    // "red and white": the next adjective has the same target.
    if (tag_at(at_) == Tag::kConjunction && tag_at(at_ + 1) == Tag::kAdjective &&
        !noun_phrase_at(words_, at_ + 1).is_thing()) {
      ++at_;
    }
  }

  // A phrase and those coordinated with it.
  ObjectList read_list(NounPhrase phrase) {
    ObjectList objects = read_phrase(std::move(phrase));
    while (!objects.empty() && objects.size() < kLongestList) {
      const std::size_t next = next_of_list(objects);
      if (next == kNoWord) break;
      at_ = next;
      const ObjectList more = read_phrase(noun_phrase_at(words_, at_));
      if (more.empty()) break;
      objects.insert(objects.end(), more.begin(), more.end());
    }
    return objects;
  }

  // Where the next member of a list begins; kNoWord when the list ends here.
  std::size_t next_of_list(const ObjectList& objects) const {
    std::size_t at = at_;
    const bool comma = tag_at(at) == Tag::kComma;
    if (comma) ++at;
    const bool conjunction = tag_at(at) == Tag::kConjunction;
    if (conjunction) ++at;
    if (!comma && !conjunction) return kNoWord;
    if (!starts_noun_phrase(words_, at) || tag_at(at) == Tag::kPronoun) return kNoWord;
    const NounPhrase next = noun_phrase_at(words_, at);
    if (!next.has_noun() || begins_clause(next) || changes_subject(objects, next)) return kNoWord;
    if (leaves_of_phrase(at)) return kNoWord;
    return conjunction || list_goes_on(next.end) ? at : kNoWord;
  }

  // "a dog sits and a cat sleeps": the second phrase is a subject of its own.
  bool begins_clause(const NounPhrase& next) const {
    return clause_.finite && is_finite(tag_at(next.end));
  }

  // "a man in a hat and a woman": people are not coordinated with what people are in.
  bool changes_subject(const ObjectList& objects, const NounPhrase& next) const {
    return waiting_ && graph_.is_animate(clause_.subject) && !graph_.is_animate(objects.back()) &&
           (noun_classes(words_[next.noun_end - 1]) & kPersonWord) != 0;
  }

  // "two slices of pizza and a fork": the fork is no part of the slices.
  bool leaves_of_phrase(std::size_t next) const {
    return waiting_ && waiting_->preposition.text == "of" && !clause_.determined &&
           is_determiner(next);
  }

  bool is_determiner(std::size_t at) const {
    return tag_at(at) == Tag::kDeterminer || tag_at(at) == Tag::kPossessive ||
           tag_at(at) == Tag::kNumber;
  }

  // After a comma only: "a stove, a sink and", not "in the kitchen, a man cooks".
  bool list_goes_on(std::size_t at) const {
    if (waiting_ && waiting_->subjects.empty() && clause_.subject.empty()) return false;
    const Tag tag = tag_at(at);
    return tag == Tag::kComma || tag == Tag::kConjunction || (tag == Tag::kStop && waiting_);
  }

  // One phrase, with what it owns: the objects it names, which are none for a pronoun that refers
  // to nothing known.
  ObjectList read_phrase(NounPhrase phrase) {
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
    clause_.determined = is_determiner(at_);
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
      graph_.add_relation(owner, object, {"have", mark.span}, {});
    }
    return {object};
  }

  // "a group of", "two of"; "a picture of", "the photo shows" at the beginning.
  bool skips_head(const NounPhrase& phrase) const {
    const WordClasses classes = noun_classes(words_[phrase.noun_end - 1]);
    const bool of = is_word(phrase.end, "of") && starts_noun_phrase(words_, phrase.end + 1);
    if (of && (classes & kQuantifierNoun) != 0) return true;
    if ((classes & kFrameNoun) == 0 || !graph_.empty()) return false;
    static constexpr std::array<std::string_view, 5> kShowing = {"show", "feature", "contain",
                                                                 "depict", "display"};
    const bool shows =
        phrase.end < words_.size() &&
        std::find(kShowing.begin(), kShowing.end(), words_[phrase.end].lemma) != kShowing.end();
    return of || (shows && starts_noun_phrase(words_, phrase.end + 1));
  }

  // Adds the object and its owner ("his"); goes behind the phrase.
  std::size_t add_phrase(const NounPhrase& phrase) {
    ObjectList owners;
    if (phrase.owner != kNoWord) owners = antecedent(words_[phrase.owner].text, true);
    const std::size_t object = graph_.add_object(words_, phrase);
    for (const std::size_t owner : owners) {
      graph_.add_relation(owner, object, {"have", words_[phrase.owner].span}, {});
    }
    at_ = phrase.end;
    return object;
  }

  ObjectList antecedent(std::string_view pronoun, bool owner = false) const {
    const ObjectList none;
    const ObjectList& excluded = waiting_ && !owner ? waiting_->subjects : none;
    return graph_.antecedent(pronoun, {clause_.subject, clause_.last, excluded});
  }

  // Gives the objects to what waits for them, or makes them the subject.
  void connect(const ObjectList& objects) {
    const bool goes_on = clause_.separated && clause_.after_of && !is_finite(tag_at(at_));
    if (waiting_) {
      link(objects);
    } else if (goes_on && clause_.site.kind != Site::Kind::kBare) {
      add_relations(clause_.site.from, objects);  // "with slices of pizza and a fork"
      clause_.last = objects;
    } else if (clause_.subject.empty() || clause_.fresh || clause_.relative ||
               (clause_.separated && clause_.finite)) {
      clause_.relative.reset();  // "a horse that a man rides": the man is the one who does
      if (clause_.fresh && !clause_.finite) clause_.interrupted = clause_.subject;
      begin_clause(objects);
    } else if (clause_.separated) {
      clause_.subject.insert(clause_.subject.end(), objects.begin(), objects.end());
      if (clause_.subject.size() > kLongestList) clause_.subject = objects;
      clause_.site = {};
      clause_.last = goes_on ? clause_.subject : objects;
    } else {
      clause_.last = objects;
    }
    clause_.separated = clause_.fresh = false;
  }

  void begin_clause(const ObjectList& objects) {
    clause_.subject = clause_.last = objects;
    clause_.finite = clause_.nobody = false;
    clause_.site = {};
    for (auto& [waiting, to] : fronted_) {
      waiting.subjects = objects;
      add_relations(waiting, to);
    }
    fronted_.clear();
  }

  void link(const ObjectList& objects) {
    Waiting waiting = *std::exchange(waiting_, std::nullopt);
    const bool headless = waiting.subjects.empty() && clause_.subject.empty();
    if (headless && clause_.finite && waiting.preposition.text.empty()) {
      begin_after_verb(waiting.verb, objects);
      return;
    }
    if (waiting.subjects.empty()) {
      // "In the kitchen a man cooks", "Sitting on a bench, a man reads": the subject comes later.
      if (clause_.subject.empty()) fronted_.emplace_back(std::move(waiting), objects);
      clause_.last = objects;
      return;
    }
    add_relations(waiting, objects);
    // "a cup of coffee on a desk": what follows speaks of the cup; but "a statue of a man riding".
    clause_.after_of = waiting.preposition.text == "of" && waiting.verb.lemma.empty() &&
                       !graph_.is_animate(objects);
    if (clause_.after_of) return;
    clause_.site.kind = waiting.preposition.text.empty() ? Site::Kind::kDirectObject
                        : waiting.verb.lemma.empty()     ? Site::Kind::kAfterPreposition
                                                         : Site::Kind::kAfterVerb;
    clause_.site.from = std::move(waiting);
    clause_.last = objects;
  }

  // "In a field stands a horse": the subject comes after its verb. "Someone has put a cup there",
  // "we see a cup": nobody known does it, so that the caption is about the cup.
  void begin_after_verb(const VerbPart& verb, const ObjectList& objects) {
    const bool inverted = !fronted_.empty() && !clause_.nobody;
    begin_clause(objects);
    if (!inverted || verb.copula) return;
    for (const std::size_t object : objects) graph_.add_attribute(object, verb);
  }

  // --- verbs ---

  void read_verbs() {
    const bool finite = is_finite(words_[at_].tag);
    const VerbGroup group = verb_group_at(words_, at_);
    at_ = group.end;
    if (finite && clause_.finite && !clause_.separated) end_interruption();
    // "standing looking": the second verb has the subject of the first.
    ObjectList carried;
    if (waiting_ && !waiting_->verb.copula) carried = waiting_->subjects;
    close_verb();
    if (group.verb == kNoWord && group.be == kNoWord) return;
    Waiting waiting;
    if (group.verb == kNoWord) {
      waiting.verb = {"be", words_[group.be].span, false, true};
    } else {
      const TaggedWord& word = words_[group.verb];
      const bool have = word.tag == Tag::kHave;
      waiting.verb = {have ? "have" : word.lemma, word.span, word.tag == Tag::kPast, false};
    }
    waiting.subjects = carried.empty() ? subjects_of(waiting.verb, finite) : carried;
    clause_.verb_subjects = waiting.subjects;
    clause_.separated = clause_.fresh = false;
    waiting_ = std::move(waiting);
  }

  // "the house while snow is falling is red": the second "is" is the house's.
  void end_interruption() {
    if (clause_.interrupted.empty()) return;
    close_verb();
    clause_.subject = clause_.last = std::exchange(clause_.interrupted, {});
  }

  ObjectList subjects_of(const VerbPart& verb, bool finite) {
    if (clause_.relative) return *std::exchange(clause_.relative, std::nullopt);
    if (clause_.fresh) return clause_.subject;
    if (clause_.separated && !clause_.verb_subjects.empty()) return clause_.verb_subjects;
    if (!finite && !clause_.separated) return subject_of_participle(clause_, graph_, verb);
    clause_.finite = clause_.finite || finite;
    return clause_.subject;
  }

  // A verb that found no object tells something of its subject: "a dog runs".
  void close_verb() {
    if (!waiting_) return;
    const Waiting waiting = *std::exchange(waiting_, std::nullopt);
    if (waiting.verb.lemma.empty() || waiting.verb.copula || waiting.told) return;
    if (waiting.verb.lemma == "have") return;
    for (const std::size_t object : waiting.subjects) graph_.add_attribute(object, waiting.verb);
  }

  // --- prepositions ---

  void read_preposition() {
    const PrepositionPart preposition = {words_[at_].text, words_[at_].span};
    std::size_t next = at_ + 1;
    if (!starts_noun_phrase(words_, next)) next = after_adverbs(words_, next);
    // "looking up at", "walks by": a particle. The verb goes on waiting.
    if (!starts_noun_phrase(words_, next) || !leads_to_thing(next)) {
      ++at_;
      return;
    }
    at_ = next;
    if (!waiting_) {
      const bool owned =
          tag_at(next) == Tag::kPossessive || is_word(next, "mouth") || is_word(next, "hand");
      waiting_ = site_of_preposition(clause_, graph_, preposition.text, owned);
    } else if (waiting_->verb.copula) {
      waiting_->verb = {};
    }
    waiting_->preposition = preposition;
  }

  bool leads_to_thing(std::size_t at) const {
    const NounPhrase phrase = noun_phrase_at(words_, at);
    return phrase.is_thing() || (phrase.end > at && is_word(phrase.end, "of"));
  }

  // --- relations ---

  void add_relations(const Waiting& waiting, const ObjectList& objects) {
    // "a ball held by a boy": the boy holds it; but nobody is parked by a fence.
    const bool agent = waiting.verb.passive && waiting.preposition.text == "by" &&
                       (word_classes(waiting.verb.lemma) & kPlacedVerb) == 0;
    for (const std::size_t subject : waiting.subjects) {
      for (const std::size_t object : objects) {
        if (agent) {
          graph_.add_relation(object, subject, waiting.verb, {});
        } else {
          graph_.add_relation(subject, object, waiting.verb, waiting.preposition);
        }
      }
    }
  }

  std::vector<TaggedWord> words_;
  std::size_t at_ = 0;
  GraphBuilder graph_;
  Clause clause_;
  std::optional<Waiting> waiting_;
  std::vector<std::pair<Waiting, ObjectList>> fronted_;
};

}  // namespace

SceneGraph parse_caption(std::string_view caption, const WordNet* wordnet) {
  return Parser(tag_caption(caption, wordnet)).parse();
}

}  // namespace unimo::eval
