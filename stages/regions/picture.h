// A photograph as the descriptors see it: squashed to a square, in grey and in two colour spaces.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/matrix.h"

namespace unimo::stages {

// Planes of size × size, row after row.
struct Picture {
  int size = 0;
  Floats gray;                           // 0 to 255
  Floats l, a, b;                        // CIE Lab of sRGB: 0 to 100, about -127 to 127
  std::vector<std::uint8_t> hue;         // 0 to 255 around the circle
  std::vector<std::uint8_t> saturation;  // 0 to 255
  std::vector<std::uint8_t> value;       // 0 to 255
};

// Decodes the bytes as stored (orientation tags ignored, as for the boxes of records). What cannot
// be decoded, or has another size than `width` × `height`, is an error that begins with `name`.
Result<Picture> load_picture(std::string_view bytes, std::string_view name, int width, int height,
                             int size);

Picture mirrored(const Picture& picture);

}  // namespace unimo::stages
