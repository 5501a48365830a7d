// The cells of a matrix as numbers: the last key varies fastest, nothing is ever written out.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/experiment/experiment.h"

namespace unimo {

// 0 when the product does not fit 32 bits.
std::uint32_t cell_count(const std::vector<MatrixAxis>& matrix);

Json cell_values(const std::vector<MatrixAxis>& matrix, std::uint32_t cell);

// The cells seen through some of the keys only: cells that agree in them have the same view.
class CellView {
 public:
  CellView(const std::vector<MatrixAxis>& matrix, const std::set<std::string>& keys);
  std::uint32_t size() const { return size_; }
  std::uint32_t index(std::uint32_t cell) const;
  Json values(std::uint32_t cell) const;  // only of the keys of this view

 private:
  struct Digit {
    const MatrixAxis* axis;
    std::uint32_t stride;  // in the number of the cell
  };
  std::vector<Digit> digits_;
  std::uint32_t size_ = 1;
};

// The cells whose keys have the given value indices (-1: any), in order, without looking at the
// others.
std::vector<std::uint32_t> matching_cells(const std::vector<MatrixAxis>& matrix,
                                          const std::vector<std::int64_t>& wanted);

}  // namespace unimo
