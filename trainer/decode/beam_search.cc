#include "trainer/decode/beam_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

// Trigram blocking subtracts this, as the published code does: a blocked token is taken only when
// there is no other.
constexpr double kBlocked = 65000;

}  // namespace

BeamSearch::BeamSearch(const BeamConfig& config, int vocabulary, const BeamTokens& tokens)
    : config_(config),
      vocabulary_(vocabulary),
      tokens_(tokens),
      never_(static_cast<std::size_t>(vocabulary), false) {
  for (const std::int32_t token : tokens.never) never_[static_cast<std::size_t>(token)] = true;
  UNIMO_CHECK(tokens.end >= 0 && tokens.end < vocabulary, "end token {} of {}", tokens.end,
              vocabulary);
  live_.push_back({});
}

double BeamSearch::penalty(std::size_t length) const {
  return std::pow((5.0 + static_cast<double>(length)) / 6.0, config_.alpha);
}

// Words of a hypothesis: pieces up to the next piece that begins a word.
bool BeamSearch::repeats_trigram(const Hypothesis& hypothesis, std::int32_t token) const {
  if (token == tokens_.end) return false;
  std::vector<std::vector<std::int32_t>> words;
  const auto add = [&](std::int32_t piece) {
    const bool starts =
        tokens_.word_start.empty() || tokens_.word_start[static_cast<std::size_t>(piece)];
    if (starts || words.empty()) words.emplace_back();
    words.back().push_back(piece);
  };
  for (const std::int32_t piece : hypothesis.tokens) add(piece);
  add(token);
  const std::size_t n = words.size();
  for (std::size_t i = 0; i + 3 < n; ++i) {
    if (std::equal(words.begin() + static_cast<std::ptrdiff_t>(i),
                   words.begin() + static_cast<std::ptrdiff_t>(i) + 3, words.end() - 3)) {
      return true;
    }
  }
  return false;
}

// The best continuations of one hypothesis, as many as could survive. With trigram blocking the
// blocked ones sink, so more of them are looked at until enough are free.
std::vector<BeamSearch::Candidate> BeamSearch::candidates_of(
    int row, std::span<const float> log_probabilities) const {
  const Hypothesis& hypothesis = live_[static_cast<std::size_t>(row)];
  const bool end_allowed = static_cast<int>(hypothesis.tokens.size()) >= config_.min_length;
  const auto better = [&](std::int32_t a, std::int32_t b) {
    return std::tuple(-log_probabilities[static_cast<std::size_t>(a)], a) <
           std::tuple(-log_probabilities[static_cast<std::size_t>(b)], b);
  };
  std::vector<std::int32_t> tokens;
  for (std::int32_t token = 0; token < vocabulary_; ++token) {
    if (!never_[static_cast<std::size_t>(token)] && (token != tokens_.end || end_allowed))
      tokens.push_back(token);
  }
  const auto beam = static_cast<std::size_t>(config_.beam);
  std::vector<Candidate> found;
  std::size_t sorted = 0, free = 0;
  // The end token's length is that of any other continuation, so within a row the order is that of
  // the tokens.
  while (free < beam && sorted < tokens.size()) {
    const std::size_t upto = std::min(sorted + beam, tokens.size());
    std::partial_sort(tokens.begin() + static_cast<std::ptrdiff_t>(sorted),
                      tokens.begin() + static_cast<std::ptrdiff_t>(upto), tokens.end(), better);
    for (; sorted < upto; ++sorted) {
      const std::int32_t token = tokens[sorted];
      const bool blocked = config_.trigram_blocking && repeats_trigram(hypothesis, token);
      const double sum = hypothesis.log_probability +
                         log_probabilities[static_cast<std::size_t>(token)] -
                         (blocked ? kBlocked : 0);
      found.push_back({.score = sum / penalty(hypothesis.tokens.size() + 1),
                       .log_probability = sum,
                       .row = row,
                       .token = token});
      if (!blocked) ++free;
    }
  }
  return found;
}

void BeamSearch::advance(std::span<const float> log_probabilities) {
  const auto width = static_cast<std::size_t>(vocabulary_);
  UNIMO_CHECK(log_probabilities.size() == live_.size() * width,
              "{} numbers for {} hypotheses of {} tokens", log_probabilities.size(), live_.size(),
              width);
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    all.push_back({.score = finished_[i].score, .row = static_cast<int>(i), .finished = true});
  }
  for (std::size_t row = 0; row < live_.size(); ++row) {
    const auto some =
        candidates_of(static_cast<int>(row), log_probabilities.subspan(row * width, width));
    all.insert(all.end(), some.begin(), some.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(-a.score, !a.finished, a.row, a.token) <
           std::tuple(-b.score, !b.finished, b.row, b.token);
  });
  all.resize(std::min(all.size(), static_cast<std::size_t>(config_.beam)));

  std::vector<Hypothesis> live, finished;
  const bool last = ++steps_ >= config_.max_length;
  for (const Candidate& candidate : all) {
    if (candidate.finished) {
      finished.push_back(finished_[static_cast<std::size_t>(candidate.row)]);
      continue;
    }
    Hypothesis next = live_[static_cast<std::size_t>(candidate.row)];
    next.tokens.push_back(candidate.token);
    next.log_probability = candidate.log_probability;
    next.score = candidate.score;
    next.parent = candidate.row;
    next.finished = candidate.token == tokens_.end;
    (next.finished || last ? finished : live).push_back(std::move(next));
  }
  live_ = std::move(live);
  finished_ = std::move(finished);
}

const Hypothesis& BeamSearch::best() const {
  const auto less = [](const Hypothesis& a, const Hypothesis& b) { return a.score < b.score; };
  if (finished_.empty()) return *std::max_element(live_.begin(), live_.end(), less);
  const auto best = std::max_element(finished_.begin(), finished_.end(), less);
  if (live_.empty()) return *best;
  const auto living = std::max_element(live_.begin(), live_.end(), less);
  return living->score > best->score ? *living : *best;
}

}  // namespace unimo::trainer
