// A picture turned by quarter turns, for collections that say so beside their pictures
// (OpenImages' column Rotation).
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/image_probe.h"

namespace unimo::stages {

struct TurnedImage {
  std::string bytes;
  std::string_view ending;  // "jpg" or "png"
  int width = 0, height = 0;
};

// Decodes, turns by `quarter_turns` (1 to 3) counter-clockwise and encodes anew: JPEG at quality 95
// (the lowest at which blocks do not show), anything else as PNG without loss.
Result<TurnedImage> turn_image(std::string_view bytes, int quarter_turns,
                               const ImageLimits& limits);

}  // namespace unimo::stages
