// What the words of the mini-world's captions mean in its scenes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/miniworld/scene.h"

namespace unimo::stages {

template <class Value>
using Named = std::map<std::string, Value, std::less<>>;

template <class Value>
std::optional<Value> find(const Named<Value>& names, std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? std::nullopt : std::optional<Value>(found->second);
}

inline std::optional<Thing> thing_of(std::string_view noun) {
  static const Named<Thing> names = [] {
    Named<Thing> all;
    for (std::size_t i = 0; i < kThings; ++i)
      all.emplace(word(static_cast<Thing>(i)), static_cast<Thing>(i));
    for (const auto& [other, thing] :
         std::initializer_list<std::pair<const char*, Thing>>{{"crate", Thing::kBox},
                                                              {"cottage", Thing::kHouse},
                                                              {"automobile", Thing::kCar},
                                                              {"sailboat", Thing::kBoat},
                                                              {"blossom", Thing::kFlower},
                                                              {"mug", Thing::kCup},
                                                              {"parasol", Thing::kUmbrella},
                                                              {"toadstool", Thing::kMushroom}})
      all.emplace(other, thing);
    return all;
  }();
  return find(names, noun);
}

// The places that a noun may stand for.
inline std::vector<Place> places_of(std::string_view noun) {
  static const std::map<std::string, std::vector<Place>, std::less<>> names = {
      {"meadow", {Place::kMeadow}},    {"grass", {Place::kMeadow}},
      {"field", {Place::kMeadow}},     {"hill", {Place::kMeadow}},
      {"beach", {Place::kBeach}},      {"sea", {Place::kBeach}},
      {"shore", {Place::kBeach}},      {"snow", {Place::kSnow}},
      {"day", {Place::kSnow}},         {"landscape", {Place::kSnow}},
      {"night", {Place::kNight}},      {"moonlight", {Place::kNight}},
      {"night sky", {Place::kNight}},  {"sky", {Place::kNight, Place::kDesert}},
      {"room", {Place::kRoom}},        {"floor", {Place::kRoom}},
      {"wall", {Place::kRoom}},        {"desert", {Place::kDesert}},
      {"sand dune", {Place::kDesert}}, {"dune", {Place::kDesert}}};
  const auto found = names.find(noun);
  return found == names.end() ? std::vector<Place>{} : found->second;
}

// A texture as captions write it; of a participle that was read as a verb ("is dotted") its base
// form is given. Other words are themselves.
inline std::string texture_word(std::string_view word) {
  static const Named<std::string> names = {
      {"dot", "dotted"}, {"spot", "spotted"}, {"stripe", "striped"}, {"checker", "checkered"}};
  return find(names, word).value_or(std::string(word));
}

inline std::optional<Predicate> predicate_of(std::string_view preposition) {
  static const Named<Predicate> names = {{"to the left of", Predicate::kLeftOf},
                                         {"left of", Predicate::kLeftOf},
                                         {"to the right of", Predicate::kRightOf},
                                         {"right of", Predicate::kRightOf},
                                         {"above", Predicate::kAbove},
                                         {"over", Predicate::kAbove},
                                         {"below", Predicate::kBelow},
                                         {"under", Predicate::kBelow},
                                         {"beneath", Predicate::kBelow},
                                         {"inside", Predicate::kInside},
                                         {"within", Predicate::kInside},
                                         {"on the left side of", Predicate::kLeftOf},
                                         {"on the right side of", Predicate::kRightOf},
                                         {"higher up than", Predicate::kAbove},
                                         {"in the middle of", Predicate::kInside},
                                         {"on", Predicate::kOn},
                                         {"on top of", Predicate::kOn}};
  return find(names, preposition);
}

}  // namespace unimo::stages
