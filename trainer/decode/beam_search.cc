#include "trainer/decode/beam_search.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

// Trigram blocking subtracts this, as the published code does: a blocked token is taken only when
// there is no other.
constexpr double kBlocked = 65000;

}  // namespace

BeamSearch::BeamSearch(const BeamRules& rules) : rules_(rules) {
  UNIMO_CHECK(rules.end >= 0 && rules.end < rules.vocabulary, "end token {} of {}", rules.end,
              rules.vocabulary);
  UNIMO_CHECK(rules.never.size() + 2 <= static_cast<std::size_t>(rules.vocabulary),
              "{} tokens of {} may not be generated", rules.never.size(), rules.vocabulary);
  for (Pool* pool : {&live_, &finished_, &next_live_, &next_finished_}) {
    pool->all.resize(static_cast<std::size_t>(rules.config.beam));
    for (Hypothesis& hypothesis : pool->all)
      hypothesis.tokens.reserve(static_cast<std::size_t>(rules.config.max_length));
  }
  live_.add();
}

double BeamSearch::penalty(int length) const {
  if (rules_.style == BeamStyle::kApart)
    return std::pow(static_cast<double>(length), rules_.config.alpha);
  return std::pow((5.0 + length) / 6.0, rules_.config.alpha);
}

// Of those that live apart from finished ones, as many as there may be ends among them.
std::size_t BeamSearch::wanted() const {
  const auto beam = static_cast<std::size_t>(rules_.config.beam);
  return rules_.style == BeamStyle::kApart ? 2 * beam : beam;
}

bool BeamSearch::is_allowed(std::int32_t token) const {
  if (token == rules_.end) return steps_ >= rules_.config.min_length;
  return std::find(rules_.never.begin(), rules_.never.end(), token) == rules_.never.end();
}

// A word goes up to the next piece that begins one.
void BeamSearch::find_words(const Hypothesis& hypothesis) {
  words_.clear();
  for (std::size_t i = 0; i < hypothesis.tokens.size(); ++i) {
    const auto token = static_cast<std::size_t>(hypothesis.tokens[i]);
    if (i == 0 || rules_.word_start.empty() || rules_.word_start[token]) words_.push_back(i);
  }
}

// Whether the last three words, with the token, stood there before. Equal tokens are equal words:
// where one begins is seen from the token, but for the very first, which is compared with itself
// only.
bool BeamSearch::repeats_trigram(const Hypothesis& hypothesis, std::int32_t token) const {
  if (token == rules_.end) return false;
  const auto& tokens = hypothesis.tokens;
  const bool begins = words_.empty() || rules_.word_start.empty() ||
                      rules_.word_start[static_cast<std::size_t>(token)];
  const std::size_t count = words_.size() + (begins ? 1 : 0);
  if (count < 4) return false;
  const std::size_t tail = words_[count - 3];
  for (std::size_t i = 0; i + 3 < count; ++i) {
    const std::size_t begin = words_[i];
    const std::size_t end = i + 3 < words_.size() ? words_[i + 3] : tokens.size();
    if (end - begin == tokens.size() + 1 - tail && tokens[end - 1] == token &&
        std::equal(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                   tokens.begin() + static_cast<std::ptrdiff_t>(end) - 1,
                   tokens.begin() + static_cast<std::ptrdiff_t>(tail))) {
      return true;
    }
  }
  return false;
}

// The best continuations of one hypothesis, as many as could survive. With trigram blocking the
// blocked ones sink, so more of them are looked at until enough are free. Within a row the order is
// that of the logits, since all continuations are equally long.
void BeamSearch::add_candidates(int row, const NextTokens& next, TokenPicker& picker) {
  const Hypothesis& hypothesis = live_.all[static_cast<std::size_t>(row)];
  if (rules_.config.trigram_blocking) find_words(hypothesis);
  const double divisor = penalty(steps_ + 1);
  const std::size_t before = candidates_.size();
  for (std::size_t asked = wanted() + rules_.never.size() + 1;; asked *= 2) {
    candidates_.resize(before);
    const auto tokens = picker.best(next, asked);
    std::size_t free = 0;
    for (const std::int32_t token : tokens) {
      if (!is_allowed(token)) continue;
      const bool blocked = rules_.config.trigram_blocking && repeats_trigram(hypothesis, token);
      const double sum =
          hypothesis.log_probability + next.log_probability(token) - (blocked ? kBlocked : 0);
      candidates_.push_back(
          {.score = sum / divisor, .log_probability = sum, .row = row, .token = token});
      if (!blocked && ++free == wanted()) return;
    }
    if (tokens.size() < asked) return;  // these were all
  }
}

void BeamSearch::advance(std::span<const NextTokens> next, TokenPicker& picker) {
  UNIMO_CHECK(next.size() == live_.count, "what is next of {} hypotheses for {}", next.size(),
              live_.count);
  candidates_.clear();
  if (rules_.style == BeamStyle::kApart) {
    const bool forced = rules_.forced_end && steps_ + 1 >= rules_.config.max_length;
    for (std::size_t row = 0; row < next.size(); ++row) {
      if (forced)
        add_forced_end(static_cast<int>(row));
      else
        add_candidates(static_cast<int>(row), next[row], picker);
    }
    ++steps_;
    return keep_apart();
  }
  for (std::size_t i = 0; i < finished_.count; ++i) {
    candidates_.push_back(
        {.score = finished_.all[i].score, .row = static_cast<int>(i), .finished = true});
  }
  for (std::size_t row = 0; row < next.size(); ++row)
    add_candidates(static_cast<int>(row), next[row], picker);
  ++steps_;
  keep_best();
}

void BeamSearch::keep_best() {
  const auto better = [](const Candidate& a, const Candidate& b) {
    return std::tuple(-a.score, !a.finished, a.row, a.token) <
           std::tuple(-b.score, !b.finished, b.row, b.token);
  };
  const std::size_t kept =
      std::min(candidates_.size(), static_cast<std::size_t>(rules_.config.beam));
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(kept),
                    candidates_.end(), better);
  const bool last = steps_ >= rules_.config.max_length;
  next_live_.count = next_finished_.count = 0;
  for (const Candidate& candidate : std::span(candidates_).first(kept)) {
    const auto row = static_cast<std::size_t>(candidate.row);
    if (candidate.finished) {
      next_finished_.add() = finished_.all[row];
      continue;
    }
    const bool finished = candidate.token == rules_.end;
    continued(candidate, finished || last ? next_finished_ : next_live_);
  }
  std::swap(live_, next_live_);
  std::swap(finished_, next_finished_);
}

Hypothesis& BeamSearch::continued(const Candidate& candidate, Pool& pool) {
  Hypothesis& next = pool.add();
  next.tokens = live_.all[static_cast<std::size_t>(candidate.row)].tokens;
  next.tokens.push_back(candidate.token);
  next.log_probability = candidate.log_probability;
  next.score = candidate.score;
  next.parent = candidate.row;
  next.finished = candidate.token == rules_.end;
  return next;
}

void BeamSearch::add_forced_end(int row) {
  const double sum = live_.all[static_cast<std::size_t>(row)].log_probability;
  candidates_.push_back({.score = sum / penalty(steps_ + 1),
                         .log_probability = sum,
                         .row = row,
                         .token = rules_.end});
}

void BeamSearch::keep_apart() {
  const auto beam = static_cast<std::size_t>(rules_.config.beam);
  const auto better = [](const Candidate& a, const Candidate& b) {
    return std::tuple(-a.log_probability, a.row, a.token) <
           std::tuple(-b.log_probability, b.row, b.token);
  };
  const std::size_t kept = std::min(candidates_.size(), 2 * beam);
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(kept),
                    candidates_.end(), better);
  const bool last = steps_ >= rules_.config.max_length;
  next_live_.count = 0;
  for (std::size_t rank = 0; rank < kept; ++rank) {
    const Candidate& candidate = candidates_[rank];
    const bool ends = last || candidate.token == rules_.end;
    if (ends && rank < beam) add_finished(candidate);
    if (!ends && next_live_.count < beam) continued(candidate, next_live_);
  }
  std::swap(live_, next_live_);
  end_when_settled();
}

// Into the list, which is sorted; of equal scores the earlier one stays before.
void BeamSearch::add_finished(const Candidate& candidate) {
  const auto beam = static_cast<std::size_t>(rules_.config.beam);
  if (finished_.count == beam) {
    if (candidate.score <= finished_.all[beam - 1].score) return;
    --finished_.count;
  }
  continued(candidate, finished_);
  for (std::size_t i = finished_.count - 1;
       i > 0 && finished_.all[i].score > finished_.all[i - 1].score; --i)
    std::swap(finished_.all[i], finished_.all[i - 1]);
}

void BeamSearch::end_when_settled() {
  if (live_.count == 0 || finished_.count < static_cast<std::size_t>(rules_.config.beam)) return;
  const double possible = live_.all.front().log_probability / penalty(steps_);
  if (possible <= finished_.all[finished_.count - 1].score) live_.count = 0;
}

const Hypothesis& BeamSearch::best() const {
  if (rules_.style == BeamStyle::kApart && finished_.count > 0) return finished_.all.front();
  const auto less = [](const Hypothesis& a, const Hypothesis& b) { return a.score < b.score; };
  const auto best_of = [&](const Pool& pool) {
    const auto some = std::span(pool.all).first(pool.count);
    return &*std::max_element(some.begin(), some.end(), less);
  };
  if (finished_.count == 0) return *best_of(live_);
  const Hypothesis* best = best_of(finished_);
  if (live_.count == 0) return *best;
  const Hypothesis* living = best_of(live_);
  return living->score > best->score ? *living : *best;
}

}  // namespace unimo::trainer
