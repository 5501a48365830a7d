// The words that a corpus of captions says things with: objects, attributes, verbs and
// prepositions, how often, in which forms, beside which others, and of which pictures together.
//
//   const Vocabulary vocabulary = count_vocabulary(images, options, wordnet, threads);
//   const auto dog = vocabulary.objects.find("dog");
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "stages/rewrites/caption_reading.h"

namespace unimo::stages {

struct CaptionText {
  std::string id, text;
};

// The captions of one picture, and what else is known to be in it.
struct ImageCaptions {
  std::string image, split;
  std::vector<CaptionText> captions;
  std::vector<std::string> labels = {};      // base forms, one for each thing: "red box", "box"
  std::vector<std::string> attributes = {};  // of any of them, lower case
};

// Number of a word in its list.
using WordId = std::uint32_t;

struct ObjectWord {
  std::string text, head;
  std::int64_t count = 0;
  std::array<std::int64_t, 4> slots{};  // by NounSlot
  std::int64_t placed = 0;              // how often it follows a preposition of place
  std::string singular, plural;         // the usual forms; empty: never seen so
  // More often without determiner than counted: "snow".
  bool is_mass() const { return slots[1] > slots[0]; }
  // Mostly what other things are in, on or at: "beach", "table".
  bool is_setting() const { return 4 * placed >= 3 * count; }
};
struct AttributeWord {
  std::string text;
  std::int64_t count = 0;
  std::string form;  // as it is usually written
};
struct VerbWord {
  std::string text;
  std::int64_t count = 0;
  std::array<std::string, 5> forms;  // by eval::VerbForm; empty: never seen so
};
struct PrepositionWord {
  std::string text;
  std::int64_t count = 0;
};
// "in the kitchen".
struct PlaceWords {
  std::string text;
  std::size_t noun_begin = 0;  // byte of the text
  std::int64_t count = 0;
  WordId preposition = 0, object = 0;
};

// The most frequent first, by the alphabet among equals.
template <class Word>
struct NumberedWords {
  std::vector<Word> words;
  std::optional<WordId> find(std::string_view text) const {
    const auto found = numbers.find(text);
    return found == numbers.end() ? std::nullopt : std::optional<WordId>(found->second);
  }
  std::size_t size() const { return words.size(); }
  const Word& operator[](std::size_t i) const { return words[i]; }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, WordId, Hash, std::equal_to<>> numbers;
};

// A set of objects.
class ObjectSet {
 public:
  explicit ObjectSet(std::size_t size = 0) : bits_((size + 63) / 64) {}
  void insert(WordId object) { bits_[object / 64] |= std::uint64_t{1} << (object % 64); }
  bool contains(WordId object) const { return (bits_[object / 64] >> (object % 64) & 1U) != 0; }

 private:
  std::vector<std::uint64_t> bits_;
};

// What an object stands beside: "o sit on" (object of that relation), "o ~ on" (of that
// preposition behind any verb), "o on" (behind a noun), "s run" (subject of that verb
// or preposition), "a brown" (described so).
struct Context {
  std::string text;
  std::int64_t count = 0;
};

// Two words of one list that captions of the same picture say more often than chance.
struct Companion {
  WordId word = 0;
  float lift = 0;  // P(a and b) / (P(a) P(b)), of pictures
};

struct VocabularyOptions {
  std::int64_t floor = 5;       // rarer words are no replacements
  std::int64_t pair_floor = 2;  // two words seen together less often do not go together
  std::size_t most_objects = 10000;
};

struct CorpusCounts {
  std::map<std::string, std::int64_t> captions_of_split;
  std::int64_t images = 0, captions = 0, without_object = 0, with_unknown_words = 0,
               unknown_words = 0, empty = 0;
};

struct Vocabulary {
  NumberedWords<ObjectWord> objects;
  NumberedWords<AttributeWord> attributes;
  NumberedWords<VerbWord> verbs;
  NumberedWords<PrepositionWord> prepositions;
  std::vector<PlaceWords> places;  // the most frequent first
  NumberedWords<Context> contexts;
  // By context: the objects seen in it at least pair_floor times.
  std::vector<ObjectSet> seen;
  // By object: (context, how often), contexts ascending.
  std::vector<std::vector<std::pair<WordId, std::uint32_t>>> contexts_of;
  // By word; the highest lift first. Of objects: said of one picture; of attributes and verbs: said
  // by two captions of one picture of the same noun, where the lift tells whether the one is said
  // for the other ("sits" and "rests") or never ("sits" and "runs").
  std::vector<std::vector<Companion>> object_companions, attribute_companions, verb_companions;
  CorpusCounts counts;

  // The objects that go with the context; nullptr when it is too rare to tell.
  const ObjectSet* seen_in(std::string_view context) const;
  // Whether the object was seen in it, however rare the context is.
  bool was_seen(std::string_view context, WordId object) const;
  // How often.
  std::int64_t times_in(std::string_view context, WordId object) const;
};

// Reads every caption twice; the result does not depend on the number of threads. `wordnet` may be
// null.
Vocabulary count_vocabulary(std::span<const ImageCaptions> images, const VocabularyOptions& options,
                            const eval::WordNet* wordnet, int threads);

}  // namespace unimo::stages
