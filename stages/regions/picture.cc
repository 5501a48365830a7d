#include "stages/regions/picture.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "stages/ingest/image_probe.h"

namespace unimo::stages {

namespace {

Picture from_colours(const cv::Mat& bgr) {
  const int size = bgr.rows;
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  Picture picture{.size = size};
  cv::Mat gray, lab, hsv, scaled;
  cv::cvtColor(bgr, gray, cv::COLOR_BGR2GRAY);
  cv::cvtColor(bgr, hsv, cv::COLOR_BGR2HSV_FULL);
  bgr.convertTo(scaled, CV_32FC3, 1.0 / 255);
  cv::cvtColor(scaled, lab, cv::COLOR_BGR2Lab);
  for (Floats* plane : {&picture.gray, &picture.l, &picture.a, &picture.b}) plane->resize(pixels);
  for (auto* plane : {&picture.hue, &picture.saturation, &picture.value}) plane->resize(pixels);
  const float* lab_at = lab.ptr<float>();
  const std::uint8_t* hsv_at = hsv.ptr<std::uint8_t>();
  const std::uint8_t* gray_at = gray.ptr<std::uint8_t>();
  for (std::size_t i = 0; i < pixels; ++i) {
    picture.gray[i] = static_cast<float>(gray_at[i]);
    picture.l[i] = lab_at[3 * i];
    picture.a[i] = lab_at[3 * i + 1];
    picture.b[i] = lab_at[3 * i + 2];
    picture.hue[i] = hsv_at[3 * i];
    picture.saturation[i] = hsv_at[3 * i + 1];
    picture.value[i] = hsv_at[3 * i + 2];
  }
  return picture;
}

cv::Mat squash(const cv::Mat& image, int size) {
  if (image.cols == size && image.rows == size) return image;
  const bool shrinks = image.cols >= size && image.rows >= size;
  cv::Mat square;
  cv::resize(image, square, cv::Size(size, size), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return square;
}

}  // namespace

Result<Picture> load_picture(std::string_view bytes, std::string_view name, int width, int height,
                             int size) {
  auto decoded = decode_image(bytes, {});
  if (!decoded)
    return fail(ErrorCode::kInvalid, "{}: {}; ingest it again", name, decoded.error().message);
  const cv::Mat& image = *decoded;
  if (image.cols != width || image.rows != height) {
    return fail(ErrorCode::kInvalid, "{}: {}x{} pixels, its record says {}x{}; ingest it again",
                name, image.cols, image.rows, width, height);
  }
  return from_colours(squash(image, size));
}

Picture mirrored(const Picture& picture) {
  Picture mirror = picture;
  const auto flip = [&](auto& plane) {
    for (auto row = plane.begin(); row != plane.end(); row += picture.size) {
      std::reverse(row, row + picture.size);
    }
  };
  for (Floats* plane : {&mirror.gray, &mirror.l, &mirror.a, &mirror.b}) flip(*plane);
  for (auto* plane : {&mirror.hue, &mirror.saturation, &mirror.value}) flip(*plane);
  return mirror;
}

}  // namespace unimo::stages
