// Where the keys and values of each hypothesis's tokens lie. Those that were written stay where
// they are; a row that continues another knows the places of its tokens, and its own.
//
//   places.start(sources, limits);
//   places.arrange(rows);       // before each step; then place(r) is where row r writes
//   places.end_step();
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/decode/packed_decoder.h"

namespace unimo::trainer {

class RowPlaces {
 public:
  // Neighbouring rows of one source.
  struct Group {
    std::int64_t source = 0, begin = 0, count = 0;
  };

  void start(std::int64_t sources, const DecodeLimits& limits);
  // Ends the program where a row is of no source, continues none of the step before, or there are
  // more rows or steps than the limits say.
  void arrange(std::span<const DecodeRow> rows);
  void end_step();

  std::int64_t step() const { return step_; }
  std::int64_t place(std::int64_t row) const { return first_place_ + row; }
  // Of the row's tokens, step() + 1 of them; of the next row stride() further.
  const std::int32_t* of_row(std::int64_t row) const { return places_.data() + row * stride(); }
  std::int64_t stride() const { return limits_.steps; }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  DecodeLimits limits_;
  std::int64_t sources_ = 0, step_ = 0, first_place_ = 0, rows_before_ = 0;
  std::vector<std::int32_t> places_, next_places_;  // [rows, limits.steps]
  std::vector<Group> groups_;
};

}  // namespace unimo::trainer
