#include "evaluators/scene_graph/graph_builder.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace unimo::eval {

namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// "2" and "two" are one count.
std::string number_word(const std::string& text) {
  static constexpr std::array<const char*, 13> kNames = {"zero", "one",    "two",   "three", "four",
                                                         "five", "six",    "seven", "eight", "nine",
                                                         "ten",  "eleven", "twelve"};
  if (text.empty() || text.size() > 2 || text.front() < '0' || text.front() > '9') return text;
  std::size_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return text;
    number = number * 10 + static_cast<std::size_t>(digit - '0');
  }
  return number < kNames.size() ? kNames[number] : text;
}

AttributeKind kind_of(const TaggedWord& word) {
  if (word.tag == Tag::kNumber || word.tag == Tag::kQuantity) return AttributeKind::kCount;
  if ((word.classes & kColourWord) != 0) return AttributeKind::kColour;
  if ((word.classes & kSizeWord) != 0) return AttributeKind::kSize;
  return AttributeKind::kOther;
}

bool is_female(std::string_view noun) {
  return is_one_of(noun, {"woman", "girl", "lady", "mother", "mom", "wife", "bride", "queen",
                          "princess", "daughter", "sister", "waitress", "grandmother", "female",
                          "ballerina", "bridesmaid", "cheerleader"});
}

bool is_male(std::string_view noun) {
  return is_one_of(
      noun, {"man",   "boy",         "guy",     "gentleman", "father",    "dad",    "husband",
             "groom", "king",        "prince",  "son",       "brother",   "waiter", "grandfather",
             "male",  "businessman", "fireman", "policeman", "fisherman", "cowboy", "dude"});
}

}  // namespace

WordClasses noun_classes(const TaggedWord& noun) { return noun.classes | word_classes(noun.lemma); }

std::size_t GraphBuilder::add_object(std::span<const TaggedWord> words, const NounPhrase& phrase) {
  const TaggedWord& head = words[phrase.noun_end - 1];
  SceneObject object;
  object.span = {words[phrase.noun_begin].span.begin, head.span.end};
  object.head = head.tag == Tag::kNoun ? head.lemma : head.text;  // "the opened"
  for (std::size_t i = phrase.noun_begin; i + 1 < phrase.noun_end; ++i) {
    object.modifiers += (object.modifiers.empty() ? "" : " ") + words[i].text;
  }
  object.lemma = object.modifiers.empty() ? object.head : object.modifiers + " " + object.head;
  graph_.objects.push_back(std::move(object));
  classes_.push_back(noun_classes(head));
  several_.push_back(head.lemma != head.text || (classes_.back() & kCollectiveWord) != 0);
  const std::size_t number = graph_.objects.size() - 1;
  for (const std::size_t word : phrase.modifiers) add_attribute(number, words[word]);
  return number;
}

void GraphBuilder::add_attribute(std::size_t object, const TaggedWord& word) {
  graph_.attributes.push_back({object, number_word(word.lemma), kind_of(word), word.span});
}

void GraphBuilder::add_attribute(std::size_t object, const VerbPart& verb) {
  graph_.attributes.push_back({object, verb.lemma, AttributeKind::kOther, verb.span});
}

void GraphBuilder::add_relation(std::size_t subject, std::size_t object, const VerbPart& verb,
                                const PrepositionPart& preposition) {
  if (subject == object) return;
  graph_.relations.push_back(
      {subject, object, verb.lemma, preposition.text, verb.span, preposition.span});
}

bool GraphBuilder::fits(std::size_t object, std::string_view pronoun) const {
  if (!is_animate(object)) return false;
  const std::string& noun = graph_.objects[object].head;
  return is_one_of(pronoun, {"her", "she"}) ? !is_male(noun) : !is_female(noun);
}

// The subject first, then the nearest; persons before animals.
ObjectList GraphBuilder::person(std::string_view pronoun, const Context& context) const {
  const auto excluded = [&](std::size_t object) {
    return std::find(context.excluded.begin(), context.excluded.end(), object) !=
           context.excluded.end();
  };
  for (const std::size_t object : context.subject) {
    if (!excluded(object) && fits(object, pronoun)) return {object};
  }
  for (const bool want_person : {true, false}) {
    for (std::size_t i = graph_.objects.size(); i-- > 0;) {
      if (!excluded(i) && fits(i, pronoun) && is_person(i) == want_person) return {i};
    }
  }
  // Somebody in no list of ours.
  if (!context.subject.empty() && !excluded(context.subject.front()) &&
      !is_animate(context.subject.front())) {
    return {context.subject.front()};
  }
  return {};
}

ObjectList GraphBuilder::thing(const Context& context) const {
  for (const std::size_t object : context.subject) {
    if (!is_person(object)) return {object};
  }
  for (const std::size_t object : context.last) {
    if (!is_person(object)) return {object};
  }
  if (!context.subject.empty() || !context.last.empty()) return {};
  // "A box. Above it": the sentence before has it.
  for (std::size_t i = graph_.objects.size(); i-- > 0;)
    if (!is_person(i)) return {i};
  return {};
}

bool GraphBuilder::is_several(const ObjectList& objects) const {
  return objects.size() > 1 || (!objects.empty() && several_[objects.front()]);
}

ObjectList GraphBuilder::antecedent(std::string_view pronoun, const Context& context) const {
  if (pronoun == "whose") return context.last;
  if (is_one_of(pronoun, {"his", "her", "he", "she", "him"})) return person(pronoun, context);
  if (is_one_of(pronoun, {"it", "its"})) return thing(context);
  if (is_one_of(pronoun, {"their", "they", "them"})) {
    return !is_several(context.subject) && is_several(context.last) ? context.last
                                                                    : context.subject;
  }
  return {};
}

}  // namespace unimo::eval
