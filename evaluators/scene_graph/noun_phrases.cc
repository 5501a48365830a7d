#include "evaluators/scene_graph/noun_phrases.h"

namespace unimo::eval {

namespace {

using Words = std::span<const TaggedWord>;

Tag tag_at(Words words, std::size_t at) { return at < words.size() ? words[at].tag : Tag::kStop; }

bool is_modifier(Tag tag) {
  return tag == Tag::kAdjective || tag == Tag::kNumber || tag == Tag::kQuantity;
}

// "very large", "brightly colored": an adverb that belongs to an adjective.
bool is_adverb_of_modifier(Words words, std::size_t at) {
  while (tag_at(words, at) == Tag::kAdverb) ++at;
  return is_modifier(tag_at(words, at));
}

// Whether the comma or conjunction at `at` joins adjectives of one noun: after it come adjectives
// and then a noun.
bool joins_adjectives(Words words, std::size_t at) {
  bool adjective = false;
  for (; at < words.size(); ++at) {
    const Tag tag = words[at].tag;
    if (tag == Tag::kNoun) return adjective;
    const bool joint =
        tag == Tag::kComma || tag == Tag::kConjunction || (tag == Tag::kAdverb && !adjective);
    if (tag != Tag::kAdjective && !joint) return false;
    adjective = adjective || tag == Tag::kAdjective;
  }
  return false;
}

// The modifiers from `at`; returns where they end.
std::size_t read_modifiers(Words words, std::size_t at, NounPhrase& phrase) {
  for (; at < words.size(); ++at) {
    const Tag tag = words[at].tag;
    if (tag == Tag::kDeterminer) {
      if (!phrase.modifiers.empty() && words[phrase.modifiers.back()].tag == Tag::kAdjective) break;
    } else if (tag == Tag::kPossessive) {
      if (!phrase.modifiers.empty() || phrase.owner != kNoWord) break;
      phrase.owner = at;
    } else if (is_modifier(tag)) {
      phrase.modifiers.push_back(at);
    } else if (tag == Tag::kAdverb) {
      if (!is_adverb_of_modifier(words, at)) break;
    } else if (tag == Tag::kComma || tag == Tag::kConjunction) {
      const bool after_adjective =
          at > 0 && !phrase.modifiers.empty() &&
          (words[at - 1].tag == Tag::kAdjective || words[at - 1].tag == Tag::kComma);
      const bool before_adjective =
          tag_at(words, at + 1) == Tag::kAdjective || tag_at(words, at + 1) == Tag::kConjunction;
      if (!after_adjective || !before_adjective || !joins_adjectives(words, at + 1)) break;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

bool starts_noun_phrase(Words words, std::size_t at) {
  switch (tag_at(words, at)) {
    case Tag::kDeterminer:
    case Tag::kPossessive:
    case Tag::kPronoun:
    case Tag::kNumber:
    case Tag::kQuantity:
    case Tag::kAdjective:
    case Tag::kNoun: return true;
    case Tag::kAdverb: return is_adverb_of_modifier(words, at);
    default: return false;
  }
}

NounPhrase noun_phrase_at(Words words, std::size_t at) {
  NounPhrase phrase;
  if (tag_at(words, at) == Tag::kPronoun) {
    phrase.pronoun = true;
    phrase.end = at + 1;
    return phrase;
  }
  const bool opened =
      tag_at(words, at) == Tag::kDeterminer || tag_at(words, at) == Tag::kPossessive;
  std::size_t end = read_modifiers(words, at, phrase);
  phrase.noun_begin = phrase.noun_end = end;
  // A compound does not go on behind a quote: "the word "stop"" has two nouns.
  while (tag_at(words, phrase.noun_end) == Tag::kNoun &&
         (phrase.noun_end == end || !words[phrase.noun_end].after_mark)) {
    ++phrase.noun_end;
  }
  if (!phrase.has_noun() && opened && !phrase.modifiers.empty() &&
      words[phrase.modifiers.back()].tag == Tag::kAdjective && phrase.modifiers.back() + 1 == end) {
    phrase.noun_begin = phrase.modifiers.back();
    phrase.noun_end = end;
    phrase.modifiers.pop_back();
  }
  phrase.end = phrase.noun_end;
  return phrase;
}

}  // namespace unimo::eval
