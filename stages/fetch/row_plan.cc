#include "stages/fetch/row_plan.h"

#include <algorithm>

#include "stages/fetch/numbered.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kSortBytes = 32 << 20;

}  // namespace

Result<RowPlan> RowPlan::make(const UrlLists& lists, const std::vector<HostRewrite>& rewrites,
                              const std::filesystem::path& temporary) {
  RowPlan plan(lists, rewrites);
  plan.rows_of_lists_.resize(lists.lists().size());
  SpillSort by_address(temporary, kSortBytes);
  UNIMO_TRY(lists.visit([&](const ListedUrl& listed) -> Status {
    plan.repeats_.push_back(false);
    ++plan.rows_of_lists_[listed.list];
    const auto address = listed.bad_row ? std::nullopt : parse_address(listed.text, rewrites);
    if (!address) {
      ++plan.bad_[listed.bad_row ? "bad_row" : "bad_url"];
      return ok();
    }
    return by_address.add(hash_of(address->url), numbered(listed.row, address->url));
  }));
  UNIMO_TRY(by_address.sort());
  UNIMO_TRY(plan.find_repeats(by_address, temporary));
  return plan;
}

// Equal addresses have equal keys and come in the order of their rows. Different addresses with
// one key are as good as impossible, and told apart all the same.
Status RowPlan::find_repeats(SpillSort& by_address, const std::filesystem::path& temporary) {
  struct First {
    std::string url;
    std::int64_t row;
  };
  repeated_.emplace(temporary, kSortBytes);
  std::vector<First> firsts;
  std::uint64_t key = 0;
  while (const SpillSort::Item* item = UNIMO_TRY(by_address.next())) {
    if (item->key != key) firsts.clear();
    key = item->key;
    std::string_view url = item->payload;
    const std::int64_t row = take_number(url);
    const auto first = std::find_if(firsts.begin(), firsts.end(),
                                    [&](const First& each) { return each.url == url; });
    if (first == firsts.end()) {
      firsts.push_back({std::string(url), row});
      ++addresses_;
      continue;
    }
    repeats_[static_cast<std::size_t>(row)] = true;
    UNIMO_TRY(repeated_->add(static_cast<std::uint64_t>(first->row), numbered(row)));
  }
  return repeated_->sort();
}

Status RowPlan::visit(const std::function<Status(PlannedRow&)>& visit) const {
  return lists_->visit([&](const ListedUrl& listed) -> Status {
    PlannedRow planned{.row = listed.row, .text = listed.text};
    if (!listed.bad_row) planned.address = parse_address(listed.text, *rewrites_);
    if (!planned.address) planned.status = listed.bad_row ? "bad_row" : "bad_url";
    return visit(planned);
  });
}

}  // namespace unimo::stages
