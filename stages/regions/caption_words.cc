#include "stages/regions/caption_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace unimo::stages {

namespace {

// Closed-class words of English: they say how a sentence is built, not what is seen. Sorted.
constexpr std::array<std::string_view, 113> kFunctionWords = {
    "a",       "about", "after", "all",   "along", "also",    "although", "am",    "an",
    "and",     "any",   "are",   "as",    "at",    "be",      "because",  "been",  "being",
    "but",     "by",    "can",   "could", "did",   "do",      "does",     "doing", "each",
    "else",    "for",   "from",  "get",   "gets",  "getting", "had",      "has",   "have",
    "having",  "he",    "her",   "hers",  "him",   "himself", "his",      "how",   "i",
    "if",      "in",    "into",  "is",    "it",    "its",     "itself",   "just",  "me",
    "my",      "nor",   "of",    "off",   "on",    "onto",    "or",       "other", "others",
    "our",     "out",   "own",   "s",     "shall", "she",     "should",   "so",    "some",
    "such",    "t",     "than",  "that",  "the",   "their",   "theirs",   "them",  "then",
    "there",   "these", "they",  "this",  "those", "through", "to",       "too",   "toward",
    "towards", "up",    "upon",  "us",    "very",  "was",     "we",       "were",  "what",
    "when",    "where", "which", "while", "who",   "whom",    "whose",    "why",   "will",
    "with",    "would", "you",   "your",  "yours"};
static_assert(std::ranges::is_sorted(kFunctionWords));

constexpr std::array<std::array<std::string_view, 2>, 8> kIrregular = {{{"men", "man"},
                                                                        {"women", "woman"},
                                                                        {"children", "child"},
                                                                        {"feet", "foot"},
                                                                        {"teeth", "tooth"},
                                                                        {"leaves", "leaf"},
                                                                        {"geese", "goose"},
                                                                        {"people", "person"}}};

bool is_vowel(char c) { return std::string_view("aeiouy").find(c) != std::string_view::npos; }
bool has_vowel(std::string_view text) { return std::ranges::any_of(text, is_vowel); }

// What is left when -ing or -ed is gone: "runn" is "run", "danc" was "dance" (and stays "danc", as
// "dance" loses its e too).
std::string mended(std::string_view rest) {
  const std::size_t n = rest.size();
  const bool doubled = n >= 3 && rest[n - 1] == rest[n - 2] && !is_vowel(rest[n - 1]);
  // "fall", "pass" and "buzz" are double by themselves.
  const bool keeps = std::string_view("lsz").find(rest[n - 1]) != std::string_view::npos;
  return std::string(rest.substr(0, doubled && !keeps ? n - 1 : n));
}

std::string without_final_e(std::string word) {
  if (word.size() > 3 && word.back() == 'e') word.pop_back();
  if (word.size() > 2 && word.back() == 'y' && !is_vowel(word[word.size() - 2])) word.back() = 'i';
  return word;
}

std::string without_s(std::string_view word) {
  const std::size_t n = word.size();
  if (n < 4 || word.back() != 's' || word.ends_with("ss") || word.ends_with("us")) {
    return std::string(word);
  }
  if (word.ends_with("ies")) return std::string(word.substr(0, n - 3)) + "y";
  for (const std::string_view ending : {"sses", "shes", "ches", "xes", "zes"}) {
    if (word.ends_with(ending)) return std::string(word.substr(0, n - 2));
  }
  return std::string(word.substr(0, n - 1));
}

}  // namespace

std::string stem_of(std::string_view word) {
  for (const auto& [form, base] : kIrregular) {
    if (word == form) return stem_of(base);
  }
  std::string stem = without_s(word);
  for (const std::string_view ending : {"ing", "ed"}) {
    if (!stem.ends_with(ending)) continue;
    const std::string_view rest = std::string_view(stem).substr(0, stem.size() - ending.size());
    if (rest.size() < 3 || !has_vowel(rest)) break;  // "sing", "red", "string"
    return without_final_e(mended(rest));
  }
  return without_final_e(std::move(stem));
}

std::vector<CaptionWord> caption_words(std::string_view text) {
  std::vector<CaptionWord> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty() && !std::ranges::binary_search(kFunctionWords, word)) {
      std::string stem = stem_of(word);
      words.push_back({std::move(word), std::move(stem)});
    }
    word.clear();
  };
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool letter = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                        static_cast<unsigned char>(lower) >= 0x80;
    if (letter) {
      word += lower;
    } else {
      finish();
    }
  }
  finish();
  return words;
}

std::int64_t WordList::find(std::string_view stem) const {
  const auto found = std::ranges::lower_bound(stems, stem);
  return found != stems.end() && *found == stem ? found - stems.begin() : -1;
}

WordList make_word_list(const std::vector<Document>& documents, const WordListSettings& settings) {
  std::map<std::string, int> frequency;
  std::map<std::string, std::map<std::string, int>> forms;
  for (const Document& document : documents) {
    std::set<std::string> seen;
    for (const CaptionWord& word : document) {
      ++forms[word.stem][word.written];
      if (seen.insert(word.stem).second) ++frequency[word.stem];
    }
  }
  std::vector<std::pair<int, std::string>> ranked;
  for (const auto& [stem, count] : frequency) {
    if (count >= settings.min_documents) ranked.emplace_back(-count, stem);
  }
  std::ranges::sort(ranked);
  if (ranked.size() > static_cast<std::size_t>(settings.max_words)) {
    ranked.resize(static_cast<std::size_t>(settings.max_words));
  }
  std::ranges::sort(ranked, {}, &std::pair<int, std::string>::second);
  WordList list;
  for (const auto& [negative, stem] : ranked) {
    const auto& written = forms[stem];
    const auto commonest =
        std::ranges::max_element(written, {}, [](const auto& form) { return form.second; });
    list.stems.push_back(stem);
    list.names.push_back(commonest->first);
    list.idf.push_back(static_cast<float>(
        std::log((1.0 + static_cast<double>(documents.size())) / (1.0 - negative)) + 1));
  }
  return list;
}

Matrix tfidf(const std::vector<Document>& documents, const WordList& words) {
  Matrix rows(static_cast<std::int64_t>(documents.size()),
              static_cast<std::int64_t>(words.stems.size()));
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row(i);
    for (const CaptionWord& word : documents[static_cast<std::size_t>(i)]) {
      const std::int64_t at = words.find(word.stem);
      if (at >= 0) row[static_cast<std::size_t>(at)] += 1;
    }
    float squares = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (row[j] > 0) row[j] = (1 + std::log(row[j])) * words.idf[j];
      squares += row[j] * row[j];
    }
    if (squares == 0) continue;
    for (float& value : row) value /= std::sqrt(squares);
  }
  return rows;
}

}  // namespace unimo::stages
