#include "stages/miniworld/lexicon.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace unimo::stages {

std::span<const Person> people() {
  static constexpr std::array<Person, 12> kPeople{{{"Mara", "she", "her", "her", "herself"},
                                                   {"Tom", "he", "him", "his", "himself"},
                                                   {"Ida", "she", "her", "her", "herself"},
                                                   {"Noah", "he", "him", "his", "himself"},
                                                   {"Lena", "she", "her", "her", "herself"},
                                                   {"Otis", "he", "him", "his", "himself"},
                                                   {"Ruth", "she", "her", "her", "herself"},
                                                   {"Felix", "he", "him", "his", "himself"},
                                                   {"Zoë", "she", "her", "her", "herself"},
                                                   {"André", "he", "him", "his", "himself"},
                                                   {"Greta", "she", "her", "her", "herself"},
                                                   {"Hugo", "he", "him", "his", "himself"}}};
  return kPeople;
}

std::string_view general_name(Thing thing) {
  switch (thing) {
    case Thing::kBall:
    case Thing::kBalloon: return "toy";
    case Thing::kBox:
    case Thing::kCup: return "container";
    case Thing::kStar:
    case Thing::kHeart: return "shape";
    case Thing::kTree:
    case Thing::kFlower:
    case Thing::kMushroom: return "living thing";
    case Thing::kFish: return "animal";
    case Thing::kHouse: return "building";
    case Thing::kCar:
    case Thing::kBoat: return "vehicle";
    case Thing::kUmbrella: return "shelter from the rain";
  }
  return {};
}

std::string plural(std::string_view noun) {
  if (noun == "fish") return "fish";
  std::string text(noun);
  return text + (text.ends_with('x') ? "es" : "s");
}

std::string_view number_word(std::size_t number) {
  constexpr std::array<std::string_view, 13> kWords{"no",   "one",    "two",   "three", "four",
                                                    "five", "six",    "seven", "eight", "nine",
                                                    "ten",  "eleven", "twelve"};
  return kWords[std::min(number, kWords.size() - 1)];
}

std::string_view at_place(Place place) {
  constexpr std::array<std::string_view, kPlaces> kPhrases{"in the meadow",   "on the beach",
                                                           "in the snow",     "under the night sky",
                                                           "in the playroom", "in the desert"};
  return kPhrases[static_cast<std::size_t>(place)];
}

std::string_view to_place(Place place) {
  constexpr std::array<std::string_view, kPlaces> kPhrases{"to the meadow",   "to the beach",
                                                           "into the snow",   "into the night",
                                                           "to the playroom", "into the desert"};
  return kPhrases[static_cast<std::size_t>(place)];
}

std::size_t value_of(const SceneObject& object, Attribute attribute) {
  switch (attribute) {
    case Attribute::kColour: return static_cast<std::size_t>(object.colour);
    case Attribute::kSize: return object.size == Size::kSmall ? 0 : 1;
    case Attribute::kTexture: return static_cast<std::size_t>(object.texture);
  }
  return 0;
}

std::string_view value_word(Attribute attribute, std::size_t value) {
  switch (attribute) {
    case Attribute::kColour: return word(static_cast<Colour>(value));
    case Attribute::kSize: return value == 0 ? "small" : "large";
    case Attribute::kTexture: return word(static_cast<Texture>(value));
  }
  return {};
}

std::size_t value_count(Attribute attribute) {
  switch (attribute) {
    case Attribute::kColour: return kColours;
    case Attribute::kSize: return 2;
    case Attribute::kTexture: return kTextures;
  }
  return 0;
}

namespace {

bool letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 127 || std::isalnum(byte) != 0;
}

char lower(char c) {
  return static_cast<unsigned char>(c) > 127
             ? c
             : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inner = i > 0 && i + 1 < text.size() && letter(text[i - 1]) && letter(text[i + 1]);
    if (letter(text[i]) || (text[i] == '-' && inner)) {
      words.back() += lower(text[i]);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string spaced(std::string_view text) {
  constexpr std::string_view kMarks = ",.;:!?\"()";
  constexpr std::string_view kInner = ",.:";  // also inside of numbers and addresses
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool inside = kInner.find(c) != std::string_view::npos && i + 1 < text.size() &&
                        (letter(text[i + 1]) || text[i + 1] == '#' || text[i + 1] == '/');
    const bool mark = kMarks.find(c) != std::string_view::npos && !inside;
    if (mark && !result.empty() && result.back() != ' ') result += ' ';
    if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += c;
    if (mark) result += ' ';
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

std::string tokenised(std::string_view text) { return lower_case(spaced(text)); }

std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // no continuation byte of UTF-8
  });
}

double word_f1(std::string_view a, std::string_view b) {
  const auto first = words_of(a);
  const auto second = words_of(b);
  if (first.empty() || second.empty()) return first.empty() && second.empty() ? 1 : 0;
  std::map<std::string_view, int> left;
  for (const std::string& word : first) ++left[word];
  double common = 0;
  for (const std::string& word : second) {
    const auto found = left.find(word);
    if (found == left.end() || found->second == 0) continue;
    --found->second;
    ++common;
  }
  return 2 * common / static_cast<double>(first.size() + second.size());
}

}  // namespace unimo::stages
