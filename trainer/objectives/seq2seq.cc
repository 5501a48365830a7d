#include "trainer/objectives/seq2seq.h"

#include <algorithm>

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

}  // namespace

Seq2SeqPlan plan_seq2seq(int size, const Seq2SeqConfig& config, Random& draws) {
  const bool generate_all = draws.uniform() < config.whole_share;
  if (size < config.whole_below || size < 2 || generate_all) return whole(size);
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

}  // namespace unimo::trainer
