#include <algorithm>
#include <array>

#include "stages/miniworld/sentences.h"
#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

// What both sentences speak of. Weights add up to 5.
struct Facts {
  SceneObject first, second;
  Predicate lies = Predicate::kLeftOf;
  Place place = Place::kMeadow;
};
constexpr double kThing = 1, kColour = 0.75, kRelation = 1, kPlace = 0.5;

double shared(const Facts& a, const Facts& b) {
  double sum = 0;
  for (const SceneObject* mine : {&a.first, &a.second}) {
    for (const SceneObject* yours : {&b.first, &b.second}) {
      if (mine->thing != yours->thing) continue;  // the colour of another thing is another fact
      sum += kThing;
      if (mine->colour == yours->colour) sum += kColour;
    }
  }
  // Where something lies is shared only between the same two.
  if (a.lies == b.lies && a.first.thing == b.first.thing && a.second.thing == b.second.thing)
    sum += kRelation;
  if (a.place == b.place) sum += kPlace;
  return sum;
}

SceneObject another(const SceneObject& not_this, const SceneObject& nor_this, Draws& draws) {
  SceneObject thing = not_this;
  while (thing.thing == not_this.thing || thing.thing == nor_this.thing)
    thing.thing = static_cast<Thing>(draws.below(kThings));
  thing.colour = static_cast<Colour>(draws.below(kColours));
  return thing;
}

Colour another(Colour not_this, Draws& draws) {
  Colour colour = not_this;
  while (colour == not_this) colour = static_cast<Colour>(draws.below(kColours));
  return colour;
}

// One change. The last four use no other words than before, or those of a paraphrase.
void change(Facts& facts, Draws& draws) {
  switch (draws.below(9)) {
    case 0: facts.first = another(facts.first, facts.second, draws); break;
    case 1: facts.second = another(facts.second, facts.first, draws); break;
    case 2: facts.first.colour = another(facts.first.colour, draws); break;
    case 3: facts.second.colour = another(facts.second.colour, draws); break;
    case 4:
      facts.place = static_cast<Place>(
          (static_cast<std::size_t>(facts.place) + 1 + draws.below(kPlaces - 1)) % kPlaces);
      break;
    case 5: std::swap(facts.first, facts.second); break;
    case 6: std::swap(facts.first.colour, facts.second.colour); break;
    case 7: std::swap(facts.first.thing, facts.second.thing); break;
    default:
      if (inverse(facts.lies) == facts.lies) {
        std::swap(facts.first, facts.second);
      } else {
        facts.lies = inverse(facts.lies);
      }
  }
}

std::string tell(const Facts& facts, Draws& draws) {
  Phrases phrases(draws);
  const bool from_behind = draws.chance(0.5);
  const SceneObject& a = from_behind ? facts.second : facts.first;
  const SceneObject& b = from_behind ? facts.first : facts.second;
  const std::string lies(from_behind ? turned_word(facts.lies) : word(facts.lies));
  const auto named = [&](const SceneObject& thing) {
    const std::string noun = phrases.noun(thing.thing);
    return with_article(fmt::format("{} {}", word(thing.colour), noun));
  };
  const std::string first = named(a);
  const std::string second = named(b);
  const std::string place = phrases.place(facts.place);
  switch (draws.below(4)) {
    case 0: return say({capitalised(first), "is", lies, second, place + "."});
    case 1: return say({capitalised(place) + ",", first, "can be seen", lies, second + "."});
    case 2: return say({"Somebody has put", first, lies, second, place + "."});
    default: return say({"We see", place, "how", first, "stands", lies, second + "."});
  }
}

}  // namespace

SimilarPair write_similar_pair(const Scene& scene, Draws& draws) {
  const TextScene told = retell(scene, draws);
  const Facts facts{told.things[0], told.things[1], told.relations[0].predicate, told.place};
  Facts other = facts;
  const std::size_t changes = draws.below(4);
  for (std::size_t i = 0; i < changes; ++i) change(other, draws);
  SimilarPair pair;
  pair.first = tell(facts, draws);
  pair.second = tell(other, draws);
  pair.similarity = shared(facts, other);
  return pair;
}

}  // namespace unimo::stages
