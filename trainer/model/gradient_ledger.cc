#include "trainer/model/gradient_ledger.h"

#include <algorithm>
#include <utility>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

GradientLedger::GradientLedger(std::vector<std::int64_t> begins, std::int64_t size) : size_(size) {
  for (const std::int64_t begin : begins) entries_.push_back({.begin = begin});
}

std::span<GradientLedger::Entry> GradientLedger::entries_in(const GradientRange& range) {
  const auto at = [this](std::int64_t value) {
    return std::lower_bound(entries_.begin(), entries_.end(), value,
                            [](const Entry& e, std::int64_t v) { return e.begin < v; });
  };
  return {at(range.offset), at(range.offset + range.count)};
}

std::int64_t GradientLedger::end_of(const Entry& entry) const {
  return &entry == &entries_.back() ? size_ : (&entry + 1)->begin;
}

void GradientLedger::observe(GradientObserver* observer) {
  UNIMO_CHECK(observer_ == nullptr, "the gradients already have an observer");
  observer_ = observer;
  announce_free(entries_);
}

void GradientLedger::finish() {
  for (Entry& entry : entries_) entry.held = false;
  if (observer_ == nullptr) return;
  // An operation whose graph is kept may still be counted in: it adds nothing any more.
  std::vector<int> uses;
  for (Entry& entry : entries_) uses.push_back(std::exchange(entry.uses, 0));
  announce_free(entries_);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    entries_[i].uses = uses[i];
    entries_[i].announced = false;
  }
  observer_ = nullptr;
}

void GradientLedger::hold(const GradientRange& range) {
  for (Entry& entry : entries_in(range)) entry.held = true;
}

// Neighbours are announced together.
void GradientLedger::announce_free(std::span<Entry> entries) {
  if (observer_ == nullptr) return;
  GradientRange ready;
  const auto flush = [&] {
    if (ready.count > 0) observer_->gradient_ready(ready.offset, ready.count);
    ready = {};
  };
  for (Entry& entry : entries) {
    if (entry.uses > 0 || entry.held || entry.announced) {
      flush();
      continue;
    }
    entry.announced = true;
    if (ready.count == 0) ready.offset = entry.begin;
    ready.count = end_of(entry) - ready.offset;
  }
  flush();
}

GradientUse::GradientUse(std::shared_ptr<GradientLedger> ledger, std::vector<GradientRange> ranges)
    : ledger_(std::move(ledger)), ranges_(std::move(ranges)) {}

GradientUse::~GradientUse() { count_out(); }

void GradientUse::begin() {
  if (ledger_ == nullptr || counted_) return;
  counted_ = true;
  for (const GradientRange& range : ranges_) {
    for (GradientLedger::Entry& entry : ledger_->entries_in(range)) ++entry.uses;
  }
}

void GradientUse::count_out() {
  if (ledger_ == nullptr || !counted_) return;
  counted_ = false;
  for (const GradientRange& range : ranges_) {
    for (GradientLedger::Entry& entry : ledger_->entries_in(range)) --entry.uses;
  }
}

void GradientUse::end() {
  if (ledger_ == nullptr || !counted_) return;
  count_out();
  for (const GradientRange& range : ranges_) ledger_->announce_free(ledger_->entries_in(range));
}

}  // namespace unimo::trainer
