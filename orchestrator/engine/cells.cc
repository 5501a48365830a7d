#include "orchestrator/engine/cells.h"

namespace unimo {

namespace {

std::uint32_t axis_size(const MatrixAxis& axis) {
  return static_cast<std::uint32_t>(axis.values.size());
}

}  // namespace

std::uint32_t cell_count(const std::vector<MatrixAxis>& matrix) {
  std::uint64_t count = 1;
  for (const MatrixAxis& axis : matrix) {
    count *= axis.values.size();
    if (count > 0xffffffff) return 0;
  }
  return static_cast<std::uint32_t>(count);
}

Json cell_values(const std::vector<MatrixAxis>& matrix, std::uint32_t cell) {
  Json values = Json::object();
  for (auto axis = matrix.rbegin(); axis != matrix.rend(); ++axis) {
    values[axis->key] = axis->values[cell % axis_size(*axis)];
    cell /= axis_size(*axis);
  }
  return values;
}

CellView::CellView(const std::vector<MatrixAxis>& matrix, const std::set<std::string>& keys) {
  std::uint32_t stride = 1;
  for (auto axis = matrix.rbegin(); axis != matrix.rend(); ++axis) {
    if (keys.count(axis->key) != 0) {
      digits_.push_back({&*axis, stride});
      size_ *= axis_size(*axis);
    }
    stride *= axis_size(*axis);
  }
}

std::uint32_t CellView::index(std::uint32_t cell) const {
  std::uint32_t index = 0;
  std::uint32_t stride = 1;
  for (const Digit& digit : digits_) {
    index += stride * (cell / digit.stride % axis_size(*digit.axis));
    stride *= axis_size(*digit.axis);
  }
  return index;
}

Json CellView::values(std::uint32_t cell) const {
  Json values = Json::object();
  for (const Digit& digit : digits_) {
    values[digit.axis->key] = digit.axis->values[cell / digit.stride % axis_size(*digit.axis)];
  }
  return values;
}

std::vector<std::uint32_t> matching_cells(const std::vector<MatrixAxis>& matrix,
                                          const std::vector<std::int64_t>& wanted) {
  std::vector<std::uint32_t> cells{0};
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const std::uint32_t size = axis_size(matrix[i]);
    std::vector<std::uint32_t> longer;
    for (const std::uint32_t cell : cells) {
      if (wanted[i] >= 0) {
        longer.push_back(cell * size + static_cast<std::uint32_t>(wanted[i]));
      } else {
        for (std::uint32_t digit = 0; digit < size; ++digit) longer.push_back(cell * size + digit);
      }
    }
    cells = std::move(longer);
  }
  return cells;
}

}  // namespace unimo
