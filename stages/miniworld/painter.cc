#include "stages/miniworld/painter.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "stages/miniworld/backgrounds.h"
#include "stages/miniworld/draws.h"
#include "stages/miniworld/things.h"

namespace unimo::stages {

namespace {

// The canvas is this much larger than the picture; shrinking it smooths every edge.
constexpr int kOversize = 3;
constexpr int kShift = 4;

using Colour3 = cv::Vec3d;  // BGR, 0 to 255

Colour3 rgb(double r, double g, double b) { return {b, g, r}; }

Colour3 mix(const Colour3& a, const Colour3& b, double share) {
  return a * (1 - share) + b * share;
}

Colour3 base_colour(Colour colour) {
  switch (colour) {
    case Colour::kRed: return rgb(214, 40, 45);
    case Colour::kOrange: return rgb(245, 135, 30);
    case Colour::kYellow: return rgb(250, 212, 40);
    case Colour::kGreen: return rgb(40, 150, 65);
    case Colour::kBlue: return rgb(35, 95, 205);
    case Colour::kPurple: return rgb(125, 55, 165);
    case Colour::kPink: return rgb(245, 145, 190);
    case Colour::kBrown: return rgb(120, 76, 44);
  }
  return {};
}

// The colours of one object's parts.
struct Palette {
  Colour3 main, second, dark, light, centre, edge;
};

Palette palette_of(Colour colour, Draws& draws) {
  Colour3 main = base_colour(colour);
  for (int i = 0; i < 3; ++i) main[i] = std::clamp(main[i] + draws.between(-9, 9), 0.0, 255.0);
  const bool bright =
      colour == Colour::kYellow || colour == Colour::kPink || colour == Colour::kOrange;
  const Colour3 white = rgb(255, 255, 255);
  const Colour3 black = rgb(0, 0, 0);
  // The second colour of a pattern must stand out in a thing of thirty pixels.
  const Colour3 second = bright ? mix(main, black, 0.42) : mix(main, white, 0.72);
  const bool warm = colour == Colour::kYellow || colour == Colour::kOrange;
  return {main,
          second,
          mix(main, black, 0.3),
          mix(main, white, 0.6),
          warm ? rgb(120, 76, 44) : rgb(252, 214, 70),
          mix(main, black, 0.6)};
}

Colour3 colour_of(Paint paint, const Palette& palette) {
  switch (paint) {
    case Paint::kMain: return palette.main;
    case Paint::kDark: return palette.dark;
    case Paint::kLight: return palette.light;
    case Paint::kCentre: return palette.centre;
    case Paint::kWood: return rgb(116, 80, 52);
    case Paint::kLeaf: return rgb(70, 140, 60);
    case Paint::kGlass: return rgb(200, 228, 242);
    case Paint::kBlack: return rgb(45, 45, 50);
    case Paint::kWhite: return rgb(250, 250, 250);
    case Paint::kCream: return rgb(245, 232, 208);
  }
  return {};
}

// True where a pattern shows its second colour; u and v are in units of the pattern's period.
bool second_colour(Texture texture, double u, double v) {
  const auto part = [](double x) { return x - std::floor(x); };
  switch (texture) {
    case Texture::kPlain: return false;
    case Texture::kStriped: return part(u + 0.25) < 0.5;
    case Texture::kDotted: {
      const double row = std::floor(v);
      const double du = part(u + (std::fmod(std::abs(row), 2.0) < 0.5 ? 0.0 : 0.5)) - 0.5;
      const double dv = part(v) - 0.5;
      return du * du + dv * dv < 0.095;
    }
    case Texture::kCheckered: return (part(u / 2) < 0.5) != (part(v / 2) < 0.5);
  }
  return false;
}

// One object on the large canvas.
class Brush {
 public:
  Brush(cv::Mat& canvas, const SceneObject& object, Draws& draws)
      : canvas_(canvas),
        object_(object),
        palette_(palette_of(object.colour, draws)),
        side_(canvas.rows),
        half_(object.half * side_),
        cos_(std::cos(object.angle * std::numbers::pi / 180)),
        sin_(std::sin(object.angle * std::numbers::pi / 180)),
        vertical_stripes_(draws.chance(0.5)) {
    for (const ShapePart& part : shape_of(object.thing)) {
      masks_.push_back(mask_of(part));
      paints_.push_back(part.paint);
    }
    silhouette_ = cv::Mat::zeros(canvas.size(), CV_8UC1);
    for (const cv::Mat& mask : masks_) silhouette_ |= mask;
    const int edge = std::max(1, cvRound(0.006 * side_));
    const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * edge + 1, 2 * edge + 1});
    cv::dilate(silhouette_, silhouette_, disc);
    area_ = cv::boundingRect(silhouette_);
  }

  void paint() {
    shadow();
    canvas_.setTo(cv::Scalar(palette_.edge), silhouette_);
    for (std::size_t i = 0; i < masks_.size(); ++i) fill(masks_[i], paints_[i]);
  }

  // The outline as polygons of the small picture.
  PaintedObject trace(int picture_side) const {
    PaintedObject painted;
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(silhouette_.clone(), contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    const auto shrink = [](int value) { return std::round(100.0 * value / kOversize) / 100; };
    const auto limit = [&](double value) {
      return std::clamp(value, 0.0, static_cast<double>(picture_side));
    };
    double x1 = picture_side, y1 = picture_side, x2 = 0, y2 = 0;
    for (const auto& contour : contours) {
      std::vector<cv::Point> simple;
      cv::approxPolyDP(contour, simple, 1.2, true);
      if (simple.size() < 3) continue;
      painted.area += cv::contourArea(simple) / (kOversize * kOversize);
      std::vector<double> polygon;
      for (const cv::Point& p : simple) {
        polygon.push_back(limit(shrink(p.x)));
        polygon.push_back(limit(shrink(p.y)));
      }
      painted.polygons.push_back(std::move(polygon));
    }
    x1 = limit(std::floor(static_cast<double>(area_.x) / kOversize));
    y1 = limit(std::floor(static_cast<double>(area_.y) / kOversize));
    x2 = limit(std::ceil(static_cast<double>(area_.x + area_.width) / kOversize));
    y2 = limit(std::ceil(static_cast<double>(area_.y + area_.height) / kOversize));
    painted.box = {x1, y1, x2 - x1, y2 - y1};
    painted.area = std::round(painted.area * 100) / 100;
    return painted;
  }

 private:
  cv::Mat mask_of(const ShapePart& part) const {
    std::vector<std::vector<cv::Point>> outlines;
    for (const Outline& outline : part.outlines) {
      std::vector<cv::Point> points;
      for (const ShapePoint& p : outline) {
        const double x = object_.x * side_ + half_ * (p.x * cos_ - p.y * sin_);
        const double y = object_.y * side_ + half_ * (p.x * sin_ + p.y * cos_);
        points.emplace_back(cvRound(x * (1 << kShift)), cvRound(y * (1 << kShift)));
      }
      outlines.push_back(std::move(points));
    }
    cv::Mat mask = cv::Mat::zeros(canvas_.size(), CV_8UC1);
    cv::fillPoly(mask, outlines, 255, cv::LINE_8, kShift);
    return mask;
  }

  void fill(const cv::Mat& mask, Paint paint) {
    const Colour3 colour = colour_of(paint, palette_);
    // A pattern needs about five final pixels a period to survive the shrinking.
    const double period =
        std::max(0.3 * half_, 5.5 * kOversize) * (object_.texture == Texture::kCheckered ? 0.6 : 1);
    for (int y = area_.y; y < area_.y + area_.height; ++y) {
      for (int x = area_.x; x < area_.x + area_.width; ++x) {
        if (mask.at<uchar>(y, x) == 0) continue;
        const double dx = x - object_.x * side_;
        const double dy = y - object_.y * side_;
        const double u = (dx * cos_ + dy * sin_) / period;
        const double v = (dy * cos_ - dx * sin_) / period;
        const bool stripe_down = object_.texture == Texture::kStriped && !vertical_stripes_;
        const bool second =
            paint == Paint::kMain &&
            second_colour(object_.texture, stripe_down ? v : u, stripe_down ? u : v);
        // Light comes from the upper left.
        const double light = 1.05 - 0.13 * (dx + dy) / (2 * half_);
        const Colour3 shaded = (second ? palette_.second : colour) * light;
        canvas_.at<cv::Vec3b>(y, x) =
            cv::Vec3b(cv::saturate_cast<uchar>(shaded[0]), cv::saturate_cast<uchar>(shaded[1]),
                      cv::saturate_cast<uchar>(shaded[2]));
      }
    }
  }

  void shadow() {
    const int offset = cvRound(0.018 * side_);
    const int blur = 2 * cvRound(0.014 * side_) + 1;
    const int reach = offset + blur;
    const cv::Rect around = (area_ + cv::Size(2 * reach, 2 * reach) - cv::Point(reach, reach)) &
                            cv::Rect({0, 0}, canvas_.size());
    cv::Mat soft = cv::Mat::zeros(around.size(), CV_8UC1);
    const cv::Rect target =
        (area_ - around.tl() + cv::Point(offset, offset)) & cv::Rect({0, 0}, soft.size());
    silhouette_(cv::Rect(area_.tl(), target.size())).copyTo(soft(target));
    cv::blur(soft, soft, {blur, blur});
    cv::Mat region = canvas_(around);
    for (int y = 0; y < region.rows; ++y) {
      for (int x = 0; x < region.cols; ++x) {
        const int keep = 255 - soft.at<uchar>(y, x) * 35 / 100;
        auto& pixel = region.at<cv::Vec3b>(y, x);
        for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uchar>(pixel[c] * keep / 255);
      }
    }
  }

  cv::Mat& canvas_;
  const SceneObject& object_;
  Palette palette_;
  double side_, half_, cos_, sin_;
  bool vertical_stripes_;
  std::vector<cv::Mat> masks_;
  std::vector<Paint> paints_;
  cv::Mat silhouette_;
  cv::Rect area_;
};

// Uneven light, a slight cast and the noise of a cheap camera.
void photograph(cv::Mat& picture, Draws& draws) {
  const double gain = draws.between(0.93, 1.05);
  const std::array<double, 3> cast{draws.between(-5, 5), draws.between(-3, 3),
                                   draws.between(-5, 5)};
  const double noise = draws.between(1.5, 4.5);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      auto& pixel = picture.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        // Two uniform draws make a triangle, near enough to a bell.
        const double error = noise * (draws.uniform() + draws.uniform() - 1) * 1.7;
        pixel[c] =
            cv::saturate_cast<uchar>(pixel[c] * gain + cast[static_cast<std::size_t>(c)] + error);
      }
    }
  }
}

Result<std::string> encode(const cv::Mat& picture, int quality) {
  std::vector<uchar> bytes;
  if (!cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality})) {
    return fail(ErrorCode::kFailed, "cannot encode a picture as JPEG");
  }
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

Result<Painting> paint(const Scene& scene, std::uint64_t seed, const MiniWorld& params) {
  const auto number = static_cast<std::uint64_t>(scene.number);
  Draws backdrop(seed, "backdrop", number);
  Draws brush_draws(seed, "brush", number);
  Draws camera(seed, "camera", number);
  try {
    const int side = params.image_size * kOversize;
    cv::Mat canvas(side, side, CV_8UC3);
    paint_background(canvas, scene.place, backdrop);
    Painting painting;
    // What stands on or in something is painted after it; the first object is the one on or inside
    // the second.
    std::vector<std::size_t> order;
    for (std::size_t i = scene.objects.size(); i > 0; --i) order.push_back(i - 1);
    painting.objects.resize(scene.objects.size());
    for (const std::size_t i : order) {
      Brush brush(canvas, scene.objects[i], brush_draws);
      brush.paint();
      painting.objects[i] = brush.trace(params.image_size);
    }
    cv::Mat picture;
    cv::resize(canvas, picture, {params.image_size, params.image_size}, 0, 0, cv::INTER_AREA);
    photograph(picture, camera);
    painting.jpeg = UNIMO_TRY(encode(picture, params.jpeg_quality));
    return painting;
  } catch (const std::exception& error) {  // cv::Exception, or no memory
    return fail(ErrorCode::kFailed, "cannot paint picture {}: {}", scene.number, error.what());
  }
}

}  // namespace unimo::stages
