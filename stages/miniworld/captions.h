// What people would say about a scene: many kinds of sentence, each telling enough to find its
// picture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct SaidAttribute {
  std::size_t object = 0;
  std::string word;  // of a colour, size or texture
};

struct SceneCaption {
  std::string text;
  std::vector<std::size_t> objects;  // those that it names, by index in the scene
  bool names_place = false;
  // What it says of them, for whoever compares what was understood of it. A relation is the way
  // round that the words have it.
  std::vector<SaidAttribute> attributes;
  std::vector<Relation> relations;
};

// `count` captions, no two with the same words, as far as possible of different kinds. Every
// caption names the colours of the things it mentions, and at least two things when there are two.
std::vector<SceneCaption> write_captions(const Scene& scene, std::uint64_t seed, int count);

// Kinds of sentences for scenes of so many objects.
std::size_t caption_kinds(std::size_t objects);

}  // namespace unimo::stages
