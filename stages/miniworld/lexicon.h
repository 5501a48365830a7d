// Words of the text tasks beyond those of captions: people, general names, plurals, opinions; and
// texts taken apart into words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct Person {
  std::string_view name, he, him, his, himself;
};
// Women and men in equal numbers. "Zoë" and "André" are more bytes than characters, because offsets
// of CoQA and SQuAD count characters.
std::span<const Person> people();

// "toy" for a ball, "vehicle" for a car: true of several kinds of things.
std::string_view general_name(Thing thing);
// "boxes", "fish", "cups".
std::string plural(std::string_view noun);
// "no", "one", … "twelve".
std::string_view number_word(std::size_t number);
// "on the beach" and so on: one phrase, always the same.
std::string_view at_place(Place place);
// "to the beach", "into the snow".
std::string_view to_place(Place place);
// The words of the attribute, the same on every mention: "red", "small", "striped".
enum class Attribute { kColour, kSize, kTexture };
inline constexpr std::size_t kAttributes = 3;
std::size_t value_of(const SceneObject& object, Attribute attribute);
std::string_view value_word(Attribute attribute, std::size_t value);
// Values that texts give to things: 8 colours, small and large, 4 textures.
std::size_t value_count(Attribute attribute);

// Lower-case words of letters, digits and inner hyphens, without marks: what the bag-of-words
// baselines and word F1 see. Bytes above 127 are letters.
std::vector<std::string> words_of(std::string_view text);
std::string lower_case(std::string_view text);
// "A ball , and a box ." for "A ball, and a box.": blanks around marks.
std::string spaced(std::string_view text);
// The same in lower case.
std::string tokenised(std::string_view text);
// Characters of a UTF-8 text.
std::int64_t characters(std::string_view text);

// F1 of two texts as bags of words, 0 to 1.
double word_f1(std::string_view a, std::string_view b);

}  // namespace unimo::stages
