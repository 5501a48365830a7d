// The shapes of the things, as filled outlines in a square from -1 to 1 with y downwards.
#pragma once

#include <vector>

#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct ShapePoint {
  double x, y;
};
using Outline = std::vector<ShapePoint>;

// How a part gets its colour from the thing's.
enum class Paint { kMain, kDark, kLight, kWood, kLeaf, kGlass, kBlack, kWhite, kCream, kCentre };

// Several outlines in one part leave holes where they overlap (even-odd).
struct ShapePart {
  Paint paint;
  std::vector<Outline> outlines;
};

// Parts from back to front. Texture belongs to the kMain parts alone.
std::vector<ShapePart> shape_of(Thing thing);

}  // namespace unimo::stages
