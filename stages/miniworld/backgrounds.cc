#include "stages/miniworld/backgrounds.h"

#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace unimo::stages {

namespace {

// Red, green, blue as designers write them; the canvas is BGR.
cv::Scalar rgb(double r, double g, double b) { return {b, g, r}; }

cv::Scalar mix(const cv::Scalar& a, const cv::Scalar& b, double share) {
  return a * (1 - share) + b * share;
}

cv::Scalar vary(const cv::Scalar& colour, Draws& draws, double amount = 10) {
  return colour + cv::Scalar(draws.between(-amount, amount), draws.between(-amount, amount),
                             draws.between(-amount, amount));
}

class Backdrop {
 public:
  Backdrop(cv::Mat& canvas, Draws& draws) : canvas_(canvas), draws_(draws), size_(canvas.rows) {}

  void meadow() {
    gradient(0, 1, vary(rgb(135, 190, 235), draws_), rgb(225, 240, 250));
    clouds(rgb(250, 252, 255));
    ground(draws_.between(0.48, 0.6), vary(rgb(150, 205, 120), draws_), 0.05);
    ground(draws_.between(0.64, 0.72), vary(rgb(120, 185, 95), draws_), 0.03);
    strokes(0.62, 160, rgb(90, 155, 70), 0.018, 0.25);
  }

  void beach() {
    gradient(0, 0.45, vary(rgb(150, 205, 240), draws_), rgb(235, 245, 250));
    clouds(rgb(255, 255, 255));
    const double horizon = draws_.between(0.34, 0.42);
    band(horizon, 1, vary(rgb(60, 150, 190), draws_));
    for (double y = horizon + 0.02; y < 0.62; y += 0.035) wave(y, rgb(150, 210, 230));
    ground(draws_.between(0.58, 0.66), vary(rgb(238, 215, 165), draws_), 0.02);
    specks(0.66, 220, rgb(210, 180, 125), 0.004);
  }

  void snow() {
    gradient(0, 0.7, vary(rgb(180, 200, 220), draws_), rgb(232, 238, 245));
    ground(draws_.between(0.44, 0.54), vary(rgb(218, 228, 240), draws_, 5), 0.06);
    ground(draws_.between(0.62, 0.7), vary(rgb(243, 247, 252), draws_, 4), 0.03);
    specks(0.0, 120, rgb(255, 255, 255), 0.007);
  }

  void night() {
    gradient(0, 1, vary(rgb(18, 22, 58), draws_), vary(rgb(58, 62, 110), draws_));
    specks(0.0, 70, rgb(235, 235, 200), 0.004);
    moon();
    ground(draws_.between(0.6, 0.68), vary(rgb(38, 50, 62), draws_, 6), 0.05);
    ground(draws_.between(0.76, 0.82), vary(rgb(28, 38, 46), draws_, 5), 0.03);
  }

  void room() {
    const cv::Scalar wall =
        vary(draws_.pick(std::vector<cv::Scalar>{rgb(240, 228, 208), rgb(214, 226, 220),
                                                 rgb(232, 218, 226), rgb(220, 224, 236)}),
             draws_, 5);
    gradient(0, 1, wall, mix(wall, rgb(200, 195, 185), 0.3));
    const double floor = draws_.between(0.62, 0.7);
    for (double x = draws_.between(0.0, 0.06); x < 1; x += 0.1) {
      line({x, 0}, {x, floor}, mix(wall, rgb(190, 180, 170), 0.35), 0.008);
    }
    window();
    band(floor, 1, vary(rgb(186, 140, 96), draws_));
    planks(floor, rgb(150, 106, 68));
    band(floor - 0.025, floor, rgb(246, 242, 234));
  }

  void desert() {
    gradient(0, 0.7, vary(rgb(248, 190, 120), draws_), vary(rgb(252, 232, 190), draws_));
    disc({draws_.between(0.15, 0.85), draws_.between(0.12, 0.24)}, 0.06, rgb(255, 246, 214));
    ground(draws_.between(0.5, 0.58), vary(rgb(222, 168, 108), draws_), 0.07);
    ground(draws_.between(0.66, 0.74), vary(rgb(206, 146, 88), draws_), 0.05);
    strokes(0.72, 60, rgb(184, 124, 72), 0.03, 4.0);
  }

 private:
  // Shares of the side to pixels, with the four fractional bits that OpenCV's shift takes.
  static constexpr int kShift = 4;
  cv::Point point(cv::Point2d p) const {
    return {cvRound(p.x * size_ * (1 << kShift)), cvRound(p.y * size_ * (1 << kShift))};
  }
  int thickness(double share) const { return std::max(1, cvRound(share * size_)); }

  void gradient(double from, double to, const cv::Scalar& top, const cv::Scalar& bottom) {
    for (int y = 0; y < canvas_.rows; ++y) {
      const double t = std::clamp((static_cast<double>(y) / size_ - from) / (to - from), 0.0, 1.0);
      canvas_.row(y).setTo(mix(top, bottom, t));
    }
  }
  void band(double top, double bottom, const cv::Scalar& colour) {
    canvas_.rowRange(cvRound(top * size_), cvRound(bottom * size_)).setTo(colour);
  }
  void fill(const std::vector<cv::Point2d>& outline, const cv::Scalar& colour) {
    std::vector<cv::Point> points;
    for (const auto& p : outline) points.push_back(point(p));
    cv::fillPoly(canvas_, std::vector<std::vector<cv::Point>>{points}, colour, cv::LINE_AA, kShift);
  }
  void line(cv::Point2d from, cv::Point2d to, const cv::Scalar& colour, double width) {
    cv::line(canvas_, point(from), point(to), colour, thickness(width), cv::LINE_AA, kShift);
  }
  void disc(cv::Point2d centre, double radius, const cv::Scalar& colour) {
    cv::circle(canvas_, point(centre), cvRound(radius * size_ * (1 << kShift)), colour, cv::FILLED,
               cv::LINE_AA, kShift);
  }

  // Everything below a wavy line.
  void ground(double horizon, const cv::Scalar& colour, double swing) {
    const double phase = draws_.between(0, 2 * std::numbers::pi);
    const double waves = draws_.between(0.7, 1.6);
    std::vector<cv::Point2d> outline{{1.02, 1.02}, {-0.02, 1.02}};
    for (double x = -0.02; x <= 1.03; x += 0.02) {
      outline.push_back({x, horizon + swing * std::sin(phase + 2 * std::numbers::pi * waves * x)});
    }
    fill(outline, colour);
  }
  void wave(double y, const cv::Scalar& colour) {
    for (int i = 0; i < 3; ++i) {
      const double x = draws_.between(-0.1, 0.9);
      line({x, y}, {x + draws_.between(0.06, 0.18), y}, colour, 0.006);
    }
  }
  void clouds(const cv::Scalar& colour) {
    const std::size_t count = draws_.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      const cv::Point2d centre{draws_.between(0.05, 0.95), draws_.between(0.05, 0.25)};
      const double size = draws_.between(0.03, 0.055);
      disc(centre, size, colour);
      disc(centre + cv::Point2d(1.2 * size, 0.3 * size), 0.75 * size, colour);
      disc(centre + cv::Point2d(-1.2 * size, 0.35 * size), 0.65 * size, colour);
    }
  }
  void specks(double top, int count, const cv::Scalar& colour, double radius) {
    for (int i = 0; i < count; ++i) {
      disc({draws_.uniform(), draws_.between(top, 1)}, radius * draws_.between(0.5, 1.2), colour);
    }
  }
  // Short strokes: grass when steep, ripples of sand when flat.
  void strokes(double top, int count, const cv::Scalar& colour, double length, double lean) {
    for (int i = 0; i < count; ++i) {
      const cv::Point2d foot{draws_.uniform(), draws_.between(top, 1)};
      line(foot,
           foot +
               cv::Point2d(draws_.between(0.4, 1) * lean * length, -length * (lean > 1 ? 0.1 : 1)),
           vary(colour, draws_), 0.004);
    }
  }
  void moon() {
    const cv::Point2d centre{draws_.between(0.12, 0.88), draws_.between(0.1, 0.2)};
    const cv::Scalar sky = cv::Scalar(canvas_.at<cv::Vec3b>(cvRound(centre.y * size_), 2));
    disc(centre, 0.055, rgb(245, 240, 205));
    disc(centre + cv::Point2d(0.028, -0.012), 0.047, sky);
  }
  void window() {
    if (draws_.chance(0.5)) return;
    const double x = draws_.between(0.08, 0.62);
    const double y = draws_.between(0.06, 0.14);
    const auto pane = [&](double x1, double y1, double x2, double y2, const cv::Scalar& colour) {
      fill({{x1, y1}, {x2, y1}, {x2, y2}, {x1, y2}}, colour);
    };
    pane(x, y, x + 0.3, y + 0.32, rgb(250, 248, 242));
    pane(x + 0.02, y + 0.02, x + 0.14, y + 0.3, rgb(190, 220, 240));
    pane(x + 0.16, y + 0.02, x + 0.28, y + 0.3, rgb(190, 220, 240));
  }
  void planks(double floor, const cv::Scalar& colour) {
    for (double y = floor + 0.07; y < 1; y += 0.08) line({0, y}, {1, y}, colour, 0.005);
    for (double y = floor - 0.01; y < 1; y += 0.08) {
      const double x = draws_.uniform();
      line({x, y}, {x, std::min(1.0, y + 0.08)}, colour, 0.005);
    }
  }

  cv::Mat& canvas_;
  Draws& draws_;
  double size_;
};

}  // namespace

void paint_background(cv::Mat& canvas, Place place, Draws& draws) {
  Backdrop backdrop(canvas, draws);
  switch (place) {
    case Place::kMeadow: return backdrop.meadow();
    case Place::kBeach: return backdrop.beach();
    case Place::kSnow: return backdrop.snow();
    case Place::kNight: return backdrop.night();
    case Place::kRoom: return backdrop.room();
    case Place::kDesert: return backdrop.desert();
  }
}

}  // namespace unimo::stages
