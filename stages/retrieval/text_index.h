// Sentences that are near a sentence by their words: BM25 or the cosine of TF-IDF vectors, exactly.
//
//   TextIndexBuilder builder({.scheme = TextScheme::kBm25});
//   builder.add("A dog runs.", 0);  // …
//   const TextIndex index = std::move(builder).build();
//   TextSearch search(index);       // one for each thread
//   for (const ScoredItem& near : search.nearest("a running dog", {.count = 100})) …
//
// With N texts, df of them with the word t, tf times in the text d, which has l words where the
// mean is L:
//
//   BM25    sum over the words of the query (repeated words count again) of
//             ln(1 + (N - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * l / L))
//           Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
//           in the form of Lucene: this idf is never negative, and the factor k1 + 1, which changes
//           no order, is left out (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020). The same
//           numbers as bm25s gives by default: k1 = 1.5, b = 0.75.
//   TF-IDF  cosine of vectors tf * (ln((1 + N) / (1 + df)) + 1): TfidfVectorizer of scikit-learn
//           as it comes (smooth_idf, norm l2).
//
// Memory, also of the builder together: about 30 bytes a different word of a text, 36 a text, 40 a
// word of the vocabulary; 1 million captions take 0.4 GB while the index is built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/retrieval/sparse_index.h"
#include "stages/retrieval/sparse_search.h"
#include "stages/retrieval/word_table.h"

namespace unimo::stages {

enum class TextScheme { kBm25, kTfidf };

struct TextIndexOptions {
  TextScheme scheme = TextScheme::kBm25;
  double k1 = 1.5;  // how soon more of a word count less
  double b = 0.75;  // how much long texts are held back: 0 not at all, 1 in full
};

// Belongs to nothing.
inline constexpr std::uint32_t kNoGroup = UINT32_MAX;

// Immutable: any number of searches at a time.
class TextIndex {
 public:
  std::size_t size() const { return index_.size(); }
  std::size_t words() const { return texts_with_.size(); }

 private:
  friend class TextIndexBuilder;
  friend class TextSearch;
  TextIndex(TextIndexOptions options, SparseIndex index)
      : options_(options), index_(std::move(index)) {}
  double bm25_idf(std::uint32_t term) const;
  double smooth_idf(std::uint32_t term) const;

  TextIndexOptions options_;
  SparseIndex index_;
  WordTable table_;
  std::vector<std::uint32_t> term_of_number_;  // by number of the table; rarest first
  std::vector<std::uint32_t> texts_with_;      // by term
  std::vector<std::uint32_t> groups_;
  // kBm25 alone, to know texts that say the same: how often each word of the index's vectors is
  // there (255 stands for more), and the length of a text's TF-IDF vector.
  std::vector<std::uint8_t> counts_;
  std::vector<float> lengths_;
};

// add*, then build, once. One thread.
class TextIndexBuilder {
 public:
  explicit TextIndexBuilder(TextIndexOptions options) : options_(options) {}
  // Texts are numbered from 0. `group` is what the text belongs to, such as its picture.
  void add(std::string_view text, std::uint32_t group = kNoGroup);
  TextIndex build() &&;

 private:
  std::vector<std::uint32_t> count_texts() const;
  void rank_words(const std::vector<std::uint32_t>& texts_with);

  TextIndexOptions options_;
  WordTable table_;
  std::vector<std::uint32_t> words_;  // numbers of all words, text after text
  std::vector<std::size_t> ends_;
  std::vector<std::uint32_t> groups_;
  std::vector<std::uint32_t> term_of_number_;
  std::string scratch_;
};

struct TextQuery {
  std::size_t count = 100;
  double duplicate = 2;            // texts whose TF-IDF cosine is above say the same: left out
  std::uint32_t group = kNoGroup;  // texts of this group are left out
};

// One thread; `index` must outlive it.
class TextSearch {
 public:
  explicit TextSearch(const TextIndex& index) : index_(index), search_(index.index_) {}

  // The nearest texts, best first, the smaller number first among equals; none without a common
  // word. Fewer than `count` where there are no more. Valid until the next call.
  std::span<const ScoredItem> nearest(std::string_view text, const TextQuery& wanted);

 private:
  void weigh(std::string_view text);
  double cosine(std::uint32_t item) const;

  const TextIndex& index_;
  SparseSearch search_;
  std::string scratch_;
  std::vector<std::uint32_t> terms_;
  std::vector<SparseWeight> query_;
  std::vector<double> cosine_weights_;  // of the query's terms: TF-IDF, length 1, times idf
};

}  // namespace unimo::stages
