// Is this a picture we can use? Looks at bytes, never at file names, and refuses before it
// allocates.
//
//   const ImageProbe probe = probe_image(bytes, {});
//   if (!probe.good()) quarantine.add(Item::kImage, {path, id, probe.reason, probe.detail});
//   const cv::Mat pixels = UNIMO_TRY(decode_image(bytes, {}));
//
// Understood are JPEG (also gray, CMYK and progressive), PNG, BMP and WebP. Bytes after the end of
// a JPEG, or its missing end marker, are fine as long as every block of pixels is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace cv {
class Mat;
}

namespace unimo::stages {

struct ImageLimits {
  std::int64_t max_pixels = 50'000'000;
};

struct ImageProbe {
  std::string_view ending;  // "jpg", "png", "bmp", "webp": the content, whatever the name says
  int width = 0;            // as stored: EXIF orientation is not applied
  int height = 0;
  std::string reason;  // empty: good; else empty_file, not_an_image, truncated, corrupt, too_large,
                       // unsupported
  std::string detail;
  bool good() const { return reason.empty(); }
};

// Decodes everything once, so that a good picture stays good later. JPEG is read at an eighth of
// its size, which still goes through every compressed bit.
ImageProbe probe_image(std::string_view bytes, const ImageLimits& limits);

// 8-bit BGR of any understood picture: gray is repeated, 16 bits become 8, palettes are looked up,
// alpha is dropped. EXIF orientation is ignored, because the boxes of every corpus are in stored
// pixels. Applies the limits; does not look for missing data again.
Result<cv::Mat> decode_image(std::string_view bytes, const ImageLimits& limits);

}  // namespace unimo::stages
