#include "stages/miniworld/scene.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/things.h"

namespace unimo::stages {

namespace {

constexpr double kMargin = 0.03;  // between things, and to the edge
constexpr int kPlacements = 300;
constexpr std::uint64_t kAttempts = 2000;
constexpr std::array<double, kSizes> kHalves{0.085, 0.13, 0.185};

struct Bounds {
  double x1, y1, x2, y2;
};

Bounds bounds_of(const SceneObject& object) {
  return {object.x - object.half, object.y - object.half, object.x + object.half,
          object.y + object.half};
}

bool overlap(const SceneObject& a, const SceneObject& b) {
  const Bounds p = bounds_of(a);
  const Bounds q = bounds_of(b);
  return p.x1 < q.x2 + kMargin && q.x1 < p.x2 + kMargin && p.y1 < q.y2 + kMargin &&
         q.y1 < p.y2 + kMargin;
}

void scatter(SceneObject& object, Draws& draws) {
  const double room = object.half + kMargin;
  object.x = draws.between(room, 1 - room);
  object.y = draws.between(room, 1 - room);
}

// How b lies to a when they are well apart in one direction.
std::optional<Predicate> geometry(const SceneObject& a, const SceneObject& b) {
  const Bounds p = bounds_of(a);
  const Bounds q = bounds_of(b);
  const double dx = std::abs(a.x - b.x);
  const double dy = std::abs(a.y - b.y);
  if (dx > 1.5 * dy && p.x2 < q.x1) return Predicate::kLeftOf;
  if (dx > 1.5 * dy && q.x2 < p.x1) return Predicate::kRightOf;
  if (dy > 1.5 * dx && p.y2 < q.y1) return Predicate::kAbove;
  if (dy > 1.5 * dx && q.y2 < p.y1) return Predicate::kBelow;
  return std::nullopt;
}

bool is_one_of(Thing thing, std::initializer_list<Thing> things) {
  return std::find(things.begin(), things.end(), thing) != things.end();
}

SceneObject draw_object(Draws& draws) {
  SceneObject object;
  object.thing = static_cast<Thing>(draws.below(kThings));
  object.colour = static_cast<Colour>(draws.below(kColours));
  object.size = static_cast<Size>(draws.below(kSizes));
  object.texture =
      draws.chance(0.4) ? Texture::kPlain : static_cast<Texture>(1 + draws.below(kTextures - 1));
  object.angle = draws.between(-5, 5);
  return object;
}

void set_half(SceneObject& object, Draws& draws) {
  object.half = kHalves[static_cast<std::size_t>(object.size)] * draws.between(0.94, 1.06);
}

// Puts a into the middle of b, which must be a plain large thing with room.
bool put_inside(SceneObject& a, SceneObject& b, Draws& draws) {
  b.thing = draws.pick(std::array{Thing::kBox, Thing::kHeart, Thing::kBall});
  b.size = Size::kLarge;
  b.texture = Texture::kPlain;
  a.size = Size::kSmall;
  set_half(a, draws);
  set_half(b, draws);
  if (a.colour == b.colour || a.thing == b.thing) return false;
  scatter(b, draws);
  a.x = b.x;
  a.y = b.y + (b.thing == Thing::kBox ? 0.1 : -0.05) * b.half;
  return true;
}

// Lets a stand on b, which must have a roof to stand on.
bool put_on(SceneObject& a, SceneObject& b, Draws& draws) {
  b.thing = draws.pick(std::array{Thing::kBox, Thing::kCar, Thing::kMushroom});
  b.size = Size::kLarge;
  if (a.size == Size::kLarge) a.size = Size::kMedium;
  set_half(a, draws);
  set_half(b, draws);
  a.angle = b.angle = 0;
  if (a.thing == b.thing || is_one_of(a.thing, {Thing::kBalloon, Thing::kUmbrella, Thing::kFish}))
    return false;
  scatter(b, draws);
  a.x = b.x + draws.between(-0.1, 0.1) * b.half;
  a.y = b.y + extent_of(b.thing).top * b.half - extent_of(a.thing).bottom * a.half + 0.004;
  return a.y - a.half > kMargin;
}

// Tries places until a lies to b as asked.
bool put_apart(SceneObject& a, SceneObject& b, Predicate wanted, Draws& draws) {
  set_half(a, draws);
  set_half(b, draws);
  for (int i = 0; i < kPlacements; ++i) {
    scatter(a, draws);
    scatter(b, draws);
    if (!overlap(a, b) && geometry(a, b) == wanted) return true;
  }
  return false;
}

bool place_first_two(Scene& scene, Draws& draws) {
  // The four directions are more common than the two that need special things.
  constexpr std::array kMix{Predicate::kLeftOf,  Predicate::kLeftOf, Predicate::kRightOf,
                            Predicate::kRightOf, Predicate::kAbove,  Predicate::kAbove,
                            Predicate::kBelow,   Predicate::kBelow,  Predicate::kInside,
                            Predicate::kOn,      Predicate::kOn};
  const Predicate predicate = draws.pick(kMix);
  SceneObject& a = scene.objects[0];
  SceneObject& b = scene.objects[1];
  bool placed = false;
  switch (predicate) {
    case Predicate::kInside: placed = put_inside(a, b, draws); break;
    case Predicate::kOn: placed = put_on(a, b, draws); break;
    default: placed = put_apart(a, b, predicate, draws);
  }
  scene.relations.push_back({0, predicate, 1});
  return placed;
}

bool place_another(Scene& scene, std::size_t index, Draws& draws) {
  SceneObject& object = scene.objects[index];
  set_half(object, draws);
  for (int i = 0; i < kPlacements; ++i) {
    scatter(object, draws);
    const auto before = scene.objects.begin() + static_cast<std::ptrdiff_t>(index);
    if (std::none_of(scene.objects.begin(), before,
                     [&](const auto& other) { return overlap(object, other); })) {
      return true;
    }
  }
  return false;
}

// A thing of the same kind and colour twice could not be told apart in a sentence.
bool all_different(const std::vector<SceneObject>& objects) {
  for (std::size_t i = 0; i < objects.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (objects[i].thing == objects[j].thing && objects[i].colour == objects[j].colour)
        return false;
    }
  }
  return true;
}

std::optional<Scene> try_scene(Draws& draws, std::int64_t number, const MiniWorld& params) {
  Scene scene;
  scene.number = number;
  scene.place = static_cast<Place>(draws.below(kPlaces));
  const auto span = static_cast<std::size_t>(params.objects_max - params.objects_min) + 1;
  const std::size_t count = static_cast<std::size_t>(params.objects_min) + draws.below(span);
  for (std::size_t i = 0; i < count; ++i) scene.objects.push_back(draw_object(draws));
  if (count == 1) {
    set_half(scene.objects[0], draws);
    scatter(scene.objects[0], draws);
    return scene;
  }
  if (!place_first_two(scene, draws)) return std::nullopt;
  for (std::size_t i = 2; i < count; ++i) {
    if (!place_another(scene, i, draws)) return std::nullopt;
  }
  if (!all_different(scene.objects)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = std::max<std::size_t>(i + 1, 2); j < count; ++j) {
      if (const auto predicate = geometry(scene.objects[i], scene.objects[j])) {
        scene.relations.push_back({i, *predicate, j});
      }
    }
  }
  return scene;
}

}  // namespace

std::string_view word(Thing thing) {
  constexpr std::array<std::string_view, kThings> kWords{
      "ball", "box",    "star", "heart", "tree",     "house",    "car",
      "boat", "flower", "fish", "cup",   "umbrella", "mushroom", "balloon"};
  return kWords[static_cast<std::size_t>(thing)];
}
std::string_view word(Colour colour) {
  constexpr std::array<std::string_view, kColours> kWords{"red",  "orange", "yellow", "green",
                                                          "blue", "purple", "pink",   "brown"};
  return kWords[static_cast<std::size_t>(colour)];
}
std::string_view word(Size size) {
  constexpr std::array<std::string_view, kSizes> kWords{"small", "medium", "large"};
  return kWords[static_cast<std::size_t>(size)];
}
std::string_view word(Texture texture) {
  constexpr std::array<std::string_view, kTextures> kWords{"plain", "striped", "dotted",
                                                           "checkered"};
  return kWords[static_cast<std::size_t>(texture)];
}
std::string_view word(Place place) {
  constexpr std::array<std::string_view, kPlaces> kWords{"meadow", "beach", "snow",
                                                         "night",  "room",  "desert"};
  return kWords[static_cast<std::size_t>(place)];
}
std::string_view word(Predicate predicate) {
  constexpr std::array<std::string_view, 6> kWords{"to the left of", "to the right of", "above",
                                                   "below",          "inside",          "on"};
  return kWords[static_cast<std::size_t>(predicate)];
}

Predicate inverse(Predicate predicate) {
  switch (predicate) {
    case Predicate::kLeftOf: return Predicate::kRightOf;
    case Predicate::kRightOf: return Predicate::kLeftOf;
    case Predicate::kAbove: return Predicate::kBelow;
    case Predicate::kBelow: return Predicate::kAbove;
    default: return predicate;
  }
}

std::string Scene::content() const {
  std::vector<std::string> parts;
  for (const SceneObject& object : objects) {
    parts.push_back(fmt::format("{} {} {} {}", word(object.size), word(object.texture),
                                word(object.colour), word(object.thing)));
  }
  std::string relation;
  if (!relations.empty())
    relation = fmt::format("{} {} {}", parts[0], word(relations[0].predicate), parts[1]);
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}: {}; {}", word(place), fmt::join(parts, ", "), relation);
}

std::string Scene::outline() const {
  std::vector<std::string> parts;
  for (const SceneObject& object : objects)
    parts.push_back(fmt::format("{} {}", word(object.colour), word(object.thing)));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, ", "));
}

Result<Scene> SceneMaker::next() {
  const std::int64_t judged = params_.val_images + params_.test_images;
  for (std::uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    Draws draws(seed_, fmt::format("scene {}", attempt), static_cast<std::uint64_t>(number_));
    auto scene = try_scene(draws, number_, params_);
    if (!scene) continue;
    const std::uint64_t content = Draws::hash(scene->content());
    if (contents_.contains(content)) continue;
    if (number_ < judged && !outlines_.insert(Draws::hash(scene->outline())).second) continue;
    contents_.insert(content);
    ++number_;
    return std::move(*scene);
  }
  return fail(ErrorCode::kInvalid,
              "no new scene found after {} of {} pictures; raise objects_max, or lower images, "
              "val_images or test_images",
              number_, params_.images);
}

Result<std::vector<Scene>> make_scenes(std::uint64_t seed, const MiniWorld& params) {
  SceneMaker maker(seed, params);
  std::vector<Scene> scenes;
  for (std::int64_t number = 0; number < params.images; ++number)
    scenes.push_back(UNIMO_TRY(maker.next()));
  return scenes;
}

}  // namespace unimo::stages
