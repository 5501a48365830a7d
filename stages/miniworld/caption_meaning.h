// What an English caption of the mini-world claims, read back from its words: for the second
// language, and to tell whether a caption that something else wrote is true of a picture.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "stages/miniworld/scene.h"

namespace unimo::stages {

// A thing that is spoken of, with the attributes that are said of it.
struct Mention {
  Thing thing = Thing::kBall;
  std::optional<Colour> colour;
  std::optional<Size> size;
  std::optional<Texture> texture;
  bool definite = false;  // "the ball": may be one that was spoken of before
};

struct ClaimedRelation {
  std::size_t subject = 0;  // numbers of mentions
  Predicate predicate = Predicate::kLeftOf;
  std::size_t object = 0;
};

struct CaptionMeaning {
  std::vector<Mention> mentions;  // in the order of the text
  std::vector<ClaimedRelation> relations;
  std::optional<Place> place;
  std::optional<std::size_t> count;  // things in the picture, where that is said
};

// Nothing when the text has a word that captions do not have, no thing, or a relation without two
// things.
std::optional<CaptionMeaning> read_meaning(std::string_view text);

// Whether everything claimed is so: each mention is a thing of the scene (indefinite ones different
// things), relations are among the scene's, the place and the number are its own.
bool is_true_of(const CaptionMeaning& meaning, const Scene& scene);

}  // namespace unimo::stages
