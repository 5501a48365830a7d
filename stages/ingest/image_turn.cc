#include "stages/ingest/image_turn.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

namespace unimo::stages {

namespace {

constexpr int kQuality = 95;

}  // namespace

Result<TurnedImage> turn_image(std::string_view bytes, int quarter_turns,
                               const ImageLimits& limits) {
  UNIMO_CHECK(quarter_turns >= 1 && quarter_turns <= 3, "cannot turn a picture {} times",
              quarter_turns);
  constexpr cv::RotateFlags kTurns[] = {cv::ROTATE_90_COUNTERCLOCKWISE, cv::ROTATE_180,
                                        cv::ROTATE_90_CLOCKWISE};
  const ImageProbe probe = probe_image(bytes, limits);
  if (!probe.good()) return fail(ErrorCode::kInvalid, "{}: {}", probe.reason, probe.detail);
  const cv::Mat pixels = UNIMO_TRY(decode_image(bytes, limits));
  cv::Mat turned;
  cv::rotate(pixels, turned, kTurns[quarter_turns - 1]);
  const bool jpeg = probe.ending == "jpg";
  std::vector<uchar> encoded;
  const std::vector<int> options =
      jpeg ? std::vector<int>{cv::IMWRITE_JPEG_QUALITY, kQuality} : std::vector<int>{};
  try {
    if (!cv::imencode(jpeg ? ".jpg" : ".png", turned, encoded, options))
      return fail(ErrorCode::kFailed, "the turned picture cannot be encoded");
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::kFailed, "the turned picture cannot be encoded: {}", error.what());
  }
  return TurnedImage{.bytes = std::string(encoded.begin(), encoded.end()),
                     .ending = jpeg ? "jpg" : "png",
                     .width = turned.cols,
                     .height = turned.rows};
}

}  // namespace unimo::stages
