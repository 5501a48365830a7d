// Scenes to pictures: drawn three times too large, made smaller, with a little noise, as JPEG.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

// Where an object is to be seen; pixels.
struct PaintedObject {
  std::array<double, 4> box{};                // x, y, width, height
  double area = 0;                            // of the polygons
  std::vector<std::vector<double>> polygons;  // x1, y1, x2, y2, … as COCO writes them
};

struct Painting {
  std::string jpeg;
  std::vector<PaintedObject> objects;  // as in the scene
};

// A pure function of its arguments; may be called from several threads.
Result<Painting> paint(const Scene& scene, std::uint64_t seed, const MiniWorld& params);

}  // namespace unimo::stages
