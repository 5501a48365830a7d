#include "stages/region_files/tsv_rows.h"

#include "stages/region_files/line_rows.h"
#include "stages/region_files/text_output.h"

namespace unimo::stages {

namespace {

using Columns = std::vector<std::string_view>;

std::size_t column_count(RegionFormat format) {
  if (format == RegionFormat::kLxmert) return 10;
  return format == RegionFormat::kUnimo ? 7 : 6;
}

// image_id image_w image_h num_boxes boxes features (generate_tsv.py of bottom-up-attention)
void parse_anderson(const Columns& columns, RowParser& parser) {
  RegionRow& row = parser.row();
  row.width = parser.size(columns[1], "image_w");
  row.height = parser.size(columns[2], "image_h");
  parser.regions(columns[3]);
  parser.floats(columns[4], "boxes", 4, row.boxes);
  row.feature_size = parser.floats(columns[5], "features", row.features);
}

// img_id img_h img_w objects_id objects_conf attrs_id attrs_conf num_boxes boxes features
void parse_lxmert(const Columns& columns, RowParser& parser) {
  RegionRow& row = parser.row();
  row.height = parser.size(columns[1], "img_h");
  row.width = parser.size(columns[2], "img_w");
  parser.regions(columns[7]);
  parser.whole_numbers(columns[3], "objects_id", row.class_ids);
  parser.floats(columns[4], "objects_conf", 1, row.class_confidences);
  parser.whole_numbers(columns[5], "attrs_id", row.attribute_ids);
  parser.floats(columns[6], "attrs_conf", 1, row.attribute_confidences);
  parser.floats(columns[8], "boxes", 4, row.boxes);
  row.feature_size = parser.floats(columns[9], "features", row.features);
}

// id, two sizes (w, h to UNIMO's training reader, h, w to its test reader), num_boxes, boxes,
// features, class_probs
void parse_unimo(const Columns& columns, RowParser& parser) {
  parse_anderson(columns, parser);
  RegionRow& row = parser.row();
  row.class_count = parser.floats(columns[6], "class_probs", row.class_probabilities);
}

Status need(const RegionRow& row, bool there, std::string_view what) {
  if (there || row.count == 0) return ok();
  return fail(ErrorCode::kInvalid, "image {}: this format needs {}, and the row has none", row.id,
              what);
}

}  // namespace

ParsedRow parse_tsv_row(RegionFormat format, std::string_view line) {
  Columns columns;
  split_tabs(line, columns);
  RowParser parser;
  parser.id(columns[0]);
  if (columns.size() != column_count(format)) {
    parser.wrong("columns", fmt::format("{} columns between tabs where format {} has {}",
                                        columns.size(), to_string(format), column_count(format)));
    return parser.take();
  }
  if (format == RegionFormat::kLxmert) {
    parse_lxmert(columns, parser);
  } else if (format == RegionFormat::kUnimo) {
    parse_unimo(columns, parser);
  } else {
    parse_anderson(columns, parser);
  }
  return parser.take();
}

Result<std::string> format_tsv_row(RegionFormat format, const RegionRow& row) {
  UNIMO_TRY(check_row(row));
  UNIMO_TRY(need(row, !row.shares && row.width > 0, "the picture's size and boxes in pixels"));
  if (format == RegionFormat::kLxmert) {
    UNIMO_TRY(need(row, !row.class_ids.empty() && !row.class_confidences.empty(), "class numbers"));
    UNIMO_TRY(need(row, !row.attribute_ids.empty() && !row.attribute_confidences.empty(),
                   "attribute numbers"));
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", row.id, row.height, row.width,
                       base64_of(row.class_ids), base64_of(row.class_confidences),
                       base64_of(row.attribute_ids), base64_of(row.attribute_confidences),
                       row.count, base64_of(row.boxes), base64_of(row.features));
  }
  const std::string line = fmt::format("{}\t{}\t{}\t{}\t{}\t{}", row.id, row.width, row.height,
                                       row.count, base64_of(row.boxes), base64_of(row.features));
  if (format == RegionFormat::kAnderson) return line;
  UNIMO_TRY(need(row, row.class_count > 0, "class distributions"));
  return line + "\t" + base64_of(row.class_probabilities);
}

Result<std::unique_ptr<RegionReader>> open_tsv_rows(RegionFormat format,
                                                    const std::filesystem::path& path) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  return line_rows(std::move(lines), {.parse = [format](std::string_view line) {
                     return parse_tsv_row(format, line);
                   }});
}

Result<std::unique_ptr<RegionWriter>> create_tsv_rows(RegionFormat format,
                                                      const RegionFileOptions& options) {
  TextOutput file = UNIMO_TRY(TextOutput::create(options.folder / (options.name + ".tsv")));
  return line_file(std::move(file),
                   [format](const RegionRow& row) { return format_tsv_row(format, row); });
}

}  // namespace unimo::stages
