// What a caption says, as a graph: objects, their attributes, relations between two objects.
//
//   const SceneGraph graph = parse_caption("Two brown dogs are chasing a ball on the beach.");
//   // objects dog, ball, beach; attributes two, brown; relations (dog, chase, ball),
//   // (dog, chase on, beach)
//
// The rules, their limits and how well they do: docs/scene_graphs.md. Every node says where in the
// caption it stands, so that a caption can be rewritten node by node.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::eval {

class WordNet;

// Bytes of the caption, [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const Span&) const = default;
};

struct SceneObject {
  std::string lemma;      // "tennis racket": all nouns of a compound, the last in the singular
  std::string head;       // "racket"
  std::string modifiers;  // "tennis"; empty when the object is one noun
  Span span;              // of the compound
};

enum class AttributeKind { kOther, kColour, kCount, kSize };

struct SceneAttribute {
  std::size_t object = 0;  // index into objects
  std::string lemma;       // adjective, number or quantity; of a participle or verb its base form
  AttributeKind kind = AttributeKind::kOther;
  Span span;
};

// "sit on": a verb, a preposition, or a verb with its preposition. The spans of its parts may have
// other words between them ("sits quietly on"). Passives with an agent are turned round: of "a ball
// held by a boy" the subject is the boy. A possessive ("the man's hat", "his hat") has the verb
// "have" at "'s" or "his".
struct SceneRelation {
  std::size_t subject = 0;  // indices into objects
  std::size_t object = 0;
  std::string verb;         // base form; empty: none
  std::string preposition;  // "in front of"; empty: none
  Span verb_span;
  Span preposition_span;
  std::string lemma() const {
    if (verb.empty() || preposition.empty()) return verb + preposition;
    return verb + " " + preposition;
  }
};

struct SceneGraph {
  std::vector<SceneObject> objects;  // in the order of the caption
  std::vector<SceneAttribute> attributes;
  std::vector<SceneRelation> relations;
};

// Any bytes are a caption; words after the first kMaxCaptionWords are not read. `wordnet` helps
// with words that the built-in lists lack; without it they are taken for nouns or by their ending.
constexpr std::size_t kMaxCaptionWords = 1000;
SceneGraph parse_caption(std::string_view caption, const WordNet* wordnet = nullptr);

}  // namespace unimo::eval
