#include "stages/rewrites/word_counts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "stages/rewrites/contrast_words.h"

namespace unimo::stages {

namespace {

std::string_view text_of(std::string_view caption, const eval::Span& span) {
  return caption.substr(span.begin, span.end - span.begin);
}

std::string most_frequent(const FormCounts& forms) {
  const auto best = std::max_element(
      forms.begin(), forms.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return best == forms.end() ? std::string() : best->first;
}

void add_forms(FormCounts& to, const FormCounts& from) {
  for (const auto& [form, count] : from) to[form] += count;
}

// Words in their order with their numbers.
template <class Word>
void put_in_order(NumberedWords<Word>& list, std::size_t most) {
  std::sort(list.words.begin(), list.words.end(), [](const Word& a, const Word& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  if (list.words.size() > most) list.words.resize(most);
  for (std::size_t i = 0; i < list.words.size(); ++i)
    list.numbers.emplace(list.words[i].text, static_cast<WordId>(i));
}

constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);
constexpr std::size_t kMostPlaces = 3000;
constexpr std::size_t kLongestPlace = 40;  // bytes

}  // namespace

std::string lower_case_of(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string object_context(std::string_view relation) { return "o " + std::string(relation); }
std::string verbal_context(std::string_view preposition) {
  return "o ~ " + std::string(preposition);
}
std::string subject_context(const RelationNode& relation) {
  return "s " + (relation.verb.empty() ? relation.preposition : relation.verb);
}
std::string attribute_context(std::string_view attribute) { return "a " + std::string(attribute); }

void WordCounts::add(std::string_view caption, const CaptionReading& reading) {
  ++corpus_.captions;
  if (reading.words.empty()) ++corpus_.empty;
  if (reading.objects.empty()) ++corpus_.without_object;
  if (reading.unknown_words > 0) ++corpus_.with_unknown_words;
  corpus_.unknown_words += static_cast<std::int64_t>(reading.unknown_words);
  for (const ObjectNode& node : reading.objects) {
    Object& object = objects_[node.lemma];
    object.head = node.head;
    ++object.count;
    ++object.slots[static_cast<std::size_t>(node.slot)];
    const bool placed = node.governor != kNoNode &&
                        is_place_preposition(reading.relations[node.governor].preposition);
    if (placed) ++object.placed;
    auto& forms = node.slot == NounSlot::kPlural ? object.plural : object.singular;
    ++forms[lower_case_of(text_of(caption, node.span))];
  }
  for (const AttributeNode& node : reading.attributes) {
    Attribute& attribute = attributes_[node.lemma];
    ++attribute.count;
    ++attribute.forms[lower_case_of(text_of(caption, node.span))];
    ++contexts_[attribute_context(node.lemma)];
  }
  for (const RelationNode& node : reading.relations) add_relation(caption, reading, node);
}

void WordCounts::add_relation(std::string_view caption, const CaptionReading& reading,
                              const RelationNode& relation) {
  ++contexts_[subject_context(relation)];
  if (relation.object != kNoNode) {
    ++contexts_[object_context(relation.lemma())];
    if (!relation.verb.empty() && !relation.preposition.empty())
      ++contexts_[verbal_context(relation.preposition)];
  }
  if (relation.possessive || relation.repeated) return;
  if (!relation.verb.empty()) {
    Verb& verb = verbs_[relation.verb];
    ++verb.count;
    ++verb.forms[static_cast<std::size_t>(relation.form)]
                [lower_case_of(text_of(caption, relation.verb_span))];
  }
  if (relation.preposition.empty()) return;
  ++prepositions_[relation.preposition];
  if (relation.object != kNoNode) add_place(caption, reading, relation);
}

void WordCounts::add_place(std::string_view caption, const CaptionReading& reading,
                           const RelationNode& relation) {
  const ObjectNode& object = reading.objects[relation.object];
  const std::size_t begin = relation.preposition_span.begin;
  const bool joined = relation.preposition_span.end + 1 == object.phrase_begin;
  if (!joined || object.span.end - begin > kLongestPlace) return;
  if (!is_place_preposition(relation.preposition)) return;
  const std::string text = lower_case_of(caption.substr(begin, object.span.end - begin));
  if (text.find(" his ") != std::string::npos || text.find(" her ") != std::string::npos ||
      text.find(" their ") != std::string::npos || text.find(" its ") != std::string::npos)
    return;
  Place& place = places_[text];
  ++place.count;
  place.noun_begin = object.span.begin - begin;
  place.preposition = relation.preposition;
  place.object = object.lemma;
}

void WordCounts::add(const WordCounts& other) {
  for (const auto& [text, from] : other.objects_) {
    Object& to = objects_[text];
    to.head = std::max(to.head, from.head);
    to.count += from.count;
    for (std::size_t i = 0; i < to.slots.size(); ++i) to.slots[i] += from.slots[i];
    to.placed += from.placed;
    add_forms(to.singular, from.singular);
    add_forms(to.plural, from.plural);
  }
  for (const auto& [text, from] : other.attributes_) {
    attributes_[text].count += from.count;
    add_forms(attributes_[text].forms, from.forms);
  }
  for (const auto& [text, from] : other.verbs_) {
    Verb& to = verbs_[text];
    to.count += from.count;
    for (std::size_t i = 0; i < to.forms.size(); ++i) add_forms(to.forms[i], from.forms[i]);
  }
  for (const auto& [text, count] : other.prepositions_) prepositions_[text] += count;
  for (const auto& [text, count] : other.contexts_) contexts_[text] += count;
  for (const auto& [text, from] : other.places_) {
    Place& to = places_[text];
    const std::int64_t count = to.count + from.count;
    // One text may have been parsed in two ways; the larger reading wins whatever the order.
    const auto rank = [](const Place& p) {
      return std::tie(p.noun_begin, p.preposition, p.object);
    };
    if (to.count == 0 || rank(to) < rank(from)) to = from;
    to.count = count;
  }
  corpus_.captions += other.corpus_.captions;
  corpus_.empty += other.corpus_.empty;
  corpus_.without_object += other.corpus_.without_object;
  corpus_.with_unknown_words += other.corpus_.with_unknown_words;
  corpus_.unknown_words += other.corpus_.unknown_words;
}

void WordCounts::fill(Vocabulary& vocabulary, const VocabularyOptions& options) const {
  vocabulary.counts = corpus_;
  fill_nouns(vocabulary, options);
  for (const auto& [text, from] : verbs_) {
    if (from.count < options.floor) continue;
    VerbWord word{.text = text, .count = from.count, .forms = {}};
    for (std::size_t i = 0; i < word.forms.size(); ++i)
      word.forms[i] = most_frequent(from.forms[i]);
    vocabulary.verbs.words.push_back(std::move(word));
  }
  for (const auto& [text, count] : prepositions_)
    if (count >= options.floor) vocabulary.prepositions.words.push_back({text, count});
  for (const auto& [text, count] : contexts_)
    if (count >= options.floor) vocabulary.contexts.words.push_back({text, count});
  put_in_order(vocabulary.verbs, kNoLimit);
  put_in_order(vocabulary.prepositions, kNoLimit);
  put_in_order(vocabulary.contexts, kNoLimit);
  fill_places(vocabulary, options);
}

void WordCounts::fill_nouns(Vocabulary& vocabulary, const VocabularyOptions& options) const {
  for (const auto& [text, from] : objects_) {
    if (from.count < options.floor) continue;
    vocabulary.objects.words.push_back({.text = text,
                                        .head = from.head,
                                        .count = from.count,
                                        .slots = from.slots,
                                        .placed = from.placed,
                                        .singular = most_frequent(from.singular),
                                        .plural = most_frequent(from.plural)});
  }
  for (const auto& [text, from] : attributes_) {
    if (from.count < options.floor) continue;
    vocabulary.attributes.words.push_back(
        {.text = text, .count = from.count, .form = most_frequent(from.forms)});
  }
  put_in_order(vocabulary.objects, options.most_objects);
  put_in_order(vocabulary.attributes, kNoLimit);
}

// When objects and prepositions have their numbers.
void WordCounts::fill_places(Vocabulary& vocabulary, const VocabularyOptions& options) const {
  for (const auto& [text, place] : places_) {
    const auto object = vocabulary.objects.find(place.object);
    const auto preposition = vocabulary.prepositions.find(place.preposition);
    if (place.count < options.floor || !object || !preposition) continue;
    vocabulary.places.push_back({.text = text,
                                 .noun_begin = place.noun_begin,
                                 .count = place.count,
                                 .preposition = *preposition,
                                 .object = *object});
  }
  std::sort(vocabulary.places.begin(), vocabulary.places.end(),
            [](const PlaceWords& a, const PlaceWords& b) {
              return a.count != b.count ? a.count > b.count : a.text < b.text;
            });
  if (vocabulary.places.size() > kMostPlaces) vocabulary.places.resize(kMostPlaces);
}

}  // namespace unimo::stages
