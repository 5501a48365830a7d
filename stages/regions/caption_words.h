// Captions as bags of word stems: "Two dogs are running" and "a dog runs" share two of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/regions/matrix.h"

namespace unimo::stages {

// A word as written (lower case) and its stem. Function words ("the", "is", "with") are left out.
struct CaptionWord {
  std::string written;
  std::string stem;
};
std::vector<CaptionWord> caption_words(std::string_view text);

// English inflections taken off: plural and third-person s, -ing, -ed. Rough, but the same
// everywhere.
std::string stem_of(std::string_view word);

// A document is what TF-IDF weighs: one caption, or all captions of an image.
using Document = std::vector<CaptionWord>;

// The stems of a collection, in alphabetical order.
struct WordList {
  std::vector<std::string> stems;
  std::vector<std::string> names;  // the most frequent written form of each
  std::vector<float> idf;          // log((1 + documents) / (1 + documents with it)) + 1
  // Row number in `stems`, or -1.
  std::int64_t find(std::string_view stem) const;
};

struct WordListSettings {
  int min_documents = 5;
  int max_words = 2000;  // the most frequent; ties in alphabetical order
};
WordList make_word_list(const std::vector<Document>& documents, const WordListSettings& settings);

// One row for each document: (1 + log count) × idf, length 1; unknown words are ignored.
Matrix tfidf(const std::vector<Document>& documents, const WordList& words);

}  // namespace unimo::stages
