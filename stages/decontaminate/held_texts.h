// The texts that benchmarks test on, and where they occur in others, word for word.
//
// Looked for are `words` consecutive words (13: the measure of GPT-3's authors, Brown et al. 2020,
// appendix C); a text with fewer, but at least `short_words`, is looked for as a whole. Words are
// those of matching_words.h; half of them must have letters, or tables of numbers would match.
//
// Memory: about 13 bytes a word of the benchmarks. add from one thread; after build, any number of
// threads may find.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "stages/decontaminate/gram_table.h"
#include "stages/decontaminate/matching_words.h"

namespace unimo::stages {

// A run of words that a held-out text has, too.
struct TextMatch {
  std::size_t begin = 0, end = 0;  // bytes of the text that was searched
  std::uint32_t text = 0;          // the held-out one; see HeldTexts::origin
};

class HeldTexts {
 public:
  struct Options {
    std::size_t words = 13, short_words = 8;  // short_words 0: no short ones
    std::int64_t common = 10;                 // word runs in more held-out texts are phrases
  };
  explicit HeldTexts(const Options& options);

  // A text that is there already (a story with many questions) is not added again.
  void add(std::string_view benchmark, std::string_view id, std::string_view text);
  void build();

  // In the order of the text; overlapping runs are one, with the first one's origin. `words` is
  // room to work in.
  std::vector<TextMatch> find(std::string_view text, std::vector<MatchingWord>& words) const;

  struct Origin {
    std::string benchmark, id;
  };
  Origin origin(std::uint32_t text) const;

  std::int64_t texts() const { return static_cast<std::int64_t>(origins_.size()); }
  std::int64_t grams() const { return grams_.size(); }
  std::int64_t phrases() const { return phrases_; }  // left out as common

 private:
  struct Place {
    std::uint32_t benchmark = 0;
    std::size_t begin = 0;  // of the id in ids_
  };
  // The key of n words from `first` on; nothing when too few have letters.
  struct Sums;
  Options options_;
  GramTable grams_;
  std::set<std::size_t> lengths_;           // of the runs in the table
  std::unordered_set<std::uint64_t> seen_;  // texts; looked up only
  std::vector<std::string> benchmarks_;
  std::vector<Place> origins_;
  std::string ids_;  // one behind the other
  std::int64_t phrases_ = 0;
  std::vector<MatchingWord> words_;
};

}  // namespace unimo::stages
