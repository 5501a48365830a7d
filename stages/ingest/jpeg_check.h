// Walks through a whole JPEG with libjpeg and says what is wrong with it. OpenCV decodes damaged
// files in silence; libjpeg's warnings tell a cut file from one that only lacks its end marker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unimo::stages {

struct JpegCheck {
  int width = 0;
  int height = 0;
  std::string
      reason;  // empty: every block is there; else truncated, corrupt, too_large or unsupported
  std::string detail;
};

// `full` false: stops after the header.
JpegCheck check_jpeg(std::string_view bytes, std::int64_t max_pixels, bool full = true);

}  // namespace unimo::stages
