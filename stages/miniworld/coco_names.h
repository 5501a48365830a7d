// Names and numbers of the pictures as COCO has them; other corpora and benchmarks point at them.
#pragma once

#include <cstdint>
#include <string>

#include "stages/miniworld/exhibit.h"

namespace unimo::stages {

// At most eight captions, four boxes and six relations of a picture.
inline constexpr std::int64_t kIdsPerImage = 10;

inline std::int64_t image_id(const Exhibit& exhibit) { return exhibit.scene.number + 1; }
// train2014; test pictures come out of val2014, as in Karpathy's split.
std::string coco_release(const Exhibit& exhibit);
// "COCO_val2014_000000000007.jpg".
std::string coco_file_name(const Exhibit& exhibit);

}  // namespace unimo::stages
