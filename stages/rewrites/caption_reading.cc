#include "stages/rewrites/caption_reading.h"

#include <algorithm>
#include <array>
#include <utility>

#include "evaluators/scene_graph/tagger.h"
#include "evaluators/scene_graph/wordnet.h"
#include "stages/rewrites/contrast_words.h"

namespace unimo::stages {

namespace {

using eval::Span;
using eval::Tag;
using eval::TaggedWord;

class Reader {
 public:
  Reader(std::string_view caption, const eval::WordNet* wordnet)
      : graph_(eval::parse_caption(caption, wordnet)),
        words_(eval::tag_caption(caption, wordnet)),
        wordnet_(wordnet) {}

  CaptionReading read() {
    for (std::size_t i = 0; i < graph_.objects.size(); ++i) add_object(i);
    for (const eval::SceneAttribute& attribute : graph_.attributes) add_attribute(attribute);
    for (const eval::SceneRelation& relation : graph_.relations) add_relation(relation);
    for (const TaggedWord& word : words_) add_word(word);
    std::sort(reading_.words.begin(), reading_.words.end());
    reading_.words.erase(std::unique(reading_.words.begin(), reading_.words.end()),
                         reading_.words.end());
    return std::move(reading_);
  }

 private:
  // The word that begins at this byte or holds it; words_.size() when there is none.
  std::size_t word_at(std::size_t byte) const {
    const auto after = std::upper_bound(
        words_.begin(), words_.end(), byte,
        [](std::size_t at, const TaggedWord& word) { return at < word.span.begin; });
    return after == words_.begin() ? words_.size()
                                   : static_cast<std::size_t>(after - words_.begin()) - 1;
  }

  bool describes(std::size_t at, std::size_t object) const {
    return std::any_of(graph_.attributes.begin(), graph_.attributes.end(),
                       [&](const eval::SceneAttribute& attribute) {
                         return attribute.object == object &&
                                attribute.span.begin == words_[at].span.begin;
                       });
  }

  // Whether the word belongs to the noun phrase whose noun stands behind it.
  bool inside_phrase(std::size_t at, std::size_t object) const {
    switch (words_[at].tag) {
      case Tag::kAdjective:
      case Tag::kNumber:
      case Tag::kQuantity: return true;
      case Tag::kIng:
      case Tag::kPast: return describes(at, object);
      case Tag::kComma:
      case Tag::kConjunction:
        return at > 0 && words_[at - 1].tag == Tag::kAdjective && describes(at - 1, object);
      default: return false;
    }
  }

  static bool is_article(const TaggedWord& word) {
    return word.tag == Tag::kDeterminer && (word.text == "a" || word.text == "an");
  }
  Span article_before(std::size_t begin) const {
    const std::size_t at = word_at(begin);
    if (at == 0 || at >= words_.size() || words_[at].span.begin != begin) return {};
    return is_article(words_[at - 1]) ? words_[at - 1].span : Span{};
  }

  NounSlot slot_after(const TaggedWord& word, NounSlot bare) const {
    if (word.tag == Tag::kPossessive || word.tag == Tag::kOwner) return NounSlot::kDefinite;
    if (word.tag != Tag::kDeterminer) return bare;
    constexpr std::array<std::string_view, 6> kCounting = {"a",    "an",    "another",
                                                           "each", "every", "one"};
    if (std::ranges::find(kCounting, word.text) != kCounting.end()) return NounSlot::kIndefinite;
    const bool open = word.text == "some" || word.text == "any" || word.text == "no";
    return open ? NounSlot::kBare : NounSlot::kDefinite;
  }

  void add_object(std::size_t index) {
    const eval::SceneObject& object = graph_.objects[index];
    ObjectNode node{.lemma = object.lemma,
                    .head = object.head,
                    .span = object.span,
                    .article = article_before(object.span.begin),
                    .phrase_begin = object.span.begin};
    std::size_t at = word_at(object.span.begin);
    NounSlot slot = NounSlot::kBare;
    bool counted = false;
    while (at < words_.size() && at > 0 && inside_phrase(at - 1, index)) {
      --at;
      if (words_[at].tag == Tag::kNumber) counted = words_[at].text != "one";
      if (words_[at].tag == Tag::kNumber && !counted) slot = NounSlot::kIndefinite;
    }
    if (at < words_.size()) node.phrase_begin = words_[at].span.begin;
    if (at > 0 && at < words_.size()) {
      const TaggedWord& before = words_[at - 1];
      if (before.tag == Tag::kDeterminer || before.tag == Tag::kPossessive)
        node.phrase_begin = before.span.begin;
      slot = slot_after(before, slot);
      node.denied = before.text == "no";
    }
    const std::size_t next = word_at(object.span.end - 1) + 1;
    node.modifies =
        next < words_.size() && (words_[next].tag == Tag::kNoun || words_[next].tag == Tag::kOwner);
    node.slot = counted || plural(object, slot) ? NounSlot::kPlural : slot;
    reading_.objects.push_back(std::move(node));
  }

  bool plural(const eval::SceneObject& object, NounSlot slot) const {
    const std::size_t last = word_at(object.span.end - 1);
    if (last < words_.size() && eval::is_plural(words_[last].text)) return true;
    if (is_plural_only(object.head)) return true;
    return is_invariant(object.head) && slot != NounSlot::kIndefinite;
  }

  void add_attribute(const eval::SceneAttribute& attribute) {
    const std::size_t at = word_at(attribute.span.begin);
    const bool whole = at < words_.size() && words_[at].span == attribute.span;
    if (whole && eval::is_verbal(words_[at].tag)) {
      add_predicate(attribute, at);
      return;
    }
    reading_.attributes.push_back({.object = attribute.object,
                                   .lemma = attribute.lemma,
                                   .span = attribute.span,
                                   .article = article_before(attribute.span.begin)});
  }

  // "a dog runs". A participle before its noun ("a parked car") is left alone.
  void add_predicate(const eval::SceneAttribute& attribute, std::size_t at) {
    if (attribute.span.begin < graph_.objects[attribute.object].span.begin) return;
    push({.subject = attribute.object,
          .verb = attribute.lemma,
          .verb_span = attribute.span,
          .form = form_of(at)});
  }

  eval::VerbForm form_of(std::size_t at) const {
    return eval::verb_reading(words_[at].text, wordnet_).form;
  }

  void add_relation(const eval::SceneRelation& relation) {
    RelationNode node{.subject = relation.subject,
                      .object = relation.object,
                      .verb = relation.verb,
                      .preposition = relation.preposition,
                      .verb_span = relation.verb_span,
                      .preposition_span = relation.preposition_span};
    if (!relation.verb.empty()) {
      const std::size_t at = word_at(relation.verb_span.begin);
      const bool verbal = at < words_.size() && eval::is_verbal(words_[at].tag);
      if (verbal) node.form = form_of(at);
      node.possessive = relation.verb == "have" && !verbal;
    }
    push(std::move(node));
  }

  void push(RelationNode node) {
    node.repeated = std::any_of(reading_.relations.begin(), reading_.relations.end(),
                                [&](const RelationNode& other) {
                                  return other.verb_span == node.verb_span &&
                                         other.preposition_span == node.preposition_span;
                                });
    if (node.object != kNoNode) {
      ObjectNode& object = reading_.objects[node.object];
      if (object.governor == kNoNode) object.governor = reading_.relations.size();
    }
    reading_.relations.push_back(std::move(node));
  }

  void add_word(const TaggedWord& word) {
    reading_.words.push_back(word.lemma.empty() ? word.text : word.lemma);
    if (word.tag == Tag::kNoun && word.lemma != word.text) reading_.words.push_back(word.text);
    reading_.he |= word.text == "he" || word.text == "his" || word.text == "him";
    reading_.she |= word.text == "she" || word.text == "her";
    const bool open = word.tag == Tag::kNoun || word.tag == Tag::kAdjective;
    if (!open || word.classes != 0 || eval::word_classes(word.lemma) != 0) return;
    const bool known = wordnet_ != nullptr && !wordnet_->synsets(word.lemma).empty();
    if (!known) ++reading_.unknown_words;
  }

  eval::SceneGraph graph_;
  std::vector<TaggedWord> words_;
  const eval::WordNet* wordnet_;
  CaptionReading reading_;
};

}  // namespace

CaptionReading read_caption(std::string_view caption, const eval::WordNet* wordnet) {
  return Reader(caption, wordnet).read();
}

}  // namespace unimo::stages
