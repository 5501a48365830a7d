// One raw row to the bytes of its records: what the threads of an import do, each for itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "stages/region_files/class_table.h"
#include "stages/region_files/picture_ids.h"
#include "stages/region_files/region_boxes.h"
#include "stages/region_files/region_file.h"
#include "stages/schema/region_files.h"

namespace unimo::stages {

// What all rows of an import share. Read by all threads, changed by none.
struct ImportRules {
  RegionsImportParams params;
  ClassTable classes;
  std::vector<std::vector<std::string>> attributes;  // vocabulary; none: no words for attributes
  PictureIds pictures;
  bool has_records = false;
};

struct RowToImport {
  RawRow raw;
  // Rows of one file are still taken apart when the next one is read already.
  std::shared_ptr<const RegionReader> reader;
  bool swapped = false;  // the file has the picture's sizes in the other order than its format says
};

struct ImportedRow {
  std::string place, row_id, id;  // as the file and as the records name the picture
  std::string reason, detail;     // why it cannot be used; empty: it can
  bool not_in_records = false;
  bool repeats = false;  // its file speaks of a picture more than once
  std::uint32_t regions = 0, feature_size = 0, top_k = 0;
  BoxCounts boxes;
  std::vector<std::byte> record, original;  // original: only when asked for
  std::string preview;                      // a line without its end
};

ImportedRow import_row(const RowToImport& row, const ImportRules& rules);

}  // namespace unimo::stages
