#include "stages/region_files/unimo_rows.h"

#include <algorithm>

#include "stages/ingest/benchmarks/unimo_format.h"
#include "stages/region_files/line_rows.h"
#include "stages/region_files/text_output.h"

namespace unimo::stages {

namespace {

// The official captioning reader cuts off the first nine characters of image_id.
constexpr std::size_t kPrefix = 9;
constexpr std::string_view kOurPrefix = "regions__";
static_assert(kOurPrefix.size() == kPrefix);

// Numbers of each box, which the file does not say.
std::int64_t each_of(const std::vector<float>& values, std::int64_t boxes) {
  return boxes > 0 ? static_cast<std::int64_t>(values.size()) / boxes : 0;
}

// What both kinds say of the regions; values were found finite and to go evenly into the boxes.
void take_regions(std::int64_t count, std::vector<float> boxes, std::vector<float> features,
                  RowParser& parser) {
  RegionRow& row = parser.row();
  if (count < 0 || count > kMostRegions)
    return parser.wrong("bad_number", fmt::format("number of boxes: {}", count));
  if (each_of(boxes, count) != 4) {
    return parser.wrong("bad_length", fmt::format("boxes: {} numbers for {} boxes; each has 4",
                                                  boxes.size(), count));
  }
  row.count = count;
  row.feature_size = each_of(features, count);
  if (row.feature_size > kMostFeature)
    parser.wrong("bad_length", fmt::format("features: {} numbers each", row.feature_size));
  row.boxes = std::move(boxes);
  row.features = std::move(features);
}

void take_sizes(std::int64_t width, std::int64_t height, RowParser& parser) {
  parser.row().width = parser.size(fmt::format("{}", width), "image_w");
  parser.row().height = parser.size(fmt::format("{}", height), "image_h");
}

ParsedRow parse_caption(std::string_view line) {
  RowParser parser;
  auto record = parse_unimo_caption(line, "record");
  if (!record) {
    parser.wrong("bad_record", record.error().message);
    return parser.take();
  }
  const std::string_view id = record->image_id;
  parser.id(id.substr(std::min(kPrefix, id.size())));
  take_sizes(record->width, record->height, parser);
  take_regions(record->boxes, std::move(record->box_values), std::move(record->features), parser);
  if (!parser.good()) return parser.take();
  RegionRow& row = parser.row();
  row.class_count = each_of(record->class_probabilities, row.count);
  row.attribute_count = each_of(record->attribute_probabilities, row.count);
  row.class_probabilities = std::move(record->class_probabilities);
  row.attribute_probabilities = std::move(record->attribute_probabilities);
  return parser.take();
}

ParsedRow parse_entailment(std::string_view line) {
  RowParser parser;
  auto record = parse_unimo_entailment(line, "record");
  if (!record) {
    parser.wrong("bad_record", record.error().message);
    return parser.take();
  }
  parser.id(record->image_id);
  take_sizes(record->width, record->height, parser);
  take_regions(record->boxes, std::move(record->box_values), std::move(record->features), parser);
  return parser.take();
}

}  // namespace

ParsedRow parse_unimo_row(RegionFormat format, std::string_view line) {
  return format == RegionFormat::kUnimoCaption ? parse_caption(line) : parse_entailment(line);
}

Result<std::string> format_unimo_row(const RegionRow& row) {
  UNIMO_TRY(check_row(row));
  if (row.shares || row.width <= 0 || row.height <= 0) {
    return fail(ErrorCode::kInvalid,
                "image {}: this format needs the picture's size and boxes in pixels", row.id);
  }
  if (row.id.find(';') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "image {}: the semicolon would end the field of the id",
                row.id);
  }
  UnimoCaption record;
  record.image_id = std::string(kOurPrefix) + row.id;
  record.caption_id = "0";
  record.height = row.height;
  record.width = row.width;
  record.boxes = row.count;
  record.box_values = row.boxes;
  record.class_probabilities = row.class_probabilities;
  record.attribute_probabilities = row.attribute_probabilities;
  record.features = row.features;
  record.label = "0";
  return format_unimo(record);
}

Result<std::unique_ptr<RegionReader>> open_unimo_rows(RegionFormat format,
                                                      const std::filesystem::path& path) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  return line_rows(
      std::move(lines),
      {.parse = [format](std::string_view line) { return parse_unimo_row(format, line); },
       .repeats_pictures = true});
}

Result<std::unique_ptr<RegionWriter>> create_unimo_rows(const RegionFileOptions& options) {
  TextOutput file = UNIMO_TRY(TextOutput::create(options.folder / (options.name + ".txt")));
  return line_file(std::move(file), format_unimo_row);
}

}  // namespace unimo::stages
