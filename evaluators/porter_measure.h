// What every variant of Porter's stemmer asks of a stem (M. F. Porter, "An algorithm for suffix
// stripping", Program 14(3), 1980): vowels, consonants and the measure.
#pragma once

#include <cstddef>
#include <string_view>

namespace unimo::eval {

inline bool is_plain_vowel(char c) {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

// Calls `see(is_consonant)` for each letter, in order. A y is a consonant at the start and after a
// vowel; whatever else is no vowel (digits too) is a consonant.
template <class See>
void classify_letters(std::string_view stem, const See& see) {
  bool consonant = false;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    consonant = stem[i] == 'y' ? i == 0 || !consonant : !is_plain_vowel(stem[i]);
    see(consonant);
  }
}

// Porter's m: how often a vowel is followed by a consonant.
inline int porter_measure(std::string_view stem) {
  int measure = 0;
  bool vowel_before = false;
  classify_letters(stem, [&](bool consonant) {
    measure += vowel_before && consonant ? 1 : 0;
    vowel_before = !consonant;
  });
  return measure;
}

inline bool has_vowel(std::string_view stem) {
  bool found = false;
  classify_letters(stem, [&](bool consonant) { found = found || !consonant; });
  return found;
}

// A suffix and what replaces it.
struct SuffixRule {
  std::string_view suffix;
  std::string_view replacement;
};

}  // namespace unimo::eval
