// Which spans of a batch belong together; see attention.h.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "trainer/model/attention.h"

namespace unimo::trainer {

std::string span_mistake(const std::vector<AttentionSpan>& spans, std::int64_t rows) {
  std::int64_t next = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const AttentionSpan& s = spans[i];
    if (s.begin != next || s.end <= s.begin) {
      return fmt::format("span {} is rows [{}, {}): it must begin at {} and not be empty", i,
                         s.begin, s.end, next);
    }
    next = s.end;
    const bool empty = s.context_begin == s.context_end;
    if (!empty && (s.context_begin < 0 || s.context_end < s.context_begin || s.context_end > rows ||
                   (s.context_begin < s.end && s.begin < s.context_end))) {
      return fmt::format(
          "span {}: context [{}, {}) must lie inside the {} rows and outside the span", i,
          s.context_begin, s.context_end, rows);
    }
  }
  if (next != rows)
    return fmt::format("the spans cover {} of {} rows: every row needs one", next, rows);
  return {};
}

AttentionPlan plan_attention(const std::vector<AttentionSpan>& spans, std::int64_t rows) {
  AttentionPlan plan{.spans = spans, .groups = {}, .rows = rows};
  std::vector<std::int32_t> leader(spans.size());
  std::iota(leader.begin(), leader.end(), 0);
  const auto find = [&leader](std::int32_t i) {
    while (leader[static_cast<std::size_t>(i)] != i) i = leader[static_cast<std::size_t>(i)];
    return i;
  };
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].context_begin == spans[i].context_end) continue;
    auto other =
        std::upper_bound(spans.begin(), spans.end(), spans[i].context_begin,
                         [](std::int32_t row, const AttentionSpan& s) { return row < s.end; });
    for (; other != spans.end() && other->begin < spans[i].context_end; ++other) {
      const std::int32_t a = find(static_cast<std::int32_t>(i));
      const std::int32_t b = find(static_cast<std::int32_t>(other - spans.begin()));
      leader[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
    }
  }
  std::vector<std::int32_t> group_of(spans.size(), -1);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto head = static_cast<std::size_t>(find(static_cast<std::int32_t>(i)));
    if (group_of[head] < 0) {
      group_of[head] = static_cast<std::int32_t>(plan.groups.size());
      plan.groups.emplace_back();
    }
    plan.groups[static_cast<std::size_t>(group_of[head])].push_back(static_cast<std::int32_t>(i));
  }
  return plan;
}

}  // namespace unimo::trainer
