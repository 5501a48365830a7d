// The n-grams of sentences as small numbers, so that scorers compare integers instead of texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace unimo::eval {

constexpr int kMaxOrder = 4;

using NgramId = std::uint32_t;

struct NgramCount {
  NgramId ngram = 0;
  int count = 0;
};

// One sentence: per order (1 to 4) its distinct n-grams in ascending id, with their counts.
struct SentenceNgrams {
  int words = 0;
  std::vector<NgramCount> counts;                  // of all orders, one after the other
  std::array<std::size_t, kMaxOrder + 1> begin{};  // of each order in `counts`; then the end
  std::span<const NgramCount> order(int n) const {
    const auto slot = static_cast<std::size_t>(n);
    return {counts.data() + begin[slot - 1], begin[slot] - begin[slot - 1]};
  }
  // How many n-grams of this order the sentence has, repetitions counted.
  int total(int n) const { return words >= n ? words - n + 1 : 0; }
};

// Numbers for 64-bit keys, in one open table: a corpus has hundreds of thousands of n-grams, and a
// node for each would cost more than the scores.
class KeyNumbers {
 public:
  explicit KeyNumbers(std::size_t expected = 64);
  // The number of a key; `fresh` when the key is new, and then `is_new` is set.
  NgramId find_or_add(std::uint64_t key, NgramId fresh, bool& is_new);
  // Every (number, key), in ascending number.
  std::vector<std::pair<NgramId, std::uint64_t>> entries() const;

 private:
  struct Slot {
    std::uint64_t key = 0;
    NgramId number = kFree;
  };
  static constexpr NgramId kFree = 0xFFFFFFFF;
  std::size_t place_of(std::uint64_t key) const;
  void grow();
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t used_ = 0;
};

// What separates words: white space as the official program's language sees it.
enum class WordBreak {
  kUnicode,  // Python 3's str.split()
  kAscii,    // Python 2's, on bytes: blank, tab, line feed, vertical tab, form feed, return
};

// Gives every n-gram one number, in the order of first sight. Two tables number differently:
// compare only sentences of the same table. Not for use from several threads.
class NgramTable {
 public:
  // For about so many words of text, so that the table need not grow on the way.
  explicit NgramTable(std::size_t words = 64, WordBreak word_break = WordBreak::kUnicode);
  SentenceNgrams count(std::string_view sentence);
  std::size_t size() const { return next_; }
  // Every n-gram by its number: its words, joined by single blanks.
  std::vector<std::string> texts() const;

 private:
  // The number of the n-gram that extends `prefix` by `word`.
  NgramId extended(NgramId prefix, NgramId word);

  WordBreak word_break_;
  std::unordered_map<std::string, NgramId> words_;
  KeyNumbers longer_;
  NgramId next_ = 0;
};

// A generated text and what it is compared with. Captions are scorer_text of ptb_tokenizer.h.
struct CaptionItem {
  std::string candidate;
  std::vector<std::string> references;
};

// The same, counted. All sentences share one table.
struct CountedItem {
  SentenceNgrams candidate;
  std::vector<SentenceNgrams> references;
};

struct CountedItems {
  std::vector<CountedItem> items;
  std::size_t ngrams = 0;  // ids are below this
};

CountedItems count_ngrams(std::span<const CaptionItem> items,
                          WordBreak word_break = WordBreak::kUnicode);

// The same with a table of the caller's, who asks it for more afterwards.
CountedItems count_ngrams(std::span<const CaptionItem> items, NgramTable& table);

// In how many items some reference has the n-gram, by its number.
std::vector<int> document_frequencies(const CountedItems& items);

std::vector<std::string_view> split_words(std::string_view sentence,
                                          WordBreak word_break = WordBreak::kUnicode);

}  // namespace unimo::eval
