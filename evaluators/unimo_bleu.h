// The BLEU that UNIMO's own program (gen_eval.py) prints when no task's script is set: words of
// BERT's basic tokenizer in lower case, no smoothing, the shortest reference as length. Not
// comparable with bleu.h.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/ngrams.h"

namespace unimo::eval {

// The words of BERT's BasicTokenizer with lower case on: control characters dropped, Chinese
// characters and punctuation each a word, accents stripped. No word holds white space.
std::vector<std::string> basic_words(std::string_view text);

struct UnimoBleu {
  double corpus = 0;                           // BLEU-4, 0 to 1; 0 when a precision is 0
  std::array<double, kMaxOrder> precisions{};  // 0 to 1
  double brevity = 0;                          // penalty, 0 to 1
  BleuCounts totals;
};

// Raw texts. Every item has one reference or more.
UnimoBleu unimo_bleu(std::span<const CaptionItem> items, int threads = 1);

// The formula alone; `reference_length` is the sum of the shortest ones.
UnimoBleu unimo_bleu_of_counts(const BleuCounts& counts);

// "unimo_bleu|n:4|…|version:1".
std::string unimo_bleu_signature(std::span<const CaptionItem> items);

}  // namespace unimo::eval
