#include "trainer/cuda/attention_plan.h"

#include <algorithm>

namespace unimo::trainer {

namespace {

// The spans whose context meets rows [begin, end), and the span that holds them, ascending.
std::vector<std::int32_t> viewers_of(const std::vector<AttentionSpan>& spans,
                                     const std::vector<std::int32_t>& with_context,
                                     std::int32_t own, std::int32_t begin, std::int32_t end) {
  std::vector<std::int32_t> viewers = {own};
  for (const std::int32_t i : with_context) {
    const AttentionSpan& s = spans[static_cast<std::size_t>(i)];
    if (s.context_begin < end && begin < s.context_end) viewers.push_back(i);
  }
  std::sort(viewers.begin(), viewers.end());
  return viewers;
}

// For each span, the spans whose context meets it: found by halving, for spans lie in order.
std::vector<std::vector<std::int32_t>> readers_of(const std::vector<AttentionSpan>& spans) {
  std::vector<std::vector<std::int32_t>> readers(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].context_begin == spans[i].context_end) continue;
    auto other =
        std::upper_bound(spans.begin(), spans.end(), spans[i].context_begin,
                         [](std::int32_t row, const AttentionSpan& s) { return row < s.end; });
    for (; other != spans.end() && other->begin < spans[i].context_end; ++other) {
      readers[static_cast<std::size_t>(other - spans.begin())].push_back(
          static_cast<std::int32_t>(i));
    }
  }
  return readers;
}

void append_rows(std::int32_t begin, std::int32_t end, std::vector<std::int32_t>& rows) {
  for (std::int32_t row = begin; row < end; ++row) rows.push_back(row);
}

}  // namespace

TilePlan plan_tiles(const std::vector<AttentionSpan>& spans) {
  TilePlan plan;
  const auto readers = readers_of(spans);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const AttentionSpan& s = spans[i];
    const auto number = static_cast<std::int32_t>(i);
    plan.spans.push_back({s.begin, s.end, s.context_begin, s.context_end, s.causal ? 1 : 0});
    for (std::int32_t begin = s.begin; begin < s.end; begin += kAttentionTile) {
      const std::int32_t end = std::min(begin + kAttentionTile, s.end);
      plan.query_tiles.push_back({number, begin, end});
      const auto seen_by = viewers_of(spans, readers[i], number, begin, end);
      const auto first = static_cast<std::int32_t>(plan.viewers.size());
      plan.viewers.insert(plan.viewers.end(), seen_by.begin(), seen_by.end());
      plan.key_tiles.push_back({begin, end, first, static_cast<std::int32_t>(plan.viewers.size())});
    }
  }
  return plan;
}

FlashPlan plan_flash(const std::vector<AttentionSpan>& spans, std::int32_t rows) {
  FlashPlan plan;
  bool any_context = false;
  for (const bool causal : {false, true}) {
    FlashCall call{.causal = causal};
    for (const AttentionSpan& s : spans) {
      if (s.causal != causal) continue;
      const auto queries = static_cast<std::int32_t>(call.query_rows.size());
      const auto keys = static_cast<std::int32_t>(call.key_rows.size());
      call.query_begins.push_back(queries);
      call.key_begins.push_back(keys);
      append_rows(s.begin, s.end, call.query_rows);
      append_rows(s.context_begin, s.context_end, call.key_rows);
      append_rows(s.begin, s.end, call.key_rows);
      any_context = any_context || s.context_begin != s.context_end;
      call.longest_query = std::max(call.longest_query, s.end - s.begin);
      call.longest_key =
          std::max(call.longest_key, static_cast<std::int32_t>(call.key_rows.size()) - keys);
    }
    if (call.query_rows.empty()) continue;
    call.query_begins.push_back(static_cast<std::int32_t>(call.query_rows.size()));
    call.key_begins.push_back(static_cast<std::int32_t>(call.key_rows.size()));
    plan.calls.push_back(std::move(call));
  }
  plan.whole = plan.calls.size() == 1 && !any_context;
  if (plan.whole) return plan;
  plan.place_of.resize(static_cast<std::size_t>(rows));
  std::vector<std::int32_t> key_rows;
  std::int32_t place = 0;
  for (const FlashCall& call : plan.calls) {
    for (const std::int32_t row : call.query_rows)
      plan.place_of[static_cast<std::size_t>(row)] = place++;
    key_rows.insert(key_rows.end(), call.key_rows.begin(), call.key_rows.end());
  }
  plan.keys = plan_segments(key_rows, rows);
  return plan;
}

}  // namespace unimo::trainer
