// Beam search over one source: which hypotheses live, given what the model says of their next
// tokens. No tensors and no model here.
//
//   BeamSearch search(rules);
//   while (!search.done()) {
//     // one NextTokens for each of search.live(), in that order
//     search.advance(next, picker);
//   }
//   search.best().tokens
//
// The rules are those of UNIMO's published decoding (BeamStyle::kUnimo). A hypothesis is scored
// Σ log p / ((5 + length) / 6)^alpha; length counts its tokens with the end token. In each step the
// best `beam` of all continuations stay, finished hypotheses among them with their score. The end
// token is not considered before min_length tokens. Equal scores: the finished ones, then the
// earlier hypothesis, then the smaller token. After the first steps nothing is allocated.
//
// BeamStyle::kApart has those of Hugging Face's generate (transformers 5, early_stopping = False),
// which Marian's models are published with: a score is Σ log p / length^alpha; of the best
// 2 * beam continuations those that end among the first `beam` go to a list of finished ones, of
// which the best `beam` stay, and the first `beam` that do not end live on; the search is over when
// the best living sum, scored by its present length, does not beat the worst of a full list.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/config/decode.h"
#include "trainer/decode/next_tokens.h"

namespace unimo::trainer {

struct Hypothesis {
  std::vector<std::int32_t> tokens;  // without the start token; the end token last when finished
  double log_probability = 0;        // with what trigram blocking subtracted
  double score = 0;
  bool finished = false;
  int parent = 0;  // place among live() of the step before: whose cache it continues
};

enum class BeamStyle { kUnimo, kApart };

// Shared by all searches of a task.
struct BeamRules {
  BeamConfig config;
  int vocabulary = 0;
  std::int32_t end = 2;
  std::vector<std::int32_t> never;  // tokens that are not generated; few
  // Of each token, for trigram blocking: whether a word begins with it. Empty: every token is one.
  std::vector<bool> word_start;
  BeamStyle style = BeamStyle::kUnimo;
  // kApart: the last of max_length tokens is the end token, at no cost (forced_eos_token_id).
  bool forced_end = false;
};

class BeamSearch {
 public:
  // The rules must outlive it and leave at least one token besides the end token.
  explicit BeamSearch(const BeamRules& rules);

  // Hypotheses that want a next token; at first one without tokens. Empty when done.
  std::span<const Hypothesis> live() const { return std::span(live_.all).first(live_.count); }
  bool done() const { return live_.count == 0; }

  // One of each live hypothesis. `picker` is of the calling thread.
  void advance(std::span<const NextTokens> next, TokenPicker& picker);

  // The best hypothesis so far; after done() the result.
  const Hypothesis& best() const;
  // kApart: those in the list of finished ones, the best first.
  std::span<const Hypothesis> finished() const {
    return std::span(finished_.all).first(finished_.count);
  }

 private:
  struct Candidate {
    double score = 0;
    double log_probability = 0;
    int row = 0;
    std::int32_t token = 0;
    bool finished = false;  // a hypothesis that stays as it is
  };
  // Hypotheses whose memory stays when they go.
  struct Pool {
    std::vector<Hypothesis> all;  // [beam]
    std::size_t count = 0;
    Hypothesis& add() { return all[count++]; }
  };
  void add_candidates(int row, const NextTokens& next, TokenPicker& picker);
  bool is_allowed(std::int32_t token) const;
  void find_words(const Hypothesis& hypothesis);
  bool repeats_trigram(const Hypothesis& hypothesis, std::int32_t token) const;
  void keep_best();
  void add_forced_end(int row);
  void keep_apart();
  void add_finished(const Candidate& candidate);
  void end_when_settled();
  Hypothesis& continued(const Candidate& candidate, Pool& pool);
  std::size_t wanted() const;  // continuations of one hypothesis that could survive
  double penalty(int length) const;

  const BeamRules& rules_;
  Pool live_, finished_, next_live_, next_finished_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> words_;  // where the words of the hypothesis at hand begin
  int steps_ = 0;
};

}  // namespace unimo::trainer
