// UNITER's and VILLA's region features: an LMDB whose keys are names of .npz files and whose values
// are dictionaries of arrays, in MessagePack or as packed .npz.
#pragma once

#include "stages/region_files/region_file.h"

namespace unimo::stages {

// The path is data.mdb or its folder.
Result<std::unique_ptr<RegionReader>> open_uniter_rows(const std::filesystem::path& path);
// NAME/feat_th0.2_max100_min10/data.mdb and NAME/nbb_th0.2_max100_min10.json, where UNITER's loader
// looks by default, in MessagePack.
Result<std::unique_ptr<RegionWriter>> create_uniter_rows(const RegionFileOptions& options);

// A value of either form.
ParsedRow parse_uniter_value(std::string_view value, std::string_view id);

}  // namespace unimo::stages
