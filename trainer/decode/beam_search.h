// Beam search over one source: which hypotheses live, given the log-probabilities of their next
// tokens. No tensors and no model here.
//
//   BeamSearch search(config, vocabulary_size, special);
//   while (!search.done()) {
//     // one row of log-probabilities for each of search.live(), in that order
//     search.advance(rows);
//   }
//   search.best().tokens
//
// A hypothesis is scored Σ log p / ((5 + length) / 6)^alpha; length counts its tokens with the end
// token. In each step the best `beam` of all continuations stay, finished hypotheses among them
// with their score. Equal scores: the earlier hypothesis, then the smaller token.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/config/decode.h"

namespace unimo::trainer {

struct Hypothesis {
  std::vector<std::int32_t> tokens;  // without the start token; the end token last when finished
  double log_probability = 0;
  double score = 0;
  bool finished = false;
  int parent = 0;  // place among live() of the step before: whose cache it continues
};

struct BeamTokens {
  std::int32_t end = 2;
  std::vector<std::int32_t> never;  // tokens that are not generated: [PAD], [CLS], [MASK], …
  std::vector<bool>
      word_start;  // of each token, for trigram blocking; empty: every token is a word
};

class BeamSearch {
 public:
  BeamSearch(const BeamConfig& config, int vocabulary, const BeamTokens& tokens);

  // Hypotheses that want a next token; at first one without tokens. Empty when done.
  std::span<const Hypothesis> live() const { return live_; }
  bool done() const { return live_.empty(); }

  // `log_probabilities` is [live, vocabulary].
  void advance(std::span<const float> log_probabilities);

  // The best hypothesis so far; after done() the result.
  const Hypothesis& best() const;

 private:
  struct Candidate {
    double score = 0;
    double log_probability = 0;
    int row = 0;
    std::int32_t token = 0;
    bool finished = false;  // a hypothesis that stays as it is
  };
  std::vector<Candidate> candidates_of(int row, std::span<const float> log_probabilities) const;
  bool repeats_trigram(const Hypothesis& hypothesis, std::int32_t token) const;
  double penalty(std::size_t length) const;

  BeamConfig config_;
  int vocabulary_;
  const BeamTokens& tokens_;
  std::vector<bool> never_;
  std::vector<Hypothesis> live_;
  std::vector<Hypothesis> finished_;
  int steps_ = 0;
};

}  // namespace unimo::trainer
