#include "stages/miniworld/text_scene.h"

#include <algorithm>

namespace unimo::stages {

namespace {

SceneObject any_thing(Draws& draws) {
  SceneObject thing;
  thing.thing = static_cast<Thing>(draws.below(kThings));
  thing.colour = static_cast<Colour>(draws.below(kColours));
  thing.texture = static_cast<Texture>(draws.below(kTextures));
  thing.size = Size::kMedium;
  return thing;
}

}  // namespace

TextScene retell(const Scene& scene, Draws& draws) {
  TextScene told{.place = scene.place};
  for (std::size_t i = 0; i < told.things.size(); ++i) {
    SceneObject& thing = told.things[i];
    thing = i < scene.objects.size() ? scene.objects[i] : any_thing(draws);
    const auto kind_taken = [&] {
      return std::any_of(told.things.begin(), told.things.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const SceneObject& other) { return other.thing == thing.thing; });
    };
    while (kind_taken()) thing = any_thing(draws);
    if (thing.size == Size::kMedium) thing.size = draws.chance(0.5) ? Size::kSmall : Size::kLarge;
  }
  const auto direction = [&] { return static_cast<Predicate>(draws.below(4)); };
  const Predicate first = scene.relations.empty() ? direction() : scene.relations.front().predicate;
  told.relations[0] = {0, first, 1};
  told.relations[1] = {2, direction(), draws.below(2)};
  return told;
}

std::string_view turned_word(Predicate predicate) {
  switch (predicate) {
    case Predicate::kOn: return "underneath";
    case Predicate::kInside: return "around";
    default: return word(inverse(predicate));
  }
}

std::string the_thing(const SceneObject& thing) { return "the " + std::string(word(thing.thing)); }

std::string the_coloured(const SceneObject& thing) {
  return fmt::format("the {} {}", word(thing.colour), word(thing.thing));
}

std::string full_thing(const SceneObject& thing) {
  const std::string_view size = value_word(Attribute::kSize, value_of(thing, Attribute::kSize));
  if (thing.texture == Texture::kPlain)
    return with_article(fmt::format("{} {} {}", size, word(thing.colour), word(thing.thing)));
  return with_article(
      fmt::format("{} {} {} {}", size, word(thing.texture), word(thing.colour), word(thing.thing)));
}

}  // namespace unimo::stages
