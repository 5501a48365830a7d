#include "evaluators/scene_graph/lexicon.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "evaluators/scene_graph/lexicon_lists.h"

namespace unimo::eval {

namespace {

using Lexicon = std::unordered_map<std::string_view, WordClasses>;

void add_words(Lexicon& lexicon, const WordList& list) {
  std::string_view rest = list.words;
  while (!rest.empty()) {
    const std::size_t blank = rest.find(' ');
    lexicon[rest.substr(0, blank)] |= list.classes;
    if (blank == std::string_view::npos) return;
    rest.remove_prefix(blank + 1);
  }
}

Lexicon make_lexicon() {
  Lexicon lexicon;
  for (const WordList& list : closed_class_lists()) add_words(lexicon, list);
  for (const WordList& list : adjective_lists()) add_words(lexicon, list);
  for (const WordList& list : verb_lists()) add_words(lexicon, list);
  for (const WordList& list : noun_lists()) add_words(lexicon, list);
  return lexicon;
}

std::string_view first_word(const FixedPhrase& phrase) {
  return phrase.text.substr(0, phrase.text.find(' '));
}

using Phrases = std::unordered_map<std::string_view, std::vector<FixedPhrase>>;

Phrases make_phrases() {
  Phrases phrases;
  for (const FixedPhrase& phrase : fixed_phrase_list())
    phrases[first_word(phrase)].push_back(phrase);
  for (auto& [word, list] : phrases) {
    std::stable_sort(list.begin(), list.end(), [](const FixedPhrase& a, const FixedPhrase& b) {
      return a.text.size() > b.text.size();
    });
  }
  return phrases;
}

}  // namespace

WordClasses word_classes(std::string_view word) {
  static const Lexicon lexicon = make_lexicon();
  const auto found = lexicon.find(word);
  return found == lexicon.end() ? 0 : found->second;
}

std::span<const FixedPhrase> fixed_phrases_of(std::string_view word) {
  static const Phrases phrases = make_phrases();
  const auto found = phrases.find(word);
  if (found == phrases.end()) return {};
  return found->second;
}

}  // namespace unimo::eval
