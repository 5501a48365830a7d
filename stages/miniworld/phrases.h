// Words for the things of a scene: synonyms, articles, noun phrases. Shared by captions, regions
// and books.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

// All words for a thing and so on, the plain one first; what Phrases draws from.
std::vector<std::string_view> noun_words(Thing thing);                   // "box", "crate"
std::vector<std::string_view> size_words(Size size);                     // none for medium
std::vector<std::string_view> texture_words(Texture texture);            // none for plain
std::vector<std::string_view> place_phrases(Place place);                // "in a meadow", …
std::vector<std::string_view> preposition_phrases(Predicate predicate);  // "to the left of", …

// Draws the words. One for each text, so that texts do not influence each other.
class Phrases {
 public:
  explicit Phrases(Draws& draws) : draws_(draws) {}

  // "ball"; "crate" for a box now and then.
  std::string noun(Thing thing);
  std::string size(Size size);                   // "small", "tiny"; empty for most medium ones
  std::string texture(Texture texture);          // "striped"; "spotted" for dotted; empty for plain
  std::string preposition(Predicate predicate);  // "to the left of"
  std::string place(Place place);                // "in a meadow", "on the grass"
  std::string place_noun(Place place);           // "meadow", "beach", for "the meadow"

  // "small striped red ball": colour always; size and texture often, always when `full`.
  std::string bare(const SceneObject& object, bool full = false);
  // With "a" or "an"; `the` with "the".
  std::string a(const SceneObject& object, bool full = false);
  std::string the(const SceneObject& object);

  Draws& draws() { return draws_; }

 private:
  Draws& draws_;
};

// "an orange ball" for "orange ball".
std::string with_article(std::string_view words);
// The first letter in upper case.
std::string capitalised(std::string text);
// Joins by blanks; empty parts vanish, and marks stick to what stands before them. In braces the
// parts are drawn from left to right on every compiler, which operands of + and arguments are not.
std::string say(std::initializer_list<std::string> parts);

}  // namespace unimo::stages
