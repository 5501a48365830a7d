#include <array>

#include "stages/miniworld/sentences.h"
#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

constexpr double kAcceptable = 0.65;  // as in CoLA, where about 70 % are

std::string number_of(const SceneObject& thing, bool many) {
  return many ? plural(word(thing.thing)) : std::string(word(thing.thing));
}

std::string colour(const SceneObject& thing) { return std::string(word(thing.colour)); }

std::string name(Draws& draws) { return std::string(draws.pick(people()).name); }

using Kind = std::string (*)(const TextScene& s, bool good, Draws& draws);

// The verb agrees with the head, not with the noun beside it.
std::string agreement(const TextScene& s, bool good, Draws& draws) {
  const bool many = draws.chance(0.5), others_many = draws.chance(0.5);
  const bool verb_many = many == good;
  return say({"The", number_of(s.things[0], many), std::string(word(s.relations[0].predicate)),
              "the", number_of(s.things[1], others_many),
              draws.pick(verb_many ? Words{"are", "were"} : Words{"is", "was"}),
              colour(s.things[0]) + "."});
}

std::string clause_agreement(const TextScene& s, bool good, Draws& draws) {
  const bool many = draws.chance(0.5);
  const bool verb_many = many == good;
  const std::string who = name(draws);
  return say({"The", number_of(s.things[0], many), "that", who,
              draws.pick(Words{"found", "painted", "carried", "lost"}),
              std::string(at_place(s.place)), verb_many ? "look" : "looks",
              std::string(value_word(Attribute::kSize, draws.below(2))) + "."});
}

std::string determiner(const TextScene& s, bool good, Draws& draws) {
  const bool many = draws.chance(0.5);
  const bool says_many = many == good;
  const std::string who = name(draws);
  return say(
      {who, draws.pick(Words{"put", "left", "saw"}),
       draws.pick(says_many ? Words{"these", "those", "many"} : Words{"this", "that", "each"}),
       colour(s.things[0]), number_of(s.things[0], many), std::string(at_place(s.place)) + "."});
}

std::string reflexive(const TextScene& s, bool good, Draws& draws) {
  const Person& person = draws.pick(people());
  const bool herself = (person.he == "she") == good;
  return say({std::string(person.name), draws.pick(Words{"saw", "painted", "hid"}),
              herself ? "herself" : "himself", "behind the", colour(s.things[0]),
              std::string(word(s.things[0].thing)) + "."});
}

std::string verb_form(const TextScene& s, bool good, Draws& draws) {
  const bool has = draws.chance(0.5);
  constexpr std::array<std::array<std::string_view, 2>, 3> kForms{
      {{"see", "seen"}, {"take", "taken"}, {"draw", "drawn"}}};
  const auto& forms = draws.pick(kForms);
  const std::string who = name(draws);
  return say({who, has ? "has not" : "did not", std::string(forms[has == good ? 1 : 0]), "the",
              colour(s.things[0]), std::string(word(s.things[0].thing)),
              std::string(at_place(s.place)) + "."});
}

// Both articles stand in every sentence, right or exchanged.
std::string article(const TextScene& s, bool good, Draws& draws) {
  const std::string open = draws.pick(Words{"orange", "old", "empty", "ugly"});
  const std::string closed = draws.pick(Words{"red", "blue", "large", "small", "green"});
  const bool open_first = draws.chance(0.5);
  const bool an_first = open_first == good;
  return say({an_first ? "An" : "A", open_first ? open : closed,
              std::string(word(s.things[0].thing)), "lay next to", an_first ? "a" : "an",
              open_first ? closed : open, std::string(word(s.things[1].thing)) + "."});
}

// The same words, two of them exchanged.
std::string order(const TextScene& s, bool good, Draws& draws) {
  const std::string place(at_place(s.place));
  const std::size_t blank = place.find(' ');
  Words words{"the",
              std::string(value_word(Attribute::kSize, value_of(s.things[0], Attribute::kSize))),
              colour(s.things[0]),
              std::string(word(s.things[0].thing)),
              "lies",
              place.substr(0, blank),
              place.substr(blank + 1),
              "behind",
              "a",
              colour(s.things[1]),
              std::string(word(s.things[1].thing))};
  // Size and colour may change places, and the two phrases of place are left whole.
  constexpr std::array<std::size_t, 6> kBad{0, 2, 3, 5, 7, 9};
  if (!good) {
    const std::size_t at = draws.pick(kBad);
    std::swap(words[at], words[at + 1]);
  }
  words.back() += ".";
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : " ") + w;
  return capitalised(text);
}

std::string question(const TextScene& s, bool good, Draws& draws) {
  const bool many = draws.chance(0.5);
  const bool verb_many = many == good;
  const std::string who = name(draws);
  return say({draws.pick(Words{"Where", "Why", "Since when"}), verb_many ? "do" : "does", "the",
              number_of(s.things[0], many), "of " + who, "stand",
              std::string(word(s.relations[1].predicate)), "the",
              std::string(word(s.things[1].thing)) + "?"});
}

constexpr Kind kKinds[] = {agreement, clause_agreement, determiner, reflexive,
                           verb_form, article,          order,      question};

}  // namespace

JudgedSentence write_acceptability(const Scene& scene, Draws& draws) {
  TextScene told = retell(scene, draws);
  const Kind kind = kKinds[draws.below(std::size(kKinds))];
  const bool good = draws.chance(kAcceptable);
  // One fish, two fish: nothing could be wrong with them.
  for (SceneObject& thing : told.things) {
    if (thing.thing == Thing::kFish) thing.thing = Thing::kBoat;
  }
  return {kind(told, good, draws), good};
}

}  // namespace unimo::stages
