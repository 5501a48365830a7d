// A tokenizer whose ids can be read: the word "7" is 7, after a blank 1007; other words are
// nothing.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "stages/ingest/records.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

class NumberTokenizer final : public trainer::Tokenizer {
 public:
  using Tokenizer::encode;
  std::string_view kind() const override { return "numbers"; }
  std::vector<trainer::TokenId> encode(std::string_view text) const override {
    std::vector<trainer::TokenId> ids;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = std::min(text.find(' ', i), text.size());
      if (end > i && std::isdigit(static_cast<unsigned char>(text[i])) != 0)
        ids.push_back(std::stoi(std::string(text.substr(i, end - i))) + (i > 0 ? 1000 : 0));
      i = end + 1;
    }
    return ids;
  }
  std::string decode(std::span<const trainer::TokenId>) const override { return {}; }
  std::size_t vocabulary_size() const override { return 2000; }
  trainer::TokenId mask_id() const override { return 1999; }
  bool is_word_start(trainer::TokenId) const override { return true; }
  std::string piece(trainer::TokenId) const override { return {}; }
};

// A document of these sentences with one blank, or the end of a paragraph, between them.
inline DocumentRecord document_of(const std::string& id, const std::vector<std::string>& sentences,
                                  char between = ' ') {
  DocumentRecord document{.id = id, .title = "title of " + id, .split = "train"};
  for (const std::string& sentence : sentences) {
    const std::size_t begin = document.text.size();
    document.text += sentence;
    document.sentences.push_back({begin, document.text.size()});
    document.text += between;
  }
  return document;
}

// "1 2 3" for (1, 3).
inline std::string numbers(int first, int last) {
  std::string text = std::to_string(first);
  for (int i = first + 1; i <= last; ++i) text += " " + std::to_string(i);
  return text;
}

}  // namespace unimo::stages
