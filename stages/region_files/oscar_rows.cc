#include "orchestrator/base/json.h"
#include "stages/region_files/indexed_lines.h"
#include "stages/region_files/json_rows.h"
#include "stages/region_files/line_rows.h"
#include "stages/region_files/npz_rows.h"

namespace unimo::stages {

namespace {

// Behind each feature stand x1 / W, y1 / H, x2 / W, y2 / H, width and height as shares.
constexpr std::int64_t kBehind = 6;

// [n, D + 6] apart.
void take_apart(const std::vector<float>& both, RegionRow& row) {
  const std::int64_t width = row.feature_size + kBehind;
  for (std::int64_t r = 0; r < row.count; ++r) {
    const float* const from = both.data() + r * width;
    row.features.insert(row.features.end(), from, from + row.feature_size);
    row.boxes.insert(row.boxes.end(), from + row.feature_size, from + row.feature_size + 4);
  }
}

}  // namespace

ParsedRow parse_oscar_row(std::string_view line) {
  RowParser parser;
  RegionRow& row = parser.row();
  const std::size_t tab = line.find('\t');
  parser.id(line.substr(0, tab));
  if (tab == line.npos) parser.wrong("columns", "there is no tab between key and JSON");
  if (!parser.good()) return parser.take();
  const auto json = parse_json(line.substr(tab + 1), "features");
  const bool whole = json && json->is_object() && json->contains("features") &&
                     json->at("features").is_string() && json->contains("num_boxes") &&
                     json->at("num_boxes").is_number_integer();
  if (!whole) {
    parser.wrong("bad_json", json ? "needs an object with num_boxes and a text features"
                                  : json.error().message);
    return parser.take();
  }
  row.shares = true;
  parser.regions(json->at("num_boxes").dump());
  std::vector<float> both;
  const std::int64_t width =
      parser.floats(json->at("features").get_ref<const std::string&>(), "features", both);
  if (parser.good() && row.count > 0 && width <= kBehind) {
    parser.wrong("bad_length", fmt::format("features have {} numbers each; {} of them are the "
                                           "place",
                                           width, kBehind));
  }
  if (!parser.good() || row.count == 0) return parser.take();
  row.feature_size = width - kBehind;
  take_apart(both, row);
  return parser.take();
}

Result<std::string> format_oscar_row(const RegionRow& row) {
  UNIMO_TRY(check_row(row));
  if (!row.shares && row.width <= 0)
    return fail(ErrorCode::kInvalid, "image {}: this format needs the picture's size", row.id);
  const std::vector<float> shares = boxes_as_shares(row);
  std::vector<float> both;
  for (std::int64_t r = 0; r < row.count; ++r) {
    const float* const feature = row.features.data() + r * row.feature_size;
    const float* const box = shares.data() + r * 4;
    both.insert(both.end(), feature, feature + row.feature_size);
    both.insert(both.end(), {box[0], box[1], box[2], box[3], box[2] - box[0], box[3] - box[1]});
  }
  return fmt::format("{}\t{{\"num_boxes\": {}, \"features\": \"{}\"}}", row.id, row.count,
                     base64_of(both));
}

Result<std::unique_ptr<RegionReader>> open_oscar_rows(const std::filesystem::path& path) {
  IndexedLines lines = UNIMO_TRY(IndexedLines::open(path));
  return line_rows(std::move(lines), {.parse = parse_oscar_row});
}

Result<std::unique_ptr<RegionWriter>> create_oscar_rows(const RegionFileOptions& options) {
  IndexedOutput file =
      UNIMO_TRY(IndexedOutput::create(options.folder / (options.name + ".feature.tsv")));
  return line_file(std::move(file), format_oscar_row);
}

}  // namespace unimo::stages
