// The words of summaries as small numbers, as the ROUGE scorers see them: lower-case runs of ASCII
// letters and digits, stemmed, sentence by sentence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

// A generated summary and what it is compared with. One sentence a line; lines without words do not
// matter.
struct SummaryItem {
  std::string candidate;
  std::vector<std::string> references;
};

// ok() when every item has a reference; otherwise names the first without by its number.
Status check_references(std::span<const SummaryItem> items);
// "1", or "1-4" when the items differ.
std::string reference_counts(std::span<const SummaryItem> items);

// Which program's reading of a text.
enum class RougeDialect {
  kPerl,    // ROUGE-1.5.5 on the files that pyrouge writes: bytes; a '<' ends its line
  kPython,  // rouge_score: lower case as Unicode has it, whose Kelvin sign is a k
};

using WordId = std::uint32_t;

struct NumberedSummary {
  std::vector<WordId> words;
  std::vector<std::size_t> ends;  // of each sentence, in `words`; ascending
  std::size_t sentences() const { return ends.size(); }
  std::span<const WordId> sentence(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(words).subspan(begin, ends[i] - begin);
  }
};

// Words with the same stem get the same number, in the order of first sight. Two readers number
// differently: compare only what one reader read. Not for use from several threads.
class SummaryReader {
 public:
  using Stem = std::function<std::string(std::string_view)>;
  // Without `stem` words stay as they are.
  SummaryReader(RougeDialect dialect, Stem stem) : dialect_(dialect), stem_(std::move(stem)) {}
  NumberedSummary read(std::string_view text);
  // Numbers are below this.
  std::size_t numbers() const { return ids_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>{}(word);
    }
  };
  using Numbers = std::unordered_map<std::string, WordId, Hash, std::equal_to<>>;
  void read_line(std::string_view line, NumberedSummary& summary);
  WordId number(const std::string& word);

  RougeDialect dialect_;
  Stem stem_;
  Numbers ids_;   // of stems
  Numbers seen_;  // of words before stemming, so that each is stemmed once
  std::string word_;
};

}  // namespace unimo::eval
