// Arrays by name as a row and back, and files of one picture each: .npz.
//
// The names are those that the extractors write: x or features [n, D]; bbox [n, 4] in pixels or
// norm_bb [n, 4 or more] as shares; image_w, image_h; conf [n], soft_labels or cls_prob [n, C];
// objects_id, attrs_id with objects_conf, attrs_conf; num_bbox. What else there is is passed over.
#pragma once

#include "stages/region_files/npy.h"
#include "stages/region_files/region_file.h"

namespace unimo::stages {

Result<std::unique_ptr<RegionReader>> open_npz_rows(const std::filesystem::path& path);
// A folder NAME with ID.npz for each picture, float32.
Result<std::unique_ptr<RegionWriter>> create_npz_rows(const RegionFileOptions& options);

ParsedRow row_of_arrays(const NumberArrays& arrays, std::string_view id);

// As bottom-up-attention.pytorch writes them: x, bbox, image_w, image_h, num_bbox, float32.
NumberArrays arrays_of_pixels(const RegionRow& row);
// As UNITER has them: features, norm_bb of 6 numbers, conf, soft_labels, float16.
NumberArrays arrays_of_shares(const RegionRow& row);

// Boxes as shares of the picture, whatever they are in the row.
std::vector<float> boxes_as_shares(const RegionRow& row);

}  // namespace unimo::stages
