// What is in a picture: things with colour, size and texture, where they stand, and how they lie to
// each other.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/schema/miniworld.h"

namespace unimo::stages {

enum class Thing {
  kBall,
  kBox,
  kStar,
  kHeart,
  kTree,
  kHouse,
  kCar,
  kBoat,
  kFlower,
  kFish,
  kCup,
  kUmbrella,
  kMushroom,
  kBalloon
};
enum class Colour { kRed, kOrange, kYellow, kGreen, kBlue, kPurple, kPink, kBrown };
enum class Size { kSmall, kMedium, kLarge };
enum class Texture { kPlain, kStriped, kDotted, kCheckered };
enum class Place { kMeadow, kBeach, kSnow, kNight, kRoom, kDesert };
enum class Predicate { kLeftOf, kRightOf, kAbove, kBelow, kInside, kOn };

inline constexpr std::size_t kThings = 14, kColours = 8, kSizes = 3, kTextures = 4, kPlaces = 6;

// The plain English word: "ball", "red", "small", "striped", "meadow", "to the left of".
std::string_view word(Thing thing);
std::string_view word(Colour colour);
std::string_view word(Size size);
std::string_view word(Texture texture);
std::string_view word(Place place);
std::string_view word(Predicate predicate);

struct SceneObject {
  Thing thing = Thing::kBall;
  Colour colour = Colour::kRed;
  Size size = Size::kMedium;
  Texture texture = Texture::kPlain;
  double x = 0.5, y = 0.5;  // centre, as a share of the picture
  double half = 0.1;        // half of its extent, likewise
  double angle = 0;         // degrees
};

struct Relation {
  std::size_t subject = 0;
  Predicate predicate = Predicate::kLeftOf;
  std::size_t object = 1;
};

// left of becomes right of; above becomes below. Inside and on have no single word the other way
// round.
Predicate inverse(Predicate predicate);

struct Scene {
  std::int64_t number = 0;
  Place place = Place::kMeadow;
  std::vector<SceneObject> objects;
  std::vector<Relation>
      relations;  // the first is between objects 0 and 1; the others follow from where things are

  // Equal for two scenes exactly when they hold the same things in the same place and relation.
  std::string content() const;
  // The same for colours and kinds of things alone.
  std::string outline() const;
};

// The scenes 0 .. images-1 one by one, no two with the same content; the validation and test scenes
// (which come first) also differ in their outline, so that a caption can tell them apart. Scene n
// depends on the seed, the numbers of objects and the scenes before it alone. Keeps eight bytes of
// every scene.
class SceneMaker {
 public:
  SceneMaker(std::uint64_t seed, const MiniWorld& params) : seed_(seed), params_(params) {}
  // kInvalid when the world has no other scene.
  Result<Scene> next();

 private:
  std::uint64_t seed_;
  MiniWorld params_;
  std::int64_t number_ = 0;
  // Hashes: that two of a million contents share one by chance has a probability of 3e-8, and then
  // another scene is drawn.
  std::unordered_set<std::uint64_t> contents_, outlines_;
};

// All of them at once.
Result<std::vector<Scene>> make_scenes(std::uint64_t seed, const MiniWorld& params);

// Vertical extent of a thing in units of its half: top is negative.
struct Extent {
  double top = -1, bottom = 1;
};
Extent extent_of(Thing thing);

}  // namespace unimo::stages
