// How many words, word pairs and common subsequences of a reference a candidate has, each counted
// at most as often as both have it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluators/common_subsequence.h"
#include "evaluators/rouge_words.h"
#include "orchestrator/base/in_parallel.h"

namespace unimo::eval {

// Hits and what they are divided by. Counts of several references may be added.
struct RougeCounts {
  long hits = 0;
  long reference = 0;
  long candidate = 0;
};

// Keeps its tables between calls. Not for use from several threads. Both summaries of a call come
// from one reader.
class RougeMatcher {
 public:
  RougeCounts words(const NumberedSummary& candidate, const NumberedSummary& reference);
  // Pairs of neighbours; they run across the ends of sentences.
  RougeCounts word_pairs(const NumberedSummary& candidate, const NumberedSummary& reference);
  // Summary level: for each reference sentence the union of its longest common subsequences with
  // all candidate sentences (C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries",
  // 2004, section 3.2), where each hit uses up one such word of the candidate and of the reference.
  // Time grows with the candidate's words times the reference's sentences (of up to 64 words).
  RougeCounts sentences(const NumberedSummary& candidate, const NumberedSummary& reference);
  // The whole texts as one sequence each.
  RougeCounts sequence(const NumberedSummary& candidate, const NumberedSummary& reference);

 private:
  void cover(const NumberedSummary& summary);

  CommonSubsequence common_;
  std::vector<long> candidate_left_, reference_left_;  // by word; zero between calls
  std::vector<std::uint64_t> candidate_pairs_, reference_pairs_;
  std::vector<char> marked_;
};

// Calls `work(i, reader, matcher)` for each item, on several threads. Neighbours share a reader, so
// that most words are known; the groups are small enough for the threads to end together.
template <class Work>
void match_in_groups(std::size_t items, int threads, RougeDialect dialect,
                     const SummaryReader::Stem& stem, const Work& work) {
  constexpr std::size_t kGroup = 512;
  in_parallel((items + kGroup - 1) / kGroup, threads, [&](std::size_t group) {
    SummaryReader reader(dialect, stem);
    RougeMatcher matcher;
    const std::size_t end = std::min((group + 1) * kGroup, items);
    for (std::size_t i = group * kGroup; i < end; ++i) work(i, reader, matcher);
  });
}

}  // namespace unimo::eval
