// What there is to ask: the rows of the lists, of which some have no address and some the address
// of an earlier row, which is asked only once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/fetch/address.h"
#include "stages/fetch/url_lists.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

struct PlannedRow {
  std::int64_t row = 0;
  std::string_view text;             // as the list has it
  std::optional<Address> address{};  // nothing: `status` says why
  std::string_view status{};
};

class RowPlan {
 public:
  // Walks over the lists once. `temporary` holds a file without a name meanwhile. `lists` and
  // `rewrites` must outlive the plan.
  static Result<RowPlan> make(const UrlLists& lists, const std::vector<HostRewrite>& rewrites,
                              const std::filesystem::path& temporary);

  // All rows in order.
  Status visit(const std::function<Status(PlannedRow&)>& visit) const;

  // An earlier row has the same address.
  bool repeats(std::int64_t row) const { return repeats_[static_cast<std::size_t>(row)]; }
  // The rows that repeat as payloads (eight bytes), the row they repeat as key. Sorted; once.
  SpillSort take_repeats() { return std::move(*std::exchange(repeated_, std::nullopt)); }

  std::int64_t rows() const { return static_cast<std::int64_t>(repeats_.size()); }
  // Rows without an address, by status.
  const std::map<std::string, std::int64_t>& bad() const { return bad_; }
  std::int64_t addresses() const { return addresses_; }  // different ones
  const std::vector<std::int64_t>& rows_of_lists() const { return rows_of_lists_; }

 private:
  RowPlan(const UrlLists& lists, const std::vector<HostRewrite>& rewrites)
      : lists_(&lists), rewrites_(&rewrites) {}
  Status find_repeats(SpillSort& by_address, const std::filesystem::path& temporary);

  const UrlLists* lists_;
  const std::vector<HostRewrite>* rewrites_;
  std::vector<bool> repeats_;
  std::optional<SpillSort> repeated_;
  std::map<std::string, std::int64_t> bad_;
  std::int64_t addresses_ = 0;
  std::vector<std::int64_t> rows_of_lists_;
};

}  // namespace unimo::stages
