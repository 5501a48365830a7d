// Copies of a photograph as they turn up in other collections.
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "stages/decontaminate/held_pictures.h"

namespace unimo::stages::planted {

inline cv::Mat decode(const std::string& bytes) {
  const std::vector<unsigned char> data(bytes.begin(), bytes.end());
  return cv::imdecode(data, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
}

inline std::string encode(const cv::Mat& picture, int quality) {
  std::vector<unsigned char> data;
  cv::imencode(".jpg", picture, data, {cv::IMWRITE_JPEG_QUALITY, quality});
  return {data.begin(), data.end()};
}

// Without these shares of the sides.
inline cv::Mat cropped(const cv::Mat& picture, double left, double top, double right,
                       double bottom) {
  const auto pixels = [](double share, int side) { return static_cast<int>(share * side + 0.5); };
  const int x = pixels(left, picture.cols), y = pixels(top, picture.rows);
  return picture(cv::Rect(x, y, picture.cols - x - pixels(right, picture.cols),
                          picture.rows - y - pixels(bottom, picture.rows)))
      .clone();
}

inline cv::Mat resized(const cv::Mat& picture, double across, double down) {
  cv::Mat result;
  cv::resize(picture, result, {}, across, down, across < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

struct Kind {
  std::string_view name;
  std::string (*make)(const cv::Mat& picture);
};

inline constexpr std::array<Kind, 15> kKinds{{
    {"quality 90", [](const cv::Mat& p) { return encode(p, 90); }},
    {"quality 30", [](const cv::Mat& p) { return encode(p, 30); }},
    {"half the size", [](const cv::Mat& p) { return encode(resized(p, 0.5, 0.5), 80); }},
    {"2.2 times the size", [](const cv::Mat& p) { return encode(resized(p, 2.2, 2.2), 80); }},
    {"other proportions", [](const cv::Mat& p) { return encode(resized(p, 0.9, 0.6), 80); }},
    {"left 5 % cut", [](const cv::Mat& p) { return encode(cropped(p, .05, 0, 0, 0), 75); }},
    {"top 5 % cut", [](const cv::Mat& p) { return encode(cropped(p, 0, .05, 0, 0), 75); }},
    {"right 5 % cut", [](const cv::Mat& p) { return encode(cropped(p, 0, 0, .05, 0), 75); }},
    {"bottom 5 % cut", [](const cv::Mat& p) { return encode(cropped(p, 0, 0, 0, .05), 75); }},
    {"left 2 % cut", [](const cv::Mat& p) { return encode(cropped(p, .02, 0, 0, 0), 75); }},
    {"left and top 5 % cut",
     [](const cv::Mat& p) { return encode(cropped(p, .05, .05, 0, 0), 75); }},
    {"left and right 5 % cut",
     [](const cv::Mat& p) { return encode(cropped(p, .05, 0, .05, 0), 75); }},
    {"5 % cut all round",
     [](const cv::Mat& p) { return encode(cropped(p, .05, .05, .05, .05), 75); }},
    {"mirrored",
     [](const cv::Mat& p) {
       cv::Mat flipped;
       cv::flip(p, flipped, 1);
       return encode(flipped, 75);
     }},
    {"all at once",
     [](const cv::Mat& p) { return encode(resized(cropped(p, 0, .05, 0, 0), 0.7, 0.8), 50); }},
}};

// As the stage sees the bytes.
inline Look look(const std::string& bytes) {
  const cv::Mat picture = decode(bytes);
  return look_at_picture(bytes, picture.cols, picture.rows).value();
}

}  // namespace unimo::stages::planted
