// When do two pictures show the same photograph? First a hash that can be searched for, then a
// comparison that is sure.
//
// The hash is the signs of 64 low cosine frequencies of the grey picture (a "pHash"): encoding anew
// and resizing hardly move them. Cutting an edge off shifts all content, so that each picture has
// one hash for each of ten frames: the whole, without 5 % at one side, at two adjacent sides, at
// all sides. A copy without an edge has a frame in common with the original.
//
// Few bits cannot tell a sea from another sea. What decides is the correlation of the details: both
// pictures without their coarse brightness, aligned to a fraction of a pixel. Among Flickr8k's
// photographs copies reach 0.94 and more, two shots of the same moment 0.86, strangers 0.69 at most
// (tests/bench/decontaminate prints it).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// The whole picture, squeezed: proportions do not matter, because some collections store squares.
inline constexpr int kGreySide = 48;
using GreyPicture = std::array<std::uint8_t, kGreySide * kGreySide>;

// `width` and `height` as its record says: a large JPEG is decoded at a part of its size. kInvalid
// when the bytes are no picture.
Result<GreyPicture> grey_picture(std::string_view bytes, int width, int height);
GreyPicture mirrored(const GreyPicture& picture);

// A part of a picture, in shares of its sides.
struct Frame {
  double left = 0, top = 0, right = 1, bottom = 1;
};
inline constexpr std::size_t kFrames = 10;
inline constexpr double kCut = 0.05;
const std::array<Frame, kFrames>& frames();  // the whole first

// One hash for each frame.
std::array<std::uint64_t, kFrames> look_hashes(const GreyPicture& picture);

// -1 to 1: the details of `a` in frame `frame_a` against those of `b` in `frame_b`, best of small
// shifts and scales. 0 when there are none, as in a blank picture.
double detail_correlation(const GreyPicture& a, const Frame& frame_a, const GreyPicture& b,
                          const Frame& frame_b);

}  // namespace unimo::stages
