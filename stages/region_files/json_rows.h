// Rows of a key, a tab and JSON: VinVL's detections (X.label.tsv with sizes in X.hw.tsv) and
// Oscar's features (X.feature.tsv). X.lineidx holds the byte at which each line begins and is
// checked against the lines.
#pragma once

#include "stages/region_files/region_file.h"

namespace unimo::stages {

// The path is X.label.tsv, beside which X.hw.tsv, X.label.lineidx, X.linelist.tsv and
// X.labelmap.tsv are taken where they are there; or a .yaml that names them (label, hw, linelist,
// labelmap). Rows that a line list does not name are passed over.
Result<std::unique_ptr<RegionReader>> open_vinvl_rows(const std::filesystem::path& path);
// NAME.label.tsv, NAME.hw.tsv, their .lineidx, NAME.labelmap.tsv and NAME.yaml.
Result<std::unique_ptr<RegionWriter>> create_vinvl_rows(const RegionFileOptions& options);

Result<std::unique_ptr<RegionReader>> open_oscar_rows(const std::filesystem::path& path);
// NAME.feature.tsv and NAME.feature.lineidx.
Result<std::unique_ptr<RegionWriter>> create_oscar_rows(const RegionFileOptions& options);

// `sizes` is the JSON of the picture's row in the .hw.tsv; empty: there is none.
ParsedRow parse_vinvl_row(std::string_view line, std::string_view sizes);
ParsedRow parse_oscar_row(std::string_view line);

// The lines again, without line feeds. kInvalid: the row has not what the format needs.
Result<std::string> format_vinvl_row(const RegionRow& row,
                                     std::span<const std::string> class_names);
std::string format_vinvl_sizes(const RegionRow& row);
Result<std::string> format_oscar_row(const RegionRow& row);

}  // namespace unimo::stages
