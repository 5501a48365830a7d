#include "stages/decontaminate/picture_hash.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

namespace unimo::stages {

namespace {

constexpr int kSide = kGreySide;
constexpr int kFrequencies = 9;  // 0 to 8 along each side; used are 64 of the 81
using Basis = std::array<std::array<float, kSide>, kFrequencies>;

// Cosines over the part [begin, end) of a side, each pixel with the share of it that lies inside.
Basis cosines(double begin, double end) {
  Basis basis{};
  for (int x = 0; x < kSide; ++x) {
    const double from = std::max(begin, static_cast<double>(x) / kSide);
    const double to = std::min(end, static_cast<double>(x + 1) / kSide);
    if (to <= from) continue;
    const double place = ((from + to) / 2 - begin) / (end - begin);
    const double share = (to - from) / (end - begin);
    for (int u = 0; u < kFrequencies; ++u) {
      basis[static_cast<std::size_t>(u)][static_cast<std::size_t>(x)] =
          static_cast<float>(share * std::cos(std::numbers::pi * u * place));
    }
  }
  return basis;
}

struct FrameBasis {
  Basis across, down;
};

const std::array<FrameBasis, kFrames>& bases() {
  static const auto all = [] {
    std::array<FrameBasis, kFrames> result;
    for (std::size_t i = 0; i < kFrames; ++i) {
      const Frame& frame = frames()[i];
      result[i] = {cosines(frame.left, frame.right), cosines(frame.top, frame.bottom)};
    }
    return result;
  }();
  return all;
}

// The frequencies of the hash: 8 x 8 without the mean, and one more.
bool is_used(int u, int v) { return (u < 8 && v < 8 && u + v > 0) || (u == 8 && v == 0); }

std::uint64_t look_hash(const GreyPicture& picture, const FrameBasis& basis) {
  std::array<std::array<float, kSide>, kFrequencies> rows{};  // [u][y]
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      float sum = 0;
      for (std::size_t x = 0; x < kSide; ++x)
        sum += basis.across[u][x] * static_cast<float>(picture[y * kSide + x]);
      rows[u][y] = sum;
    }
  }
  std::uint64_t hash = 0;
  for (int v = 0; v < kFrequencies; ++v) {
    for (int u = 0; u < kFrequencies; ++u) {
      if (!is_used(u, v)) continue;
      const auto& row = rows[static_cast<std::size_t>(u)];
      const auto& down = basis.down[static_cast<std::size_t>(v)];
      float sum = 0;
      for (std::size_t y = 0; y < kSide; ++y) sum += down[y] * row[y];
      hash = hash << 1 | (sum > 0 ? 1U : 0U);
    }
  }
  return hash;
}

using Details = std::vector<float>;  // [kSide, kSide]

// Mean over 2 r + 1 pixels in a row of `step`-spaced values; fewer at the ends.
void blur_line(const float* in, float* out, std::size_t step, int radius) {
  for (int x = 0; x < kSide; ++x) {
    const int from = std::max(0, x - radius), to = std::min(kSide - 1, x + radius);
    float sum = 0;
    for (int i = from; i <= to; ++i) sum += in[static_cast<std::size_t>(i) * step];
    out[static_cast<std::size_t>(x) * step] = sum / static_cast<float>(to - from + 1);
  }
}

Details blurred(const Details& picture, int radius) {
  Details across(picture.size()), both(picture.size());
  for (std::size_t y = 0; y < kSide; ++y)
    blur_line(&picture[y * kSide], &across[y * kSide], 1, radius);
  for (std::size_t x = 0; x < kSide; ++x) blur_line(&across[x], &both[x], kSide, radius);
  return both;
}

// Without the finest grain, which encoding changes, and without the coarse light and dark, which
// other pictures share.
Details details_of(const GreyPicture& picture) {
  constexpr int kFine = 1, kCoarse = 4;
  const Details fine = blurred(Details(picture.begin(), picture.end()), kFine);
  Details details = blurred(fine, kCoarse);
  for (std::size_t i = 0; i < fine.size(); ++i) details[i] = fine[i] - details[i];
  return details;
}

// From pixels of b to pixels of a: x * scale + shift.
struct Alignment {
  double scale_x = 1, shift_x = 0, scale_y = 1, shift_y = 0;
};

Alignment align(const Frame& a, const Frame& b) {
  const double scale_x = (a.right - a.left) / (b.right - b.left);
  const double scale_y = (a.bottom - a.top) / (b.bottom - b.top);
  return {scale_x, (a.left - b.left * scale_x) * kSide, scale_y, (a.top - b.top * scale_y) * kSide};
}

// Correlation of b with what lies under it in a.
double correlation(const Details& a, const Details& b, const Alignment& align) {
  constexpr double kLeastDeviation = 1.0;  // grey levels; less is the noise of encoding
  double n = 0, sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  for (int y = 0; y < kSide; ++y) {
    const double from_y = (y + 0.5) * align.scale_y + align.shift_y - 0.5;
    if (from_y < 0 || from_y > kSide - 1) continue;
    const int row = std::min(static_cast<int>(from_y), kSide - 2);
    const double weight_y = from_y - row;
    for (int x = 0; x < kSide; ++x) {
      const double from_x = (x + 0.5) * align.scale_x + align.shift_x - 0.5;
      if (from_x < 0 || from_x > kSide - 1) continue;
      const int column = std::min(static_cast<int>(from_x), kSide - 2);
      const double weight_x = from_x - column;
      const float* place = &a[static_cast<std::size_t>(row * kSide + column)];
      const double upper = place[0] + weight_x * (place[1] - place[0]);
      const double lower = place[kSide] + weight_x * (place[kSide + 1] - place[kSide]);
      const double va = upper + weight_y * (lower - upper);
      const double vb = b[static_cast<std::size_t>(y * kSide + x)];
      n += 1, sum_a += va, sum_b += vb, aa += va * va, bb += vb * vb, ab += va * vb;
    }
  }
  if (n < kSide * kSide / 2.0) return 0;
  const double var_a = aa / n - sum_a / n * (sum_a / n);
  const double var_b = bb / n - sum_b / n * (sum_b / n);
  constexpr double kLeast = kLeastDeviation * kLeastDeviation;
  if (var_a < kLeast || var_b < kLeast) return 0;
  return (ab / n - sum_a / n * (sum_b / n)) / std::sqrt(var_a * var_b);
}

// Moves `value` while that helps.
bool improve(const Details& a, const Details& b, Alignment& best, double& top,
             const Alignment& step) {
  bool moved = false;
  for (const double sign : {1.0, -1.0}) {
    const Alignment next{best.scale_x + sign * step.scale_x, best.shift_x + sign * step.shift_x,
                         best.scale_y + sign * step.scale_y, best.shift_y + sign * step.shift_y};
    const double value = correlation(a, b, next);
    if (value <= top) continue;
    top = value;
    best = next;
    moved = true;
  }
  return moved;
}

}  // namespace

Result<GreyPicture> grey_picture(std::string_view bytes, int width, int height) {
  const int side = std::min(width, height);
  // The decoder drops frequencies that the small picture has no room for anyway.
  int flags = cv::IMREAD_GRAYSCALE;
  if (side >= 16 * kSide)
    flags = cv::IMREAD_REDUCED_GRAYSCALE_8;
  else if (side >= 8 * kSide)
    flags = cv::IMREAD_REDUCED_GRAYSCALE_4;
  else if (side >= 4 * kSide)
    flags = cv::IMREAD_REDUCED_GRAYSCALE_2;
  if (bytes.empty() || !std::in_range<int>(bytes.size()))
    return fail(ErrorCode::kInvalid, "{} bytes are no picture", bytes.size());
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<char*>(bytes.data()));
  try {
    const cv::Mat decoded = cv::imdecode(encoded, flags | cv::IMREAD_IGNORE_ORIENTATION);
    if (decoded.empty()) return fail(ErrorCode::kInvalid, "the bytes are no whole picture");
    GreyPicture picture{};
    cv::Mat small(kSide, kSide, CV_8UC1, picture.data());
    cv::resize(decoded, small, small.size(), 0, 0, cv::INTER_AREA);
    return picture;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalid, "cannot decode: {}", error.what());
  }
}

GreyPicture mirrored(const GreyPicture& picture) {
  GreyPicture result;
  for (std::size_t y = 0; y < kSide; ++y) {
    std::reverse_copy(picture.begin() + static_cast<std::ptrdiff_t>(y * kSide),
                      picture.begin() + static_cast<std::ptrdiff_t>((y + 1) * kSide),
                      result.begin() + static_cast<std::ptrdiff_t>(y * kSide));
  }
  return result;
}

const std::array<Frame, kFrames>& frames() {
  constexpr double kLow = kCut, kHigh = 1 - kCut;
  static const std::array<Frame, kFrames> all{{{0, 0, 1, 1},
                                               {kLow, 0, 1, 1},
                                               {0, kLow, 1, 1},
                                               {0, 0, kHigh, 1},
                                               {0, 0, 1, kHigh},
                                               {kLow, kLow, 1, 1},
                                               {kLow, 0, 1, kHigh},
                                               {0, kLow, kHigh, 1},
                                               {0, 0, kHigh, kHigh},
                                               {kLow, kLow, kHigh, kHigh}}};
  return all;
}

std::array<std::uint64_t, kFrames> look_hashes(const GreyPicture& picture) {
  std::array<std::uint64_t, kFrames> hashes{};
  for (std::size_t i = 0; i < kFrames; ++i) hashes[i] = look_hash(picture, bases()[i]);
  return hashes;
}

double detail_correlation(const GreyPicture& a, const Frame& frame_a, const GreyPicture& b,
                          const Frame& frame_b) {
  const Details details_a = details_of(a), details_b = details_of(b);
  Alignment best = align(frame_a, frame_b);
  double top = correlation(details_a, details_b, best);
  // A change of scale turns about the middle of the side.
  constexpr double kMiddle = kSide / 2.0;
  for (const double pixels : {1.0, 0.5, 0.25}) {
    const double scale = pixels / kMiddle;
    const std::array<Alignment, 4> steps{{{0, pixels, 0, 0},
                                          {0, 0, 0, pixels},
                                          {scale, -scale * kMiddle, 0, 0},
                                          {0, 0, scale, -scale * kMiddle}}};
    constexpr int kRounds = 4;
    bool moved = true;
    for (int round = 0; round < kRounds && moved; ++round) {
      moved = false;
      for (const Alignment& step : steps)
        moved = improve(details_a, details_b, best, top, step) || moved;
    }
  }
  return top;
}

}  // namespace unimo::stages
