#include "evaluators/rouge_matcher.h"

#include <algorithm>

namespace unimo::eval {

namespace {

RougeCounts without_hits(std::size_t candidate, std::size_t reference) {
  return {.reference = static_cast<long>(reference), .candidate = static_cast<long>(candidate)};
}

void list_pairs(const NumberedSummary& summary, std::vector<std::uint64_t>& pairs) {
  pairs.clear();
  for (std::size_t i = 1; i < summary.words.size(); ++i) {
    pairs.push_back(std::uint64_t{summary.words[i - 1]} << 32 | summary.words[i]);
  }
  std::sort(pairs.begin(), pairs.end());
}

// Of two ascending lists.
long common_entries(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  long common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++common;
      ++i;
      ++j;
    } else if (a[i] < b[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return common;
}

// The sentences, each once: a model that repeats itself repeats whole sentences, and a second one
// adds nothing to a union.
std::vector<std::span<const WordId>> distinct_sentences(const NumberedSummary& summary) {
  std::vector<std::span<const WordId>> sentences;
  for (std::size_t i = 0; i < summary.sentences(); ++i) sentences.push_back(summary.sentence(i));
  std::sort(sentences.begin(), sentences.end(), [](const auto& a, const auto& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  });
  const auto equal = [](const auto& a, const auto& b) { return std::ranges::equal(a, b); };
  sentences.erase(std::unique(sentences.begin(), sentences.end(), equal), sentences.end());
  return sentences;
}

}  // namespace

void RougeMatcher::cover(const NumberedSummary& summary) {
  for (const WordId word : summary.words) {
    if (word < candidate_left_.size()) continue;
    candidate_left_.resize(word + 1);
    reference_left_.resize(word + 1);
  }
}

RougeCounts RougeMatcher::words(const NumberedSummary& candidate,
                                const NumberedSummary& reference) {
  cover(candidate);
  cover(reference);
  RougeCounts counts = without_hits(candidate.words.size(), reference.words.size());
  for (const WordId word : candidate.words) ++candidate_left_[word];
  for (const WordId word : reference.words) {
    if (candidate_left_[word] == 0) continue;
    --candidate_left_[word];
    ++counts.hits;
  }
  for (const WordId word : candidate.words) candidate_left_[word] = 0;
  return counts;
}

RougeCounts RougeMatcher::word_pairs(const NumberedSummary& candidate,
                                     const NumberedSummary& reference) {
  list_pairs(candidate, candidate_pairs_);
  list_pairs(reference, reference_pairs_);
  RougeCounts counts = without_hits(candidate_pairs_.size(), reference_pairs_.size());
  counts.hits = common_entries(candidate_pairs_, reference_pairs_);
  return counts;
}

RougeCounts RougeMatcher::sentences(const NumberedSummary& candidate,
                                    const NumberedSummary& reference) {
  cover(candidate);
  cover(reference);
  RougeCounts counts = without_hits(candidate.words.size(), reference.words.size());
  for (const WordId word : candidate.words) ++candidate_left_[word];
  for (const WordId word : reference.words) ++reference_left_[word];
  const auto others = distinct_sentences(candidate);
  for (std::size_t i = 0; i < reference.sentences(); ++i) {
    const auto sentence = reference.sentence(i);
    common_.set_reference(sentence);
    marked_.assign(sentence.size(), 0);
    for (const auto& other : others) common_.mark(other, marked_);
    for (std::size_t k = 0; k < sentence.size(); ++k) {
      const WordId word = sentence[k];
      if (!marked_[k] || candidate_left_[word] == 0 || reference_left_[word] == 0) continue;
      --candidate_left_[word];
      --reference_left_[word];
      ++counts.hits;
    }
  }
  for (const WordId word : candidate.words) candidate_left_[word] = 0;
  for (const WordId word : reference.words) reference_left_[word] = 0;
  return counts;
}

RougeCounts RougeMatcher::sequence(const NumberedSummary& candidate,
                                   const NumberedSummary& reference) {
  RougeCounts counts = without_hits(candidate.words.size(), reference.words.size());
  common_.set_reference(reference.words);
  counts.hits = static_cast<long>(common_.length(candidate.words));
  return counts;
}

}  // namespace unimo::eval
