// Which words cannot both be true of one thing, and which words a picture's captions leave out:
// closed lists behind the rules of rewriting (docs/rewriting.md).
#pragma once

#include <span>
#include <string_view>

namespace unimo::stages {

// Both speak of one dimension (colour, size, age, material, …) and exclude each other there: "red"
// and "blue", "wooden" and "metal"; not "red" and "pink", which people mix up, nor "red" and "wet".
bool attributes_clash(std::string_view a, std::string_view b);
// Whether the word is in any dimension.
bool has_contrast(std::string_view attribute);

// Base forms: what nobody does at once: "sit" and "run"; "ride" and "wash".
bool actions_clash(std::string_view a, std::string_view b);
bool is_action(std::string_view verb);
// How a body is held: "sit", "stand", "lie". Of a thing they only say that it is somewhere, so that
// a cup sits, stands and rests on a table at once.
bool is_posture(std::string_view verb);

// Words for people: of other sex, of far-apart ages, of other trades: "man" and "woman", "surfer"
// and "chef"; not "man" and "surfer".
bool people_clash(std::string_view a, std::string_view b);

// What cannot hold together with the preposition: of "on" "under" and others, likely ones first.
std::span<const std::string_view> contrary_prepositions(std::string_view preposition);

// Phrases with these say where something is, and can stand for each other.
bool is_place_preposition(std::string_view preposition);
// Those of them that only go with a verb of motion or work: "through mud".
bool is_way_preposition(std::string_view preposition);

// Places that have others in them: "park", "zoo", which may have a path or a lake.
bool is_wide_place(std::string_view noun);
// Things that are taken for each other in pictures: "desk" and "table", "road" and "street".
bool look_alike(std::string_view a, std::string_view b);
// Verbs that say nothing without an object: "chase".
bool needs_object(std::string_view verb);

// Things that pictures show without anybody telling: "shirt", "sky", "window".
bool is_untold(std::string_view noun);
// Nouns that are no things: "top", "background", "day", "lot".
bool is_no_thing(std::string_view noun);
// Nouns that are always plural: "jeans".
bool is_plural_only(std::string_view noun);
// Nouns whose plural is their singular: "sheep".
bool is_invariant(std::string_view noun);

enum class Sex { kUnknown, kMale, kFemale };
Sex sex_of(std::string_view noun);

// "an hour", "a unicycle", "an umbrella".
bool takes_an(std::string_view word);

}  // namespace unimo::stages
