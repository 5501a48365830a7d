#include "stages/miniworld/inference.h"

#include <algorithm>
#include <array>

#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

constexpr std::array<Attribute, kAttributes> kAllAttributes{Attribute::kColour, Attribute::kSize,
                                                            Attribute::kTexture};

// Which attributes a premise tells of each of its three things.
using Told = std::array<std::array<bool, kAttributes>, 3>;

std::size_t place_of(Attribute attribute) { return static_cast<std::size_t>(attribute); }

std::string described(const SceneObject& thing, const std::array<bool, kAttributes>& told) {
  std::string text;
  for (const Attribute attribute : {Attribute::kSize, Attribute::kTexture, Attribute::kColour}) {
    if (!told[place_of(attribute)]) continue;
    text += std::string(value_word(attribute, value_of(thing, attribute))) + " ";
  }
  return with_article(text.append(word(thing.thing)));
}

Verdict turned(Verdict verdict) {
  switch (verdict) {
    case Verdict::kEntailment: return Verdict::kContradiction;
    case Verdict::kContradiction: return Verdict::kEntailment;
    case Verdict::kNeutral: return verdict;
  }
  return verdict;
}

Verdict any_verdict(Draws& draws) { return static_cast<Verdict>(draws.below(3)); }

// The premise: the related pair, and the third thing without a place.
std::string tell(const TextScene& told_scene, const Told& told, Genre genre, Draws& draws) {
  const Person& person = draws.pick(people());
  Phrases phrases(draws);
  const Relation& relation = told_scene.relations[0];
  const std::string first = described(told_scene.things[0], told[0]);
  const std::string second = described(told_scene.things[1], told[1]);
  const std::string third = described(told_scene.things[2], told[2]);
  const std::string at(at_place(told_scene.place));
  const std::string lies(word(relation.predicate));
  const bool third_first = draws.chance(0.5);
  const std::string pair = say({first, lies, second});
  const std::string things =
      third_first ? say({third, "somewhere and", pair}) : say({pair, ", and", third, "somewhere"});
  switch (genre) {
    case Genre::kFiction:
      return say({std::string(person.name), "stood still", at, "and saw", things + "."});
    case Genre::kTravel: return say({capitalised(at), "visitors will find", things + "."});
    case Genre::kTelephone: return say({"uh well you know there's", things, "yeah right here", at});
    case Genre::kLetters:
      return say({"Dear", std::string(person.name) + ",", "while I am writing this", at,
                  "I look at", things + "."});
    case Genre::kFaceToFace:
      return say({"So then,", at + ",", "I'm telling you,", "we came across", things + "!"});
  }
  return {};
}

// Two things tell a value of the asked kind whatever the verdict is, one of the others mostly the
// very value of the hypothesis.
void tell_of_others(TextScene& scene, Told& told, std::size_t subject, Attribute asked,
                    std::size_t claimed, bool subject_tells, Draws& draws) {
  const std::size_t wanted = subject_tells ? 1 : 2;
  std::array<std::size_t, 2> others{(subject + 1) % 3, (subject + 2) % 3};
  draws.shuffle(others);
  for (std::size_t i = 0; i < others.size(); ++i) {
    told[others[i]][place_of(asked)] = i < wanted;
    if (i > 0 || !draws.chance(0.8)) continue;
    SceneObject& thing = scene.things[others[i]];
    switch (asked) {
      case Attribute::kColour: thing.colour = static_cast<Colour>(claimed); break;
      case Attribute::kSize: thing.size = claimed == 0 ? Size::kSmall : Size::kLarge; break;
      case Attribute::kTexture: thing.texture = static_cast<Texture>(claimed); break;
    }
  }
}

TextPair attribute_pair(TextScene scene, Genre genre, Draws& draws) {
  Told told{};
  for (auto& thing : told) {
    for (bool& attribute : thing) attribute = draws.chance(0.4);
  }
  const Attribute asked = draws.pick(kAllAttributes);
  const std::size_t subject = draws.below(3);
  const bool negated = draws.chance(0.35);
  const Verdict verdict = any_verdict(draws);
  const bool says_true = verdict == (negated ? Verdict::kContradiction : Verdict::kEntailment);
  const std::size_t real = value_of(scene.things[subject], asked);
  std::size_t claimed = draws.below(value_count(asked));
  if (verdict != Verdict::kNeutral) {
    claimed = real;
    while (!says_true && claimed == real) claimed = draws.below(value_count(asked));
  }
  told[subject][place_of(asked)] = verdict != Verdict::kNeutral;
  tell_of_others(scene, told, subject, asked, claimed, verdict != Verdict::kNeutral, draws);
  const std::string value(value_word(asked, claimed));
  const std::string noun(word(scene.things[subject].thing));
  const std::string hypothesis =
      negated
          ? say({draws.pick(std::vector<std::string>{"The " + noun + " is not",
                                                     "The " + noun + " is anything but",
                                                     "Nobody could say that the " + noun + " is"}),
                 value + "."})
          : say({draws.pick(std::vector<std::string>{"The " + noun + " is",
                                                     "There is no doubt that the " + noun + " is",
                                                     "Of all things the " + noun + " is"}),
                 value + "."});
  return {tell(scene, told, genre, draws), hypothesis, verdict};
}

TextPair relation_pair(const TextScene& scene, Genre genre, Draws& draws) {
  Told told{};
  for (auto& thing : told) {
    for (bool& attribute : thing) attribute = draws.chance(0.4);
  }
  const Verdict verdict = any_verdict(draws);
  const bool negated = draws.chance(0.35);
  std::size_t a = 0, b = 1;
  std::string lies(word(scene.relations[0].predicate));
  if (verdict == Verdict::kNeutral) {
    // The third thing has no place in the premise.
    (draws.chance(0.5) ? a : b) = 2;
  }
  if (draws.chance(0.5)) {
    std::swap(a, b);
    lies = turned_word(scene.relations[0].predicate);
  }
  // With the two exchanged, what was true is false.
  if (verdict != Verdict::kNeutral && (verdict == Verdict::kContradiction) != negated)
    std::swap(a, b);
  const std::string first = the_thing(scene.things[a]);
  const std::string second = the_thing(scene.things[b]);
  const std::string hypothesis =
      negated ? say({draws.pick(std::vector<std::string>{"It is not true that " + first + " is",
                                                         capitalised(first) + " is not"}),
                     lies, second + "."})
              : say({draws.pick(std::vector<std::string>{"It is true that " + first + " is",
                                                         capitalised(first) + " is"}),
                     lies, second + "."});
  return {tell(scene, told, genre, draws), hypothesis, verdict};
}

bool shows(const Scene& scene, Colour colour, Thing thing) {
  return std::any_of(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
    return object.colour == colour && object.thing == thing;
  });
}

// A thing of the picture; or one that it does not show, mostly of a colour and a kind that it
// shows.
SceneObject referent(const Scene& scene, bool shown, Draws& draws) {
  SceneObject thing = draws.pick(scene.objects);
  while (!shown && shows(scene, thing.colour, thing.thing)) {
    thing = draws.pick(scene.objects);
    thing.colour = draws.pick(scene.objects).colour;
    if (draws.chance(0.75)) continue;
    if (draws.chance(0.5)) {
      thing.thing = static_cast<Thing>(draws.below(kThings));
    } else {
      thing.colour = static_cast<Colour>(draws.below(kColours));
    }
  }
  return thing;
}

std::string unseen(Draws& draws) {
  const std::string name(draws.pick(people()).name);
  return draws.pick(std::vector<std::string>{"belongs to " + name, "is a present from " + name,
                                             "is older than it looks", "was bought last week",
                                             "will be gone tomorrow", "is the best of its kind"});
}

std::string may_be(Draws& draws) {
  const std::string name(draws.pick(people()).name);
  return draws.pick(std::vector<std::string>{"may belong to " + name, "may be older than it looks",
                                             "may have been bought last week",
                                             "could be a present"});
}

PictureClaim visible_claim(const Scene& scene, Draws& draws) {
  const bool negated = draws.chance(0.3);
  const bool holds = draws.chance(0.57) != negated;
  PictureClaim claim{.verdict = holds ? Verdict::kEntailment : Verdict::kContradiction};
  const auto& relations = scene.relations;
  if (!relations.empty() && draws.chance(0.5)) {
    const Relation& relation = draws.pick(relations);
    std::size_t a = relation.subject, b = relation.object;
    std::string lies(word(relation.predicate));
    if (draws.chance(0.5)) {
      std::swap(a, b);
      lies = turned_word(relation.predicate);
    }
    if (!holds) std::swap(a, b);
    claim.hypothesis = say({capitalised(the_coloured(scene.objects[a])), negated ? "is not" : "is",
                            lies, the_coloured(scene.objects[b]) + "."});
  } else {
    const SceneObject thing = referent(scene, holds, draws);
    const std::string noun =
        with_article(fmt::format("{} {}", word(thing.colour), word(thing.thing)));
    claim.hypothesis = negated ? say({"There is not", noun, "to be seen."})
                               : say({"There is", noun, "to be seen."});
  }
  if (negated) claim.verdict = turned(claim.verdict);
  return claim;
}

}  // namespace

std::string_view word(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kWords{"entailment", "neutral", "contradiction"};
  return kWords[static_cast<std::size_t>(verdict)];
}

std::string_view word(Genre genre) {
  constexpr std::array<std::string_view, 5> kWords{"fiction", "travel", "telephone", "letters",
                                                   "facetoface"};
  return kWords[static_cast<std::size_t>(genre)];
}

TextPair write_text_pair(const Scene& scene, Genre genre, Draws& draws) {
  TextScene told = retell(scene, draws);
  return draws.chance(0.6) ? attribute_pair(std::move(told), genre, draws)
                           : relation_pair(told, genre, draws);
}

PictureClaim write_picture_claim(const Scene& scene, Draws& draws) {
  const double kind = draws.uniform();
  if (kind < 0.35) return visible_claim(scene, draws);
  // About a thing that is not there, nothing holds and nothing may hold.
  const bool shown = draws.chance(0.57);
  const std::string thing = capitalised(the_coloured(referent(scene, shown, draws)));
  if (kind < 0.8) {
    return {say({thing, unseen(draws) + "."}), shown ? Verdict::kNeutral : Verdict::kContradiction};
  }
  return {say({thing, may_be(draws) + "."}),
          shown ? Verdict::kEntailment : Verdict::kContradiction};
}

std::vector<Verdict> ask_people(Verdict verdict, std::size_t count, double slip, Draws& draws) {
  std::vector<Verdict> labels;
  for (std::size_t i = 0; i < count; ++i)
    labels.push_back(draws.chance(slip) ? any_verdict(draws) : verdict);
  return labels;
}

Verdict gold_of(const std::vector<Verdict>& labels, Verdict verdict) {
  for (const Verdict label : labels) {
    if (2 * std::count(labels.begin(), labels.end(), label) >
        static_cast<std::ptrdiff_t>(labels.size()))
      return label;
  }
  return verdict;
}

}  // namespace unimo::stages
