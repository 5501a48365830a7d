// Where a picture is described: 35 windows on a grid of 12 × 12 cells, and any annotated boxes.
#pragma once

#include <array>
#include <vector>

namespace unimo::stages {

inline constexpr int kCells = 12;  // on each side

// A rectangle in cells: 0 to 12 from left to right and from top to bottom; may cut cells.
struct CellBox {
  float x1 = 0, y1 = 0, x2 = kCells, y2 = kCells;
  bool operator==(const CellBox&) const = default;
};

// The whole picture; 3 × 3 windows of half its side, overlapping by half; 5 × 5 windows of a third
// of its side, overlapping by half. Row after row.
std::vector<CellBox> grid_windows();

// What part of each cell of a row (or column) of cells lies between two coordinates.
std::array<float, kCells> cell_overlaps(float from, float to);

// The box in the mirrored picture.
CellBox mirrored(const CellBox& box);

// The cell, row by row, that holds the pixel (x, y) of a square picture.
inline int cell_at(int x, int y, int size) {
  return (y * kCells / size) * kCells + x * kCells / size;
}

}  // namespace unimo::stages
