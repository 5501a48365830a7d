#include "evaluators/common_subsequence.h"

#include <algorithm>
#include <cmath>

namespace unimo::eval {

// The recurrence is that of H. Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004,
// with a bit for each word of the reference and a column for each word of the candidate. Bit i of a
// column is 0 where i + 1 words of the reference have a longer subsequence with the candidate so
// far than i words have.

namespace {

constexpr std::size_t kBits = 64;
// So many blocks of columns are kept (8 MiB); beyond it they are computed again piece by piece.
constexpr std::size_t kKeptBlocks = std::size_t{1} << 20;

}  // namespace

void CommonSubsequence::set_reference(std::span<const WordId> reference) {
  for (const std::uint64_t entry : sorted_) of_word_[entry >> 32] = {};
  sorted_.clear();
  places_.clear();
  reference_ = reference;
  blocks_ = (reference.size() + kBits - 1) / kBits;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    sorted_.push_back(std::uint64_t{reference[i]} << 32 | i);
  }
  std::sort(sorted_.begin(), sorted_.end());
  if (!sorted_.empty() && of_word_.size() <= sorted_.back() >> 32) {
    of_word_.resize((sorted_.back() >> 32) + 1);
  }
  for (const std::uint64_t entry : sorted_) add_place(entry >> 32, entry & 0xFFFFFFFF);
}

void CommonSubsequence::add_place(std::size_t word, std::size_t place) {
  Range& range = of_word_[word];
  if (range.end == 0) range = {places_.size(), places_.size()};
  const std::size_t block = place / kBits;
  if (range.begin == range.end || places_.back().block != block) {
    places_.push_back({block, 0});
    range.end = places_.size();
  }
  places_.back().bits |= Block{1} << place % kBits;
}

void CommonSubsequence::step(WordId word, const Block* before, Block* after) const {
  const Range range = word < of_word_.size() ? of_word_[word] : Range{};
  std::size_t next = range.begin;
  Block carry = 0;
  for (std::size_t block = 0; block < blocks_; ++block) {
    const bool here = next != range.end && places_[next].block == block;
    const Block matches = here ? places_[next++].bits : 0;
    const Block old = before[block];
    const Block partial = old + (old & matches);
    const Block sum = partial + carry;
    carry = partial < old || sum < partial ? 1 : 0;
    after[block] = sum | (old & ~matches);
  }
}

std::size_t CommonSubsequence::length(std::span<const WordId> candidate) {
  columns_.assign(blocks_, ~Block{0});
  for (const WordId word : candidate) step(word, columns_.data(), columns_.data());
  std::size_t kept = 0;  // words of the reference that are not in the subsequence
  for (std::size_t i = 0; i < reference_.size(); ++i) {
    kept += columns_[i / kBits] >> i % kBits & 1;
  }
  return reference_.size() - kept;
}

void CommonSubsequence::mark(std::span<const WordId> candidate, std::span<char> marked) {
  if (blocks_ == 0 || candidate.empty()) return;
  const std::size_t words = candidate.size();
  std::size_t piece = words;
  if (words > kKeptBlocks / blocks_) {
    piece = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(words))));
  }
  // The columns before each piece; then the pieces from the last to the first.
  starts_.assign(blocks_, ~Block{0});
  for (std::size_t begin = 0; begin + piece < words; begin += piece) {
    columns_.assign(starts_.end() - static_cast<std::ptrdiff_t>(blocks_), starts_.end());
    for (const WordId word : candidate.subspan(begin, piece)) {
      step(word, columns_.data(), columns_.data());
    }
    starts_.insert(starts_.end(), columns_.begin(), columns_.end());
  }
  std::size_t row = reference_.size();
  for (std::size_t index = starts_.size() / blocks_; index-- > 0;) {
    const std::size_t begin = index * piece;
    fill(candidate.subspan(begin, std::min(piece, words - begin)), index);
    row = trace(candidate.subspan(begin, std::min(piece, words - begin)), row, marked);
  }
}

void CommonSubsequence::fill(std::span<const WordId> piece, std::size_t index) {
  columns_.resize((piece.size() + 1) * blocks_);
  std::copy_n(starts_.data() + index * blocks_, blocks_, columns_.data());
  for (std::size_t j = 0; j < piece.size(); ++j) {
    step(piece[j], columns_.data() + j * blocks_, columns_.data() + (j + 1) * blocks_);
  }
}

std::size_t CommonSubsequence::trace(std::span<const WordId> piece, std::size_t row,
                                     std::span<char> marked) const {
  std::size_t column = piece.size();
  while (row > 0 && column > 0) {
    const std::size_t last = row - 1;
    if (reference_[last] == piece[column - 1]) {
      marked[last] = 1;
      --row;
      --column;
    } else if (columns_[column * blocks_ + last / kBits] >> last % kBits & 1) {
      --row;
    } else {
      --column;
    }
  }
  return row;
}

}  // namespace unimo::eval
