// The longest common subsequence of two word sequences, 64 words at a step.
//
// Of several longest ones the one that ROUGE-1.5.5 and rouge_score find is marked: from the ends of
// both backwards, two equal words are a pair; otherwise the reference's word is left out when that
// costs nothing, else the candidate's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluators/rouge_words.h"

namespace unimo::eval {

// Keeps its tables between calls. Not for use from several threads.
//
// Time is words times words / 64. Memory grows with the words times the root of the words, so that
// texts of a megabyte can still be compared.
class CommonSubsequence {
 public:
  // What the next calls compare with. The span must live as long.
  void set_reference(std::span<const WordId> reference);
  std::size_t length(std::span<const WordId> candidate);
  // Sets `marked[i]` for each word i of the reference that is in the subsequence; leaves the
  // others.
  void mark(std::span<const WordId> candidate, std::span<char> marked);

 private:
  // Where a word stands among 64 words of the reference.
  struct Places {
    std::size_t block = 0;
    std::uint64_t bits = 0;
  };
  struct Range {
    std::size_t begin = 0, end = 0;  // in places_
  };
  using Block = std::uint64_t;

  void add_place(std::size_t word, std::size_t place);
  // The column after one more word of the candidate. `after` may be `before`.
  void step(WordId word, const Block* before, Block* after) const;
  // The columns of one piece of the candidate, after the one before it.
  void fill(std::span<const WordId> piece, std::size_t index);
  // Follows the subsequence through the piece in columns_; returns the words of the reference that
  // are left for the pieces before it.
  std::size_t trace(std::span<const WordId> piece, std::size_t row, std::span<char> marked) const;

  std::span<const WordId> reference_;
  std::size_t blocks_ = 0;             // of 64 reference words
  std::vector<std::uint64_t> sorted_;  // the reference's words and where they stand
  std::vector<Places> places_;         // of all words, those of one word together, ascending
  std::vector<Range> of_word_;         // by word; empty for words that are not in the reference
  std::vector<Block> columns_;         // [words of the piece + 1, blocks]
  std::vector<Block> starts_;          // [pieces, blocks], the column before each piece
};

}  // namespace unimo::eval
