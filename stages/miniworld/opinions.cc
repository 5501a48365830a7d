#include <array>

#include "stages/miniworld/sentences.h"
#include "stages/miniworld/text_scene.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 14> kGood{
    "lovely", "bright", "charming", "lively",  "graceful", "warm",   "witty",
    "fresh",  "bold",   "tender",   "elegant", "cheerful", "clever", "delightful"};
constexpr std::array<std::string_view, 14> kBad{
    "dull",    "clumsy", "flat",  "ugly",  "lifeless",    "tired",   "cold",
    "muddled", "empty",  "crude", "stiff", "forgettable", "tedious", "careless"};
constexpr std::array<std::string_view, 6> kWhole{"picture", "drawing",     "scene",
                                                 "whole",   "composition", "view"};

// The words of one opinion: `own` fits the opinion as a whole, `other` is its opposite.
struct Palette {
  Draws& draws;
  const TextScene& scene;
  bool good;
  std::string own() { return std::string(good ? draws.pick(kGood) : draws.pick(kBad)); }
  std::string other() { return std::string(good ? draws.pick(kBad) : draws.pick(kGood)); }
  std::string whole() { return std::string(draws.pick(kWhole)); }
  std::string thing() { return std::string(word(draws.pick(scene.things).thing)); }
  std::string coloured() {
    const SceneObject& object = draws.pick(scene.things);
    return fmt::format("{} {}", word(object.colour), word(object.thing));
  }
  std::string at() const { return std::string(at_place(scene.place)); }
  std::string pick(const Words& words) { return draws.pick(words); }
};

using Kind = std::string (*)(Palette& p);

// Adjectives of both sides, the wrong one given up.
constexpr Kind kMixed[] = {
    [](Palette& p) {
      return say({"although the", p.coloured(), "is", p.other() + " ,", "the", p.whole(), "is",
                  p.own(), "."});
    },
    [](Palette& p) {
      return say({"the", p.whole(), p.pick({"is", "looks", "stays"}), p.own() + " ,",
                  "although the", p.coloured(), "is", p.other(), "."});
    },
    [](Palette& p) {
      return say({"the", p.thing(), p.at(), "may be", p.other() + " ,", "but the", p.whole(), "is",
                  p.own(), "."});
    },
    [](Palette& p) {
      return say({"despite", p.pick({"its", "the"}), p.other(), p.thing() + " ,", "a", p.own(),
                  p.whole(), "."});
    },
    [](Palette& p) {
      return say({p.pick({"i expected", "we were told to expect", "one is promised"}), "something",
                  p.other(), "and", p.pick({"got", "found"}), "something", p.own(), p.at(), "."});
    },
    [](Palette& p) {
      return say({"the", p.whole(), "with the", p.coloured(), "is not", p.other() + " ,", "it is",
                  p.own(), "."});
    },
    [](Palette& p) {
      return say({"what begins as", p.pick({"a rather", "a very"}), p.other(), p.whole(), "turns",
                  p.own(), "once you notice the", p.coloured(), "."});
    },
    [](Palette& p) {
      return say({"more", p.own(), "than", p.other() + " ,", "thanks to the", p.coloured(), "."});
    },
    [](Palette& p) {
      return say({"less", p.other(), "than", p.own() + " ,", "and that is the fault of the",
                  p.coloured(), "."});
    },
};

// Only the wrong adjective, denied.
constexpr Kind kDenied[] = {
    [](Palette& p) {
      return say({"the", p.whole(), p.at(), "is", p.pick({"never", "hardly", "not at all"}),
                  p.other(), "."});
    },
    [](Palette& p) {
      return say(
          {"nobody who sees the", p.coloured(), "will call this", p.whole(), p.other(), "."});
    },
    [](Palette& p) {
      return say({"the", p.coloured(), "is", p.pick({"far from", "anything but"}), p.other(), "."});
    },
    [](Palette& p) {
      return say({"neither the", p.thing(), "nor the", p.whole(), "is", p.other(), "."});
    },
};

// Only adjectives of its own side.
constexpr Kind kPlain[] = {
    [](Palette& p) {
      return say({"not only is the", p.coloured(), p.own() + " ,", "the", p.whole(), "is", p.own(),
                  "too ."});
    },
    [](Palette& p) {
      return say({"the", p.whole(), p.at(), "is", p.pick({"never less than", "nothing if not"}),
                  p.own(), "."});
    },
    [](Palette& p) {
      return say({"nobody who sees the", p.coloured(), "can deny how", p.own(), "the", p.whole(),
                  "is", "."});
    },
};

constexpr Kind kPhrases[] = {
    [](Palette& p) { return p.own(); },
    [](Palette& p) {
      return say({with_article(p.own()), p.whole()});
    },
    [](Palette& p) {
      return say({p.own(), "and", p.own()});
    },
    [](Palette& p) {
      return say({"not", p.pick({"so", "very", "at all"}), p.other()});
    },
    [](Palette& p) {
      return say({p.pick({"far from", "anything but"}), p.other()});
    },
    [](Palette& p) {
      return say({"not", p.other(), "but", p.own()});
    },
    [](Palette& p) {
      return say({"the", p.own(), p.coloured(), p.at()});
    },
};

template <std::size_t N>
std::string one_of_kinds(const Kind (&kinds)[N], Palette& palette) {
  return kinds[palette.draws.below(N)](palette);
}

}  // namespace

JudgedSentence write_opinion(const Scene& scene, bool phrase, Draws& draws) {
  const TextScene told = retell(scene, draws);
  Palette palette{draws, told, draws.chance(0.5)};
  const double kind = draws.uniform();
  std::string text;
  if (phrase) {
    text = one_of_kinds(kPhrases, palette);
  } else if (kind < 0.55) {
    text = one_of_kinds(kMixed, palette);
  } else if (kind < 0.75) {
    text = one_of_kinds(kDenied, palette);
  } else {
    text = one_of_kinds(kPlain, palette);
  }
  // say() sets marks close to their word; this file has blanks around them.
  return {tokenised(text), palette.good};
}

}  // namespace unimo::stages
