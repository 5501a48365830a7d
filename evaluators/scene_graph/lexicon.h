// The words that captions are made of, by class: what the tagger knows without any resource.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace unimo::eval {

// A set of the bits below; a word may be in several classes.
using WordClasses = std::uint32_t;

constexpr WordClasses kDeterminerWord = 1U << 0;
constexpr WordClasses kPossessiveWord = 1U << 1;  // "his"
constexpr WordClasses kPronounWord = 1U << 2;
constexpr WordClasses kNumberWord = 1U << 3;
constexpr WordClasses kQuantityWord = 1U << 4;  // "several"
constexpr WordClasses kPrepositionWord = 1U << 5;
constexpr WordClasses kConjunctionWord = 1U << 6;
constexpr WordClasses kSubordinatorWord = 1U << 7;  // "while"
constexpr WordClasses kRelativeWord = 1U << 8;      // "which"
constexpr WordClasses kBeWord = 1U << 9;
constexpr WordClasses kHaveWord = 1U << 10;
constexpr WordClasses kModalWord = 1U << 11;
constexpr WordClasses kAdverbWord = 1U << 12;
constexpr WordClasses kColourWord = 1U << 13;
constexpr WordClasses kSizeWord = 1U << 14;
constexpr WordClasses kMaterialWord = 1U << 15;   // adjective before a noun, else a noun
constexpr WordClasses kAdjectiveWord = 1U << 16;  // other adjectives
constexpr WordClasses kVerbWord = 1U << 17;       // base form of what is a verb first
constexpr WordClasses kNounVerbWord = 1U << 18;   // base form of what is a noun as often ("walk")
constexpr WordClasses kIngNounWord = 1U << 19;    // "building"
constexpr WordClasses kPersonWord = 1U << 20;
constexpr WordClasses kAnimalWord = 1U << 21;
constexpr WordClasses kCollectiveWord = 1U << 22;  // singular with a plural verb: "family"
constexpr WordClasses kQuantifierNoun = 1U << 23;  // "group of": only what follows counts
constexpr WordClasses kFrameNoun = 1U << 24;       // "picture of": likewise, at the beginning
constexpr WordClasses kLeadingVerb = 1U << 25;     // "try to", "start -ing": the next verb counts
constexpr WordClasses kStativeVerb = 1U << 26;     // "hold": what follows speaks of its object
constexpr WordClasses kThingVerb = 1U << 27;       // what things do as well: "hang"
constexpr WordClasses kCompoundNounAfter = 1U << 28;  // makes a compound with an -ing before it
constexpr WordClasses kNounWord = 1U << 29;           // a noun in spite of its ending
constexpr WordClasses kDirectionWord = 1U << 30;      // prepositions of ways: "toward"
constexpr WordClasses kPlacedVerb = 1U << 31;         // "parked by a fence": the fence does nothing

constexpr WordClasses kAnyAdjective = kColourWord | kSizeWord | kMaterialWord | kAdjectiveWord;
constexpr WordClasses kAnyVerb = kVerbWord | kNounVerbWord | kLeadingVerb;
constexpr WordClasses kAnimate = kPersonWord | kAnimalWord;
constexpr WordClasses kClosedClass = kDeterminerWord | kPossessiveWord | kPronounWord |
                                     kNumberWord | kQuantityWord | kPrepositionWord |
                                     kConjunctionWord | kSubordinatorWord | kRelativeWord |
                                     kBeWord | kHaveWord | kModalWord | kAdverbWord;

// Of a word in lower case; 0 when it is in no list.
WordClasses word_classes(std::string_view word);

// What several words are together, longest first for the same beginning.
struct FixedPhrase {
  std::string_view text;  // words with single blanks
  WordClasses classes =
      0;  // kPrepositionWord, kConjunctionWord, kPronounWord, kAdverbWord, 0: noun
};
std::span<const FixedPhrase> fixed_phrases_of(std::string_view first_word);

}  // namespace unimo::eval
