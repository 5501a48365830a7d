#include "evaluators/scene_graph/verb_groups.h"

#include "evaluators/scene_graph/lexicon.h"

namespace unimo::eval {

namespace {

using Words = std::span<const TaggedWord>;

Tag tag_at(Words words, std::size_t at) { return at < words.size() ? words[at].tag : Tag::kStop; }

// "ready to", "about to" before a verb: where the verb is.
std::size_t after_readiness(Words words, std::size_t at) {
  if (tag_at(words, at + 1) != Tag::kTo) return kNoWord;
  const std::string& text = words[at].text;
  if (text != "ready" && text != "about" && text != "able") return kNoWord;
  const std::size_t verb = after_adverbs(words, at + 2);
  return is_verbal(tag_at(words, verb)) ? verb : kNoWord;
}

// Behind "trying to", "getting ready to", "starts" before another verb; kNoWord when the verb at
// `at` counts itself.
std::size_t after_leading_verb(Words words, std::size_t at) {
  if ((word_classes(words[at].lemma) & kLeadingVerb) == 0) return kNoWord;
  const std::size_t next = after_adverbs(words, at + 1);
  if (const std::size_t verb = after_readiness(words, next); verb != kNoWord) return verb;
  if (tag_at(words, next) == Tag::kIng) return next;
  if (tag_at(words, next) != Tag::kTo) return kNoWord;
  const std::size_t verb = after_adverbs(words, next + 1);
  return is_verbal(tag_at(words, verb)) ? verb : kNoWord;
}

// Behind the auxiliary at `at`; kNoWord when it is the verb itself ("has a hat") or nothing verbal
// follows.
std::size_t after_auxiliary(Words words, std::size_t at) {
  const std::size_t next = after_adverbs(words, at + 1);
  if (is_verbal(tag_at(words, next))) return next;
  if (tag_at(words, at) != Tag::kBe) return kNoWord;
  return after_readiness(words, next);
}

}  // namespace

std::size_t after_adverbs(Words words, std::size_t at) {
  while (tag_at(words, at) == Tag::kAdverb) ++at;
  return at;
}

VerbGroup verb_group_at(Words words, std::size_t at) {
  VerbGroup group;
  while (at < words.size()) {
    const Tag tag = words[at].tag;
    const bool auxiliary = tag == Tag::kBe || tag == Tag::kModal || tag == Tag::kHave;
    if (tag == Tag::kBe) group.be = at;
    const std::size_t next = auxiliary ? after_auxiliary(words, at) : after_leading_verb(words, at);
    group.end = at + 1;
    if (next == kNoWord) {
      if (tag != Tag::kBe && tag != Tag::kModal) group.verb = at;
      break;
    }
    at = next;
  }
  return group;
}

}  // namespace unimo::eval
