#include "trainer/decode/row_places.h"

#include <algorithm>
#include <utility>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

void RowPlaces::start(std::int64_t sources, const DecodeLimits& limits) {
  limits_ = limits;
  sources_ = sources;
  step_ = first_place_ = rows_before_ = 0;
  const auto numbers = static_cast<std::size_t>(limits.rows * limits.steps);
  places_.assign(numbers, 0);
  next_places_.assign(numbers, 0);
  groups_.reserve(static_cast<std::size_t>(sources));
}

void RowPlaces::arrange(std::span<const DecodeRow> rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  UNIMO_CHECK(count > 0 && count <= limits_.rows && step_ < limits_.steps,
              "step {} of {} with {} rows of {}", step_, limits_.steps, count, limits_.rows);
  groups_.clear();
  for (std::int64_t i = 0; i < count; ++i) {
    const DecodeRow& row = rows[static_cast<std::size_t>(i)];
    UNIMO_CHECK(row.source >= 0 && row.source < sources_ &&
                    (step_ == 0 || (row.parent >= 0 && row.parent < rows_before_)),
                "row {} continues row {} of source {}", i, row.parent, row.source);
    if (groups_.empty() || groups_.back().source != row.source)
      groups_.push_back({row.source, i, 0});
    ++groups_.back().count;
    std::int32_t* places = next_places_.data() + i * stride();
    if (step_ > 0) std::copy_n(of_row(row.parent), step_, places);
    places[step_] = static_cast<std::int32_t>(place(i));
  }
  std::swap(places_, next_places_);
  rows_before_ = count;
}

void RowPlaces::end_step() {
  ++step_;
  first_place_ += rows_before_;
}

}  // namespace unimo::trainer
