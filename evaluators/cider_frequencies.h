// In how many documents each n-gram stands, kept as a file, so that CIDEr-D scores of different
// image sets compare: the documents are then those of a fixed corpus, usually the training set, and
// not the images that are scored.
//
//   const auto frequencies = UNIMO_TRY(read_cider_frequencies("coco_train.tsv"));
//   const Cider scores = cider(items, frequencies);
//
// The file is UTF-8 text, one entry a line, its fields separated by one tab:
//
//   unimo.cider_frequencies	1
//   documents	113287
//   812	a man
//   95	a man riding
//
// The first two lines are fixed: format and version, then the number of documents. Then follow a
// count, from 1 to that number, and the n-gram: one to four words, tokenised as the captions are
// (ptb_tokenizer.h), separated by single blanks. No n-gram stands twice.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "evaluators/ngrams.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

struct CiderFrequencies {
  std::unordered_map<std::string, long> of_ngram;  // words joined by blanks; absent is 0
  long documents = 0;                              // 1 or more
  std::string digest;                              // SHA-256 of the file's bytes
};

// Mistakes are kInvalid, by file and line.
Result<CiderFrequencies> read_cider_frequencies(const std::filesystem::path& file);

// The frequencies among the references of these items; each item is a document.
CiderFrequencies count_cider_frequencies(std::span<const CaptionItem> items);

// The bytes of the file, n-grams in ascending order.
std::string cider_frequencies_text(const CiderFrequencies& frequencies);

}  // namespace unimo::eval
