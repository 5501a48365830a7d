#include "stages/pack/new_words.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "evaluators/nltk_stemmer.h"
#include "stages/pack/tfidf.h"

namespace unimo::stages {

namespace {

// Closed classes, what captions say of any picture, and sizes, which are in the eye of the
// beholder.
constexpr std::string_view kNoContent[] = {
    "a",       "an",       "the",     "some",     "any",       "this",   "that",   "these",
    "those",   "each",     "every",   "another",  "other",     "others", "it",     "its",
    "his",     "her",      "him",     "he",       "she",       "they",   "them",   "their",
    "we",      "i",        "who",     "which",    "what",      "there",  "one",    "of",
    "in",      "on",       "at",      "to",       "by",        "for",    "with",   "from",
    "into",    "onto",     "over",    "under",    "near",      "next",   "up",     "down",
    "out",     "off",      "through", "along",    "across",    "around", "behind", "front",
    "between", "beside",   "about",   "against",  "towards",   "toward", "and",    "or",
    "but",     "as",       "while",   "is",       "are",       "was",    "were",   "be",
    "being",   "been",     "has",     "have",     "had",       "having", "does",   "do",
    "doing",   "can",      "will",    "very",     "so",        "too",    "also",   "just",
    "outside", "outdoors", "someone", "somebody", "something", "thing",  "things", "object",
    "objects", "only",     "here",    "else",     "nothing",   "side",   "alone",  "inside",
    "drawing", "show",     "shows",   "big",      "large",     "huge",   "small",  "little",
    "tiny",    "photo",    "picture", "image",    "view",      "shot",   "s",      "t",
    "top"};

bool has_content(const std::string& word) {
  static const std::unordered_set<std::string_view> without(std::begin(kNoContent),
                                                            std::end(kNoContent));
  return !without.contains(word);
}

}  // namespace

NewWords::NewWords(std::span<const std::string> texts) {
  std::unordered_map<std::string, std::uint32_t> number_of_word, number_of_stem;  // looked up only
  const auto number = [&](const std::string& word) {
    const auto [place, fresh] = number_of_word.try_emplace(word);
    if (fresh) {
      const auto next = static_cast<std::uint32_t>(number_of_stem.size());
      place->second = number_of_stem.try_emplace(eval::nltk_stem(word), next).first->second;
    }
    return place->second;
  };
  for (const std::string& text : texts) {
    const auto begin = static_cast<std::ptrdiff_t>(stems_.size());
    for (const std::string& word : plain_words(text))
      if (has_content(word)) stems_.push_back(number(word));
    std::sort(stems_.begin() + begin, stems_.end());
    stems_.erase(std::unique(stems_.begin() + begin, stems_.end()), stems_.end());
    begins_.push_back(stems_.size());
  }
}

std::size_t NewWords::count(std::uint32_t text, std::span<const std::uint32_t> known) const {
  return static_cast<std::size_t>(std::ranges::count_if(stems_of(text), [&](std::uint32_t stem) {
    return std::ranges::none_of(known, [&](std::uint32_t other) {
      const auto stems = stems_of(other);
      return std::binary_search(stems.begin(), stems.end(), stem);
    });
  }));
}

}  // namespace unimo::stages
