// Words of a caption with their parts of speech: closed classes by list, open ones by list, ending
// and neighbours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluators/scene_graph/lexicon.h"
#include "evaluators/scene_graph/scene_graph.h"

namespace unimo::eval {

enum class Tag {
  kDeterminer,
  kPossessive,  // "his"
  kPronoun,
  kNumber,
  kQuantity,  // "several"
  kAdjective,
  kNoun,
  kVerb,  // finite
  kIng,   // participle or gerund
  kPast,  // past tense or past participle
  kBe,
  kHave,
  kModal,
  kTo,  // before a verb
  kPreposition,
  kConjunction,
  kSubordinator,
  kRelative,
  kAdverb,
  kOwner,  // "'s"
  kThere,  // "there" of "there is", "this" of "this is"
  kComma,
  kStop,
};

// A finite verb or auxiliary.
constexpr bool is_finite(Tag tag) {
  return tag == Tag::kVerb || tag == Tag::kBe || tag == Tag::kHave || tag == Tag::kModal;
}
// That, or a participle.
constexpr bool is_verbal(Tag tag) {
  return is_finite(tag) || tag == Tag::kIng || tag == Tag::kPast;
}

struct TaggedWord {
  Span span;         // of all words of a fixed phrase: "in front of" is one
  std::string text;  // lower case
  Tag tag = Tag::kNoun;
  std::string lemma;        // of a noun its singular, of a verb or participle its base form
  WordClasses classes = 0;  // of the text
  bool after_mark = false;  // a quote or other sign stands before it
};

// Reads at most kMaxCaptionWords words.
std::vector<TaggedWord> tag_caption(std::string_view caption, const WordNet* wordnet = nullptr);

}  // namespace unimo::eval
