// The regions in UNIMO's records between semicolons: captioning (16 fields) and visual entailment
// (14). One line is a sentence about a picture, so pictures repeat.
#pragma once

#include "stages/region_files/region_file.h"

namespace unimo::stages {

// kUnimoCaption, kUnimoEntailment. The path is a file of records, packed or not.
Result<std::unique_ptr<RegionReader>> open_unimo_rows(RegionFormat format,
                                                      const std::filesystem::path& path);
// NAME.txt: lines of a test file, without a caption.
Result<std::unique_ptr<RegionWriter>> create_unimo_rows(const RegionFileOptions& options);

ParsedRow parse_unimo_row(RegionFormat format, std::string_view line);
// kInvalid: sizes are not known, or boxes are no pixels.
Result<std::string> format_unimo_row(const RegionRow& row);

}  // namespace unimo::stages
