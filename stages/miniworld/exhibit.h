// One picture with all that is known about it.
#pragma once

#include <string>
#include <vector>

#include "stages/miniworld/captions.h"
#include "stages/miniworld/painter.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct Exhibit {
  Scene scene;
  std::string jpeg;                    // empty when no format of the world has pictures
  std::vector<PaintedObject> painted;  // likewise
  std::vector<SceneCaption> captions;
  std::string split;  // train, val, test
};

}  // namespace unimo::stages
