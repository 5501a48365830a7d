#include "trainer/objectives/seq2seq.h"

#include <algorithm>
#include <cmath>

namespace unimo::trainer {
namespace {

int draw_between(int low, int high, Random& draws) {
  const int span = std::max(high - low, 0) + 1;
  return low + static_cast<int>(draws.below(span));
}

int slice_length(bool target, bool short_kind, const Seq2SeqConfig& c, Random& draws) {
  if (target) {
    return short_kind ? draw_between(c.short_target_min, c.short_target_max, draws)
                      : draw_between(c.long_target_min, c.long_target_max, draws);
  }
  return short_kind ? draw_between(c.short_source_min, c.short_source_max, draws)
                    : draw_between(c.long_source_min, c.long_source_max, draws);
}

Seq2SeqPlan whole(int size) {
  Seq2SeqPlan plan;
  if (size > 0) plan.target.push_back({0, size});
  return plan;
}

// A text that ended inside its first source slice would teach nothing: its last tokens become the
// target.
void ensure_target(int size, const Seq2SeqConfig& c, Random& draws, Seq2SeqPlan& plan) {
  if (!plan.target.empty()) return;
  const int length = std::min(slice_length(true, true, c, draws), size - 1);
  plan.source.back().end = size - length;
  plan.target.push_back({size - length, size});
}

Seq2SeqPlan plan_slices(int size, const Seq2SeqConfig& config, Random& draws) {
  Seq2SeqPlan plan;
  bool target = draws.uniform() < 0.5;
  for (int at = 0; at < size; target = !target) {
    const bool short_kind = draws.uniform() < config.short_share;
    const int end = std::min(at + slice_length(target, short_kind, config, draws), size);
    (target ? plan.target : plan.source).push_back({at, end});
    at = end;
  }
  ensure_target(size, config, draws, plan);
  return plan;
}

// Where a fragment of `length` fits between what is taken.
std::vector<int> free_places(const std::vector<bool>& taken, int length) {
  std::vector<int> places;
  int free = 0;
  for (int i = 0; i < static_cast<int>(taken.size()); ++i) {
    free = taken[static_cast<std::size_t>(i)] ? 0 : free + 1;
    if (free >= length) places.push_back(i + 1 - length);
  }
  return places;
}

std::vector<Slice> gaps_between(const std::vector<Slice>& targets, int size) {
  std::vector<Slice> gaps;
  int at = 0;
  for (const Slice& target : targets) {
    if (target.begin > at) gaps.push_back({at, target.begin});
    at = target.end;
  }
  if (at < size) gaps.push_back({at, size});
  return gaps;
}

// Fragments of uniform length at uniform places among those that are free; the last one is cut to
// the share, and one that fits nowhere is shortened until it does.
Seq2SeqPlan plan_fragments(int size, const Seq2SeqConfig& config, Random& draws) {
  Seq2SeqPlan plan;
  std::vector<bool> taken(static_cast<std::size_t>(size), false);
  int left = std::min(static_cast<int>(std::ceil(config.fragment_share * size)), size);
  while (left > 0) {
    int length = std::min(draw_between(config.fragment_min, config.fragment_max, draws), left);
    std::vector<int> places = free_places(taken, length);
    while (places.empty()) places = free_places(taken, --length);
    const int begin = places[static_cast<std::size_t>(draws.below(places.size()))];
    std::fill_n(taken.begin() + begin, length, true);
    plan.target.push_back({begin, begin + length});
    left -= length;
  }
  std::ranges::sort(plan.target, {}, &Slice::begin);
  plan.source = gaps_between(plan.target, size);
  return plan;
}

}  // namespace

Seq2SeqPlan plan_seq2seq(int size, const Seq2SeqConfig& config, Random& draws) {
  const bool generate_all = draws.uniform() < config.whole_share;
  if (size < config.whole_below || size < 2 || generate_all) return whole(size);
  return config.cut == "fragments" ? plan_fragments(size, config, draws)
                                   : plan_slices(size, config, draws);
}

}  // namespace unimo::trainer
