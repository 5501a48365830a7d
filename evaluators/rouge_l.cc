#include "evaluators/rouge_l.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include "orchestrator/base/in_parallel.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kBeta = 1.2;

std::vector<std::string_view> split_at_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t blank = text.find(' ');
    words.push_back(text.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    text.remove_prefix(blank + 1);
  }
}

// One text as bits, so that 64 of its words are compared at once with a word of another.
class WordBits {
 public:
  explicit WordBits(const std::vector<std::string_view>& words) : length_(words.size()) {
    std::vector<std::pair<std::string_view, std::size_t>> places;
    places.reserve(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) places.emplace_back(words[i], i);
    std::sort(places.begin(), places.end());
    words_.reserve(words.size());
    begin_.reserve(words.size() + 1);
    bits_.reserve(words.size());
    for (const auto& [word, place] : places) {
      if (words_.empty() || words_.back() != word) {
        words_.push_back(word);
        begin_.push_back(bits_.size());
      }
      const std::size_t block = place / 64;
      if (bits_.size() == begin_.back() || bits_.back().block != block) bits_.push_back({block, 0});
      bits_.back().mask |= std::uint64_t{1} << (place % 64);
    }
    begin_.push_back(bits_.size());
  }

  // Length of the longest common subsequence, by the bit-vector recurrence of Hyyro 2004 ("Bit-
  // parallel LCS-length computation revisited"): a zero in the row stands for a common word.
  std::size_t common_with(const std::vector<std::string_view>& others) const {
    std::vector<std::uint64_t> row((length_ + 63) / 64, ~std::uint64_t{0});
    for (const std::string_view other : others) {
      const auto place = std::lower_bound(words_.begin(), words_.end(), other);
      if (place == words_.end() || *place != other) continue;
      const auto word = static_cast<std::size_t>(place - words_.begin());
      take(std::span(bits_).subspan(begin_[word], begin_[word + 1] - begin_[word]), row);
    }
    std::size_t common = 0;
    for (const std::uint64_t block : row) common += static_cast<std::size_t>(std::popcount(~block));
    return common;
  }

 private:
  struct Bits {
    std::size_t block = 0;
    std::uint64_t mask = 0;
  };

  // row = (row + (row & mask)) | (row & ~mask), over all blocks, where most masks are zero. What
  // the last block carries out of the row is lost; bits above its words are in no mask and stay
  // ones.
  static void take(std::span<const Bits> bits, std::vector<std::uint64_t>& row) {
    std::uint64_t carry = 0;
    std::size_t next = 0;  // the block that the carry goes into
    for (const Bits& entry : bits) {
      for (; carry != 0 && next < entry.block; ++next) carry = add(row[next], 0, carry);
      carry = add(row[entry.block], entry.mask, carry);
      next = entry.block + 1;
    }
    for (; carry != 0 && next < row.size(); ++next) carry = add(row[next], 0, carry);
  }

  static std::uint64_t add(std::uint64_t& block, std::uint64_t mask, std::uint64_t carry) {
    const std::uint64_t sum = block + (block & mask);
    const std::uint64_t with_carry = sum + carry;
    const std::uint64_t out = sum < block || with_carry < sum ? 1 : 0;
    block = with_carry | (block & ~mask);
    return out;
  }

  std::size_t length_;
  std::vector<std::string_view> words_;  // distinct, ascending
  std::vector<std::size_t> begin_;       // of each word in bits_; then the end
  std::vector<Bits> bits_;               // of each word: where it stands, in ascending block
};

double score(const CaptionItem& item) {
  const auto candidate = split_at_blanks(item.candidate);
  const WordBits bits(candidate);
  double precision = 0;
  double recall = 0;
  for (const std::string& text : item.references) {
    const auto reference = split_at_blanks(text);
    const auto common = static_cast<double>(text == item.candidate ? candidate.size()
                                                                   : bits.common_with(reference));
    precision = std::max(precision, common / static_cast<double>(candidate.size()));
    recall = std::max(recall, common / static_cast<double>(reference.size()));
  }
  if (precision == 0 || recall == 0) return 0;
  return (1 + kBeta * kBeta) * precision * recall / (recall + kBeta * kBeta * precision);
}

}  // namespace

RougeL rouge_l(std::span<const CaptionItem> items, int threads) {
  constexpr std::size_t kBlock = 64;  // items that a thread takes at once
  RougeL result;
  result.images.resize(items.size());
  in_parallel((items.size() + kBlock - 1) / kBlock, threads, [&](std::size_t block) {
    const std::size_t end = std::min(items.size(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) {
      UNIMO_CHECK(!items[i].references.empty(), "a text without references reached ROUGE-L");
      result.images[i] = score(items[i]);
    }
  });
  double sum = 0;
  for (const double value : result.images) sum += value;
  if (!items.empty()) result.corpus = sum / static_cast<double>(items.size());
  return result;
}

}  // namespace unimo::eval
