// A scene as texts tell it: three things of different kinds with all their attributes, and two
// relations. Where the picture has fewer things, texts add some; where two are of one kind, texts
// speak of another.
#pragma once

#include <array>
#include <string>

#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/phrases.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct TextScene {
  Place place = Place::kMeadow;
  std::array<SceneObject, 3> things;  // sizes small or large only
  std::array<Relation, 2> relations;  // (0, any, 1) and (2, a direction, 0 or 1)
};

TextScene retell(const Scene& scene, Draws& draws);

// The main relation the other way round: "right of" for "left of"; "under" and "around" for things
// that stand on or lie in others.
std::string_view turned_word(Predicate predicate);

// "the ball".
std::string the_thing(const SceneObject& thing);
// "the red ball".
std::string the_coloured(const SceneObject& thing);
// "a small striped red ball".
std::string full_thing(const SceneObject& thing);

}  // namespace unimo::stages
