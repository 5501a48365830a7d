// A scene graph in the making: its nodes, and what is remembered of objects to find out what a
// pronoun stands for.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluators/scene_graph/noun_phrases.h"
#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/tagger.h"

namespace unimo::eval {

using ObjectList = std::vector<std::size_t>;  // indices into SceneGraph::objects

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

class GraphBuilder {
 public:
  // The object of a phrase that has a noun, with the phrase's modifiers as its attributes.
  std::size_t add_object(std::span<const TaggedWord> words, const NounPhrase& phrase);
  void add_attribute(std::size_t object, const TaggedWord& word);
  // What a verb without object says of its subject.
  void add_attribute(std::size_t object, const VerbPart& verb);
  // None between an object and itself.
  void add_relation(std::size_t subject, std::size_t object, const VerbPart& verb,
                    const PrepositionPart& preposition);

  bool empty() const { return graph_.objects.empty(); }
  bool is_person(std::size_t object) const { return (classes_[object] & kPersonWord) != 0; }
  bool is_animate(std::size_t object) const { return (classes_[object] & kAnimate) != 0; }
  bool is_animate(const ObjectList& objects) const {  // the first of them
    return !objects.empty() && is_animate(objects.front());
  }

  // Where an antecedent may be: the subject of the clause, the noun phrase before, and those that
  // are out of the question because the pronoun is their verb's object ("a boy looks at him").
  struct Context {
    const ObjectList& subject;
    const ObjectList& last;
    const ObjectList& excluded;
  };
  // What "he", "his", "it", "their" … stand for; empty when nothing fits.
  ObjectList antecedent(std::string_view pronoun, const Context& context) const;

  SceneGraph finish() { return std::move(graph_); }

 private:
  ObjectList person(std::string_view pronoun, const Context& context) const;
  ObjectList thing(const Context& context) const;
  bool fits(std::size_t object, std::string_view pronoun) const;
  bool is_several(const ObjectList& objects) const;

  SceneGraph graph_;
  std::vector<WordClasses> classes_;  // of each object's head
  std::vector<bool> several_;         // plural or collective
};

// The classes of a noun's text and lemma.
WordClasses noun_classes(const TaggedWord& noun);

}  // namespace unimo::eval
