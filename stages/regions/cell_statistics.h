// Sums over the cells of a picture that do not need a dictionary: colours, textures, gradients,
// energies. Windows and boxes are described from these sums alone.
#pragma once

#include <span>

#include "stages/regions/matrix.h"
#include "stages/regions/picture.h"
#include "stages/regions/windows.h"

namespace unimo::stages {

// Columns of the table of cells.
inline constexpr int kHueBins = 4 + 12 * 3 * 4;  // greys, then hue × saturation × value
inline constexpr int kLightBins = 8;
inline constexpr int kChromaBins = 64;
inline constexpr int kMomentSums = 7;  // pixels; sums of L, a, b; of their squares
inline constexpr int kLbpBins = 59;
inline constexpr int kHogBins = 16;
inline constexpr int kGaborSums = 18;  // 3 scales × 6 orientations
inline constexpr int kHueAt = 0;
inline constexpr int kLightAt = kHueAt + kHueBins;
inline constexpr int kChromaAt = kLightAt + kLightBins;
inline constexpr int kMomentAt = kChromaAt + kChromaBins;
inline constexpr int kLbpAt = kMomentAt + kMomentSums;
inline constexpr int kHogAt = kLbpAt + kLbpBins;
inline constexpr int kGaborAt = kHogAt + kHogBins;
inline constexpr int kCellColumns = kGaborAt + kGaborSums;

Matrix cell_statistics(const Picture& picture);  // [144, kCellColumns]

// Mean magnitude of 18 Gabor filters in each cell, into the last columns of the table.
void add_gabor_energies(const Picture& picture, Matrix& cells);

// Adds the rows of the cells under `box`, each as far as the box covers it, columns from `first`
// on.
void add_cells_under(const Matrix& cells, const CellBox& box, int first, std::span<float> sums);

}  // namespace unimo::stages
