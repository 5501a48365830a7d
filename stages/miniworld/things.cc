#include "stages/miniworld/things.h"

#include <cmath>
#include <numbers>

namespace unimo::stages {

namespace {

constexpr double kPi = std::numbers::pi;

// The part of an ellipse between two angles, in radians from the right, clockwise on the screen.
Outline arc(double x, double y, double rx, double ry, double from = 0, double to = 2 * kPi) {
  Outline outline;
  constexpr int kSteps = 40;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = from + (to - from) * i / kSteps;
    outline.push_back({x + rx * std::cos(t), y + ry * std::sin(t)});
  }
  return outline;
}

Outline rectangle(double x1, double y1, double x2, double y2) {
  return {{x1, y1}, {x2, y1}, {x2, y2}, {x1, y2}};
}

std::vector<ShapePart> ball() {
  return {{Paint::kMain, {arc(0, 0, 1, 1)}}, {Paint::kLight, {arc(-0.38, -0.45, 0.2, 0.14)}}};
}

std::vector<ShapePart> box() {
  return {{Paint::kMain, {rectangle(-0.88, -0.6, 0.88, 0.95)}},
          {Paint::kDark, {rectangle(-1, -0.9, 1, -0.52)}}};
}

std::vector<ShapePart> star() {
  Outline outline;
  for (int i = 0; i < 10; ++i) {
    const double radius = i % 2 == 0 ? 1.04 : 0.46;
    const double angle = -kPi / 2 + i * kPi / 5;
    outline.push_back({radius * std::cos(angle), 0.06 + radius * std::sin(angle)});
  }
  return {{Paint::kMain, {outline}}};
}

std::vector<ShapePart> heart() {
  Outline outline;
  for (int i = 0; i < 60; ++i) {
    const double t = 2 * kPi * i / 60;
    const double x = 16 * std::pow(std::sin(t), 3);
    const double y = 13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t);
    outline.push_back({x / 16.5, -y / 15.5 - 0.12});
  }
  return {{Paint::kMain, {outline}}, {Paint::kLight, {arc(-0.5, -0.55, 0.16, 0.12)}}};
}

std::vector<ShapePart> tree() {
  return {{Paint::kWood, {{{-0.14, 0.2}, {0.14, 0.2}, {0.2, 1}, {-0.2, 1}}}},
          {Paint::kMain, {arc(-0.42, 0.08, 0.46, 0.42)}},
          {Paint::kMain, {arc(0.42, 0.08, 0.46, 0.42)}},
          {Paint::kMain, {arc(0, -0.42, 0.58, 0.56)}},
          {Paint::kMain, {arc(0, 0.05, 0.5, 0.42)}}};
}

std::vector<ShapePart> house() {
  return {{Paint::kDark, {rectangle(0.38, -0.85, 0.62, -0.2)}},
          {Paint::kMain, {rectangle(-0.78, -0.15, 0.78, 0.98)}},
          {Paint::kDark, {{{-1, -0.1}, {0, -1}, {1, -0.1}}}},
          {Paint::kGlass, {rectangle(-0.55, 0.12, -0.1, 0.52)}},
          {Paint::kDark, {rectangle(0.15, 0.25, 0.55, 0.98)}}};
}

std::vector<ShapePart> car() {
  return {
      {Paint::kMain, {{{-0.6, 0}, {-0.38, -0.55}, {0.38, -0.55}, {0.68, 0}}}},
      {Paint::kMain, {{{-1, 0.05}, {-0.92, -0.06}, {0.9, -0.06}, {1, 0.1}, {1, 0.5}, {-1, 0.5}}}},
      {Paint::kGlass, {{{-0.45, -0.05}, {-0.3, -0.43}, {-0.04, -0.43}, {-0.04, -0.05}}}},
      {Paint::kGlass, {{{0.06, -0.05}, {0.06, -0.43}, {0.32, -0.43}, {0.53, -0.05}}}},
      {Paint::kBlack, {arc(-0.54, 0.48, 0.25, 0.25)}},
      {Paint::kBlack, {arc(0.54, 0.48, 0.25, 0.25)}},
      {Paint::kWhite, {arc(-0.54, 0.48, 0.1, 0.1)}},
      {Paint::kWhite, {arc(0.54, 0.48, 0.1, 0.1)}}};
}

std::vector<ShapePart> boat() {
  return {{Paint::kWood, {rectangle(-0.05, -1, 0.05, 0.4)}},
          {Paint::kMain, {{{0.1, -0.92}, {0.9, 0.25}, {0.1, 0.25}}}},
          {Paint::kMain, {{{-0.1, -0.7}, {-0.1, 0.25}, {-0.72, 0.25}}}},
          {Paint::kDark, {{{-1, 0.38}, {1, 0.38}, {0.68, 0.92}, {-0.68, 0.92}}}}};
}

std::vector<ShapePart> flower() {
  std::vector<ShapePart> parts{{Paint::kLeaf, {rectangle(-0.07, 0, 0.07, 1)}},
                               {Paint::kLeaf, {arc(0.3, 0.66, 0.28, 0.12)}}};
  for (int i = 0; i < 6; ++i) {
    const double angle = i * kPi / 3;
    parts.push_back(
        {Paint::kMain, {arc(0.42 * std::cos(angle), -0.3 + 0.42 * std::sin(angle), 0.32, 0.32)}});
  }
  parts.push_back({Paint::kCentre, {arc(0, -0.3, 0.24, 0.24)}});
  return parts;
}

std::vector<ShapePart> fish() {
  return {{Paint::kDark, {{{0.4, 0}, {1, -0.52}, {0.86, 0}, {1, 0.52}}}},
          {Paint::kDark, {{{-0.3, -0.35}, {0.1, -0.72}, {0.3, -0.3}}}},
          {Paint::kMain, {arc(-0.2, 0, 0.78, 0.52)}},
          {Paint::kWhite, {arc(-0.62, -0.12, 0.14, 0.14)}},
          {Paint::kBlack, {arc(-0.65, -0.12, 0.07, 0.07)}}};
}

std::vector<ShapePart> cup() {
  return {{Paint::kDark, {arc(0.5, 0, 0.48, 0.5), arc(0.5, 0, 0.26, 0.28)}},
          {Paint::kMain, {{{-0.85, -0.7}, {0.6, -0.7}, {0.46, 0.9}, {-0.71, 0.9}}}},
          {Paint::kDark, {arc(-0.125, -0.7, 0.725, 0.16)}}};
}

std::vector<ShapePart> umbrella() {
  Outline canopy = arc(0, 0.05, 1, 1, kPi, 2 * kPi);
  for (int i = 0; i < 4; ++i) {  // the scalloped edge, from right to left
    const Outline scallop = arc(0.75 - 0.5 * i, 0.05, 0.25, 0.16, 0, -kPi);
    canopy.insert(canopy.end(), scallop.begin(), scallop.end());
  }
  return {{Paint::kWood, {rectangle(-0.05, -0.1, 0.05, 0.85)}},
          {Paint::kWood, {arc(0.15, 0.8, 0.2, 0.2, 0, kPi), arc(0.15, 0.8, 0.1, 0.1, 0, kPi)}},
          {Paint::kMain, {canopy}}};
}

std::vector<ShapePart> mushroom() {
  return {{Paint::kCream, {{{-0.3, -0.1}, {0.3, -0.1}, {0.4, 0.95}, {-0.4, 0.95}}}},
          {Paint::kMain, {arc(0, 0.1, 1, 0.95, kPi, 2 * kPi)}}};
}

std::vector<ShapePart> balloon() {
  return {{Paint::kBlack,
           {{{-0.02, 0.5}, {0.02, 0.5}, {0.1, 0.75}, {0.0, 1}, {-0.04, 1}, {0.05, 0.75}}}},
          {Paint::kDark, {{{0, 0.42}, {0.14, 0.62}, {-0.14, 0.62}}}},
          {Paint::kMain, {arc(0, -0.28, 0.66, 0.74)}},
          {Paint::kLight, {arc(-0.28, -0.6, 0.14, 0.18)}}};
}

}  // namespace

std::vector<ShapePart> shape_of(Thing thing) {
  switch (thing) {
    case Thing::kBall: return ball();
    case Thing::kBox: return box();
    case Thing::kStar: return star();
    case Thing::kHeart: return heart();
    case Thing::kTree: return tree();
    case Thing::kHouse: return house();
    case Thing::kCar: return car();
    case Thing::kBoat: return boat();
    case Thing::kFlower: return flower();
    case Thing::kFish: return fish();
    case Thing::kCup: return cup();
    case Thing::kUmbrella: return umbrella();
    case Thing::kMushroom: return mushroom();
    case Thing::kBalloon: return balloon();
  }
  return {};
}

Extent extent_of(Thing thing) {
  Extent extent{.top = 1, .bottom = -1};
  for (const ShapePart& part : shape_of(thing)) {
    for (const Outline& outline : part.outlines) {
      for (const ShapePoint& point : outline) {
        extent.top = std::min(extent.top, point.y);
        extent.bottom = std::max(extent.bottom, point.y);
      }
    }
  }
  return extent;
}

}  // namespace unimo::stages
