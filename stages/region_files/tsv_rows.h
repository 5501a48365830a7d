// Rows between tabs with base64 columns: bottom-up-attention's 6 columns, LXMERT's 10, UNIMO's 7.
#pragma once

#include "stages/region_files/region_file.h"

namespace unimo::stages {

// kAnderson, kLxmert, kUnimo. The path is a file, packed or not.
Result<std::unique_ptr<RegionReader>> open_tsv_rows(RegionFormat format,
                                                    const std::filesystem::path& path);
// NAME.tsv.
Result<std::unique_ptr<RegionWriter>> create_tsv_rows(RegionFormat format,
                                                      const RegionFileOptions& options);

// One line, as the reader parses it.
ParsedRow parse_tsv_row(RegionFormat format, std::string_view line);
// The line again, without a line feed; byte for byte what was parsed when that was written as
// Python writes it (whole numbers without signs and zeros in front). kInvalid: the row has not what
// the format needs.
Result<std::string> format_tsv_row(RegionFormat format, const RegionRow& row);

}  // namespace unimo::stages
