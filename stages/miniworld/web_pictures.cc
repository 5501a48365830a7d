#include "stages/miniworld/web_pictures.h"

#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "stages/miniworld/output_files.h"

namespace unimo::stages {

namespace {

Result<std::string> encoded(const cv::Mat& pixels, int quality) {
  std::vector<unsigned char> bytes;
  try {
    if (cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}))
      return std::string(bytes.begin(), bytes.end());
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::kFailed, "cannot encode a picture: {}", error.what());
  }
  return fail(ErrorCode::kFailed, "cannot encode a picture of {} x {}", pixels.cols, pixels.rows);
}

constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>This album is private."
    "</p></body></html>\n";

Result<std::string> unavailable_picture() {
  constexpr int kWidth = 128, kHeight = 96, kGrey = 200, kQuality = 90;
  return encoded(cv::Mat(kHeight, kWidth, CV_8UC3, cv::Scalar::all(kGrey)), kQuality);
}

}  // namespace

Fate draw_fate(Draws& draws) {
  const double fate = draws.uniform();
  if (fate < 0.02) return Fate::kGone;
  if (fate < 0.03) return Fate::kPage;
  return fate < 0.04 ? Fate::kUnavailable : Fate::kAlive;
}

std::string_view word(Fate fate) {
  constexpr std::array<std::string_view, 4> kWords{"alive", "gone", "page", "unavailable"};
  return kWords[static_cast<std::size_t>(fate)];
}

Status put_web_picture(const std::filesystem::path& path, Fate fate, std::string_view jpeg) {
  switch (fate) {
    case Fate::kAlive: return put_file(path, jpeg);
    case Fate::kGone: return ok();
    case Fate::kPage: return put_file(path, kPage);
    case Fate::kUnavailable: {
      const std::string picture = UNIMO_TRY(unavailable_picture());
      return put_file(path, picture);
    }
  }
  return ok();
}

Result<std::string> turned_clockwise(std::string_view jpeg, int quarter_turns, int quality) {
  constexpr std::array kTurns{cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180,
                              cv::ROTATE_90_COUNTERCLOCKWISE};
  if (quarter_turns % 4 == 0) return std::string(jpeg);
  cv::Mat turned;
  try {
    const std::vector<unsigned char> bytes(jpeg.begin(), jpeg.end());
    cv::rotate(cv::imdecode(bytes, cv::IMREAD_COLOR), turned,
               kTurns[static_cast<std::size_t>(quarter_turns % 4 - 1)]);
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::kFailed, "cannot turn a picture: {}", error.what());
  }
  return encoded(turned, quality);
}

}  // namespace unimo::stages
