#include "stages/miniworld/phrases.h"

#include <cctype>
#include <vector>

namespace unimo::stages {

using Words = std::vector<std::string_view>;

// The first is the plain word and comes most often.
Words noun_words(Thing thing) {
  switch (thing) {
    case Thing::kBox: return {"box", "crate"};
    case Thing::kHouse: return {"house", "cottage"};
    case Thing::kCar: return {"car", "automobile"};
    case Thing::kBoat: return {"boat", "sailboat"};
    case Thing::kFlower: return {"flower", "blossom"};
    case Thing::kCup: return {"cup", "mug"};
    case Thing::kUmbrella: return {"umbrella", "parasol"};
    case Thing::kMushroom: return {"mushroom", "toadstool"};
    default: return {word(thing)};
  }
}

Words place_phrases(Place place) {
  switch (place) {
    case Place::kMeadow:
      return {"in a meadow", "on the grass", "in a green field", "on a grassy hill"};
    case Place::kBeach: return {"on a beach", "at the beach", "by the sea", "on the shore"};
    case Place::kSnow:
      return {"in the snow", "on a snowy day", "in a snowy landscape", "while snow is falling"};
    case Place::kNight:
      return {"at night", "under a night sky", "in the moonlight", "on a dark night"};
    case Place::kRoom:
      return {"in a room", "indoors", "inside a room with a wooden floor", "in front of a wall"};
    case Place::kDesert:
      return {"in the desert", "among sand dunes", "in a sandy desert", "under an orange sky"};
  }
  return {};
}

Words preposition_phrases(Predicate predicate) {
  switch (predicate) {
    case Predicate::kLeftOf: return {"to the left of", "left of", "on the left side of"};
    case Predicate::kRightOf: return {"to the right of", "right of", "on the right side of"};
    case Predicate::kAbove: return {"above", "over", "higher up than"};
    case Predicate::kBelow: return {"below", "under", "beneath"};
    case Predicate::kInside: return {"inside", "in the middle of", "within"};
    case Predicate::kOn: return {"on", "on top of", "standing on"};
  }
  return {};
}

Words size_words(Size size) {
  switch (size) {
    case Size::kSmall: return {"small", "little", "tiny"};
    case Size::kLarge: return {"large", "big", "huge"};
    case Size::kMedium: return {};
  }
  return {};
}

Words texture_words(Texture texture) {
  switch (texture) {
    case Texture::kPlain: return {};
    case Texture::kStriped: return {"striped"};
    case Texture::kDotted: return {"dotted", "spotted"};
    case Texture::kCheckered: return {"checkered"};
  }
  return {};
}

namespace {

std::string pick_mostly_first(Draws& draws, const Words& words, double first) {
  if (words.size() == 1 || draws.chance(first)) return std::string(words[0]);
  return std::string(words[1 + draws.below(words.size() - 1)]);
}

void append(std::string& text, const std::string& more) {
  if (more.empty()) return;
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace

std::string with_article(std::string_view words) {
  const bool vowel =
      !words.empty() && std::string_view("aeio").find(words[0]) != std::string_view::npos;
  // The two u of this world that sound like vowels.
  const bool open_u = words.starts_with("umbrella") || words.starts_with("ugly");
  return std::string(vowel || open_u ? "an " : "a ").append(words);
}

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string say(std::initializer_list<std::string> parts) {
  constexpr std::string_view kMarks = ",:.;?!";
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!text.empty() && kMarks.find(part[0]) == std::string_view::npos) text += ' ';
    text += part;
  }
  return text;
}

std::string Phrases::noun(Thing thing) { return pick_mostly_first(draws_, noun_words(thing), 0.7); }

std::string Phrases::size(Size size) {
  const Words words = size_words(size);
  return words.empty() ? std::string() : std::string(draws_.pick(words));
}

// A single word is not drawn, so that there is no draw for it.
std::string Phrases::texture(Texture texture) {
  const Words words = texture_words(texture);
  if (words.empty()) return {};
  return std::string(words.size() == 1 ? words[0] : draws_.pick(words));
}

std::string Phrases::preposition(Predicate predicate) {
  return pick_mostly_first(draws_, preposition_phrases(predicate), 0.6);
}

std::string Phrases::place(Place place) { return std::string(draws_.pick(place_phrases(place))); }

std::string Phrases::place_noun(Place place) {
  return place == Place::kNight ? "dark" : std::string(word(place));
}

std::string Phrases::bare(const SceneObject& object, bool full) {
  std::string text;
  if (full || draws_.chance(0.6)) append(text, size(object.size));
  const bool pattern = full || draws_.chance(0.65);
  const bool colour_first = draws_.chance(0.35);
  if (colour_first) append(text, std::string(word(object.colour)));
  if (pattern) append(text, texture(object.texture));
  if (!colour_first) append(text, std::string(word(object.colour)));
  append(text, noun(object.thing));
  return text;
}

std::string Phrases::a(const SceneObject& object, bool full) {
  return with_article(bare(object, full));
}

std::string Phrases::the(const SceneObject& object) { return "the " + bare(object); }

}  // namespace unimo::stages
