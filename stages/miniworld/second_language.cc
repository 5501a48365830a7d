#include "stages/miniworld/second_language.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/miniworld/phrases.h"

namespace unimo::stages {

namespace {

// The last vowel of a noun is its gender.
constexpr std::array<std::string_view, kThings> kNouns = {"toma", "keli",  "zirno", "suvo", "darba",
                                                          "neko", "volti", "marpa", "lesi", "piru",
                                                          "gamo", "tarku", "fumba", "helio"};
// Stems: the vowel of the noun is added.
constexpr std::array<std::string_view, kColours> kColourStems = {"rov",  "oranj", "zelt", "grum",
                                                                 "blav", "viol",  "ruzh", "kast"};
constexpr std::array<std::string_view, kTextures> kTextureStems = {"", "strip", "punkt", "karr"};
constexpr std::array<std::string_view, kSizes> kSizeStems = {"min", "", "gross"};
constexpr std::array<std::string_view, kPlaces> kPlaceWords = {"prate", "plazhe", "neve",
                                                               "nokte", "salone", "dezerte"};
constexpr std::array<std::string_view, 6> kPostpositions = {"lavo", "prawo", "supe",
                                                            "infe", "ena",   "sura"};
constexpr std::array<std::string_view, 5> kNumbers = {"", "sola", "du", "tri", "kvar"};

class TaviSentence {
 public:
  TaviSentence(const CaptionMeaning& meaning, Draws& draws) : meaning_(meaning), draws_(draws) {}

  std::string text() {
    std::string text = meaning_.relations.empty() ? list() : relations();
    return capitalised(std::move(text)) + ".";
  }

 private:
  // Noun, colour, pattern, size, each with the noun's vowel; "-s" on all of them marks the place
  // from which a postposition speaks.
  std::string thing(std::size_t number, bool marked = false) const {
    const Mention& mention = meaning_.mentions[number];
    const std::string_view noun = kNouns[static_cast<std::size_t>(mention.thing)];
    const char vowel = noun.back();
    const std::string_view ending = marked ? "s" : "";
    std::string text = std::string(noun).append(ending);
    const auto add = [&](std::string_view stem) {
      if (stem.empty()) return;
      text.append(" ").append(stem) += vowel;
      text.append(ending);
    };
    if (mention.colour) add(kColourStems[static_cast<std::size_t>(*mention.colour)]);
    if (mention.texture) add(kTextureStems[static_cast<std::size_t>(*mention.texture)]);
    if (mention.size) add(kSizeStems[static_cast<std::size_t>(*mention.size)]);
    return is_repeated(number) ? "se " + text : text;
  }

  // "The ball" after a ball.
  bool is_repeated(std::size_t number) const {
    if (!meaning_.mentions[number].definite) return false;
    for (std::size_t i = 0; i < number; ++i) {
      if (meaning_.mentions[i].thing == meaning_.mentions[number].thing) return true;
    }
    return false;
  }

  std::string place() const {
    return meaning_.place
               ? std::string(kPlaceWords[static_cast<std::size_t>(*meaning_.place)]) + " na"
               : std::string();
  }
  std::string count() const {
    if (!meaning_.count || *meaning_.count >= kNumbers.size()) return {};
    const std::string number(kNumbers[*meaning_.count]);
    return *meaning_.count == 1 ? number : number + " kosi";
  }

  // The verb stands last, or before the last thing.
  std::string verb() { return draws_.chance(0.5) ? "esta" : "vida"; }

  std::string relation(const ClaimedRelation& r) {
    const std::string from =
        say({thing(r.object, true),
             std::string(kPostpositions[static_cast<std::size_t>(r.predicate)])});
    const std::string subject = thing(r.subject);
    const std::string does = verb();
    return draws_.chance(0.6) ? say({from, subject, does}) : say({subject, from, does});
  }

  std::string relations() {
    std::vector<bool> told(meaning_.mentions.size(), false);
    std::string text;
    for (const ClaimedRelation& r : meaning_.relations) {
      told[r.subject] = told[r.object] = true;
      text = text.empty() ? relation(r) : say({text, ",", "dum", relation(r)});
    }
    for (std::size_t i = 0; i < told.size(); ++i) {
      if (!told[i]) text = say({text, ",", "anke", thing(i)});
    }
    const bool first = draws_.chance(0.5);
    if (const std::string number = count(); !number.empty()) text = say({number, ":", text});
    return first ? say({place(), text}) : say({text, place()});
  }

  std::string list() {
    std::string things;
    for (std::size_t i = 0; i < meaning_.mentions.size(); ++i) {
      const bool last = i + 1 == meaning_.mentions.size();
      if (i == 0)
        things = thing(i);
      else if (last)
        things = say({things, "eo", thing(i)});
      else
        things = say({things, ",", thing(i)});
    }
    const std::string number = count();
    if (!number.empty())
      things = say({number, *meaning_.count == std::size_t{1} ? "" : ":", things});
    const std::string does = verb();
    return draws_.chance(0.5) ? say({place(), things, does}) : say({things, place(), does});
  }

  const CaptionMeaning& meaning_;
  Draws& draws_;
};

}  // namespace

std::string in_tavi(const CaptionMeaning& meaning, Draws& draws) {
  return TaviSentence(meaning, draws).text();
}

}  // namespace unimo::stages
