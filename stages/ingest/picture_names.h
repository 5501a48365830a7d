// Under which names the same photograph goes in different corpora.
//
// COCO numbers its pictures: 139 is 000000000139.jpg in 2017 and COCO_val2014_000000000139.jpg in
// 2014. Flickr30k has 1000268201.jpg where Flickr8k has 1000268201_693b08cb0e.jpg: the photograph's
// number at Flickr, there with its secret. Visual Genome numbers its own and says which are COCO's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stages/ingest/records.h"

namespace unimo::stages {

// Whose numbers bare ones are.
enum class NumberedBy { kUnknown, kCoco, kFlickr, kVisualGenome };

// By the source that a records artifact names.
NumberedBy numbered_by(std::string_view source);

// "coco:139", "flickr:1000268201", "vg:2", or "id:" and the name without folders and ending. A
// bare number of a list that does not say whose it is may be COCO's or Flickr's: both.
std::vector<std::string> picture_names(std::string_view id, NumberedBy by);
// With what the makers say of it (ImageRecord::same_as).
std::vector<std::string> picture_names(const ImageRecord& image, NumberedBy by);

}  // namespace unimo::stages
