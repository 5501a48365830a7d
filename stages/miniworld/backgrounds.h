// The places: sky and ground behind the things.
#pragma once

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace cv {
class Mat;
}

namespace unimo::stages {

// Fills the 8-bit BGR canvas.
void paint_background(cv::Mat& canvas, Place place, Draws& draws);

}  // namespace unimo::stages
