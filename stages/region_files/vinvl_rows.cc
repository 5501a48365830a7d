#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/ingest/base64.h"
#include "stages/region_files/indexed_lines.h"
#include "stages/region_files/json_rows.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Files of one data set, by what they are called in its .yaml: label, hw, linelist, labelmap.
using FileSet = std::map<std::string, fs::path>;

// "hw: train.hw.tsv": the only form that these files have.
Result<FileSet> read_yaml(const fs::path& path) {
  FileSet files;
  const auto lines = UNIMO_TRY(read_lines(path));
  for (std::string_view line : lines) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos || line.starts_with('#')) continue;
    std::string_view name = line.substr(colon + 1);
    name.remove_prefix(std::min(name.find_first_not_of(" \"'"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \"'\r") + 1);
    if (!name.empty()) files[std::string(line.substr(0, colon))] = path.parent_path() / name;
  }
  if (files.contains("label")) return files;
  return fail(ErrorCode::kInvalid, "{}: names no label file (label: X.label.tsv)", path.string());
}

Result<FileSet> find_files(const fs::path& path) {
  const std::string name = path.string();
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return read_yaml(path);
  constexpr std::string_view kLabel = ".label.tsv";
  FileSet files{{"label", path}};
  if (!name.ends_with(kLabel)) return files;
  const std::string stem = name.substr(0, name.size() - kLabel.size());
  for (const char* kind : {"hw", "linelist", "labelmap"}) {
    const fs::path beside = fmt::format("{}.{}.tsv", stem, kind);
    std::error_code error;
    if (fs::exists(beside, error)) files[kind] = beside;
  }
  return files;
}

// Numbers of rows, ascending, each once.
Result<std::vector<std::int64_t>> read_line_list(const fs::path& path) {
  std::vector<std::int64_t> rows;
  const auto lines = UNIMO_TRY(read_lines(path));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    std::int64_t row = -1;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), row);
    if (error != std::errc() || end != line.data() + line.size() || row < 0) {
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" is no number of a row", path.string(), i + 1,
                  line.substr(0, 40));
    }
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

class VinvlRows : public RegionReader {
 public:
  VinvlRows(IndexedLines labels, std::optional<IndexedLines> sizes)
      : labels_(std::move(labels)), sizes_(std::move(sizes)) {}

  Status read_lists(const FileSet& files) {
    if (const auto list = files.find("linelist"); list != files.end()) {
      listed_ = UNIMO_TRY(read_line_list(list->second));
      has_list_ = true;
    }
    if (const auto map = files.find("labelmap"); map != files.end())
      class_names_ = UNIMO_TRY(read_lines(map->second));
    return ok();
  }

  Result<bool> next(RawRow& raw) override {
    for (LineReader::Line line; UNIMO_TRY(labels_.next(line)); ++row_) {
      raw.place = labels_.place(line);
      raw.bytes = line.text;
      UNIMO_TRY(take_sizes(line, raw));
      if (!has_list_ || std::binary_search(listed_.begin(), listed_.end(), row_)) {
        ++row_;
        return true;
      }
    }
    return false;
  }
  ParsedRow parse(const RawRow& raw) const override { return parse_vinvl_row(raw.bytes, raw.side); }
  std::vector<std::string> class_names() const override { return class_names_; }

 private:
  // The row of the other file that has the same key; both go in step.
  Status take_sizes(const LineReader::Line& line, RawRow& raw) {
    if (!sizes_) return ok();
    LineReader::Line of_sizes;
    const bool more = UNIMO_TRY(sizes_->next(of_sizes));
    const auto key = [](std::string_view text) { return text.substr(0, text.find('\t')); };
    if (!more || key(of_sizes.text) != key(line.text)) {
      return fail(ErrorCode::kInvalid,
                  "{}: the row is of {}, that of the .hw.tsv of {}; the files do not belong "
                  "together",
                  raw.place, key(line.text), more ? key(of_sizes.text) : "nothing");
    }
    raw.side = of_sizes.text.substr(std::min(key(of_sizes.text).size() + 1, of_sizes.text.size()));
    return ok();
  }

  IndexedLines labels_;
  std::optional<IndexedLines> sizes_;
  std::vector<std::int64_t> listed_;
  bool has_list_ = false;
  std::vector<std::string> class_names_;
  std::int64_t row_ = 0;
};

// [{"height": 480, "width": 640}]
void take_size(std::string_view text, RowParser& parser) {
  if (text.empty()) return;
  const auto json = parse_json(text, "sizes");
  const Json* one = json && json->is_array() && json->size() == 1 ? &json->front() : nullptr;
  const auto side = [&](const char* name) {
    const bool there = one != nullptr && one->is_object() && one->contains(name);
    return parser.size(there ? one->at(name).dump() : "nothing", name);
  };
  parser.row().height = side("height");
  parser.row().width = side("width");
}

bool take_box(const Json& item, std::vector<float>& boxes) {
  const auto box = item.find("rect");
  if (box == item.end() || !box->is_array() || box->size() != 4) return false;
  for (const Json& corner : *box) {
    if (!corner.is_number()) return false;
    boxes.push_back(corner.get<float>());
  }
  return true;
}

// Base64 of float32, as many numbers as the first region has.
void take_feature(const Json& item, std::size_t region, RowParser& parser) {
  RegionRow& row = parser.row();
  const auto feature = item.find("feature");
  if (feature == item.end() && row.feature_size == 0) return;
  std::vector<float> values;
  if (feature != item.end() && feature->is_string()) {
    const auto bytes = from_base64(feature->get_ref<const std::string&>());
    if (!bytes)
      return parser.wrong("base64", fmt::format("region {}: {}", region, bytes.error().message));
    values.resize(bytes->size() / sizeof(float));
    if (bytes->size() % sizeof(float) == 0)
      std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(values.data()));
    else
      values.clear();
  }
  if (region == 0) row.feature_size = static_cast<std::int64_t>(values.size());
  if (values.empty() || static_cast<std::int64_t>(values.size()) != row.feature_size ||
      row.feature_size > kMostFeature) {
    return parser.wrong("bad_length",
                        fmt::format("region {} has a feature of {} numbers where others have {}",
                                    region, values.size(), row.feature_size));
  }
  row.features.insert(row.features.end(), values.begin(), values.end());
}

void take_region(const Json& item, std::size_t region, RowParser& parser) {
  RegionRow& row = parser.row();
  if (!item.is_object() || !take_box(item, row.boxes)) {
    return parser.wrong("bad_box", fmt::format("region {} has no rect of four numbers", region));
  }
  const auto name = item.find("class");
  if (name == item.end() || !name->is_string())
    return parser.wrong("bad_class", fmt::format("region {} has no text class", region));
  row.labels.push_back(name->get<std::string>());
  const auto confidence = item.find("conf");
  if (confidence != item.end() && confidence->is_number())
    row.class_confidences.push_back(confidence->get<float>());
  take_feature(item, region, parser);
}

Result<std::string> class_of(const RegionRow& row, std::size_t region,
                             std::span<const std::string> class_names) {
  if (!row.labels.empty()) return row.labels[region];
  if (row.class_ids.empty())
    return fail(ErrorCode::kInvalid, "image {}: this format needs classes", row.id);
  const auto id = static_cast<std::size_t>(row.class_ids[region]);
  if (id < class_names.size()) return class_names[id];
  return fail(ErrorCode::kInvalid, "image {}: class {} has no name", row.id, id);
}

class VinvlFile : public RegionWriter {
 public:
  VinvlFile(RegionFileOptions options, IndexedOutput labels, IndexedOutput sizes)
      : options_(std::move(options)), labels_(std::move(labels)), sizes_(std::move(sizes)) {}

  Status add(const RegionRow& row) override {
    const std::string line = UNIMO_TRY(format_vinvl_row(row, options_.class_names));
    UNIMO_TRY(labels_.line(line));
    return sizes_.line(format_vinvl_sizes(row));
  }

  Status finish() override {
    UNIMO_TRY(labels_.finish());
    UNIMO_TRY(sizes_.finish());
    const std::string& name = options_.name;
    TextOutput map = UNIMO_TRY(TextOutput::create(options_.folder / (name + ".labelmap.tsv")));
    for (const std::string& class_name : options_.class_names) UNIMO_TRY(map.line(class_name));
    UNIMO_TRY(map.finish());
    return write_file(options_.folder / (name + ".yaml"),
                      fmt::format("label: {0}.label.tsv\nhw: {0}.hw.tsv\nlabelmap: "
                                  "{0}.labelmap.tsv\n",
                                  name));
  }

 private:
  RegionFileOptions options_;
  IndexedOutput labels_, sizes_;
};

}  // namespace

ParsedRow parse_vinvl_row(std::string_view line, std::string_view sizes) {
  RowParser parser;
  const std::size_t tab = line.find('\t');
  parser.id(line.substr(0, tab));
  if (tab == line.npos) parser.wrong("columns", "there is no tab between key and JSON");
  take_size(sizes, parser);
  if (!parser.good()) return parser.take();
  const auto json = parse_json(line.substr(tab + 1), "labels");
  if (!json || !json->is_array()) {
    parser.wrong("bad_json", json ? "is no list of regions" : json.error().message);
    return parser.take();
  }
  RegionRow& row = parser.row();
  row.count = static_cast<std::int64_t>(json->size());
  for (std::size_t i = 0; i < json->size() && parser.good(); ++i)
    take_region(json->at(i), i, parser);
  if (parser.good() && !row.class_confidences.empty() &&
      row.class_confidences.size() != json->size())
    parser.wrong("bad_class", "some regions have a conf and some have none");
  parser.check_finite(row.boxes, "rect");
  parser.check_finite(row.features, "feature");
  parser.check_finite(row.class_confidences, "conf");
  return parser.take();
}

Result<std::string> format_vinvl_row(const RegionRow& row,
                                     std::span<const std::string> class_names) {
  UNIMO_TRY(check_row(row));
  if (row.shares)
    return fail(ErrorCode::kInvalid, "image {}: this format needs boxes in pixels", row.id);
  const auto size = static_cast<std::size_t>(row.feature_size);
  Json list = Json::array();
  for (std::size_t r = 0; r < static_cast<std::size_t>(row.count); ++r) {
    const std::string name = UNIMO_TRY(class_of(row, r, class_names));
    Json item = {{"rect", std::span(row.boxes).subspan(4 * r, 4)}, {"class", name}};
    if (!row.class_confidences.empty()) item["conf"] = row.class_confidences[r];
    if (size > 0) item["feature"] = base64_of(std::span(row.features).subspan(r * size, size));
    list.push_back(std::move(item));
  }
  return row.id + "\t" + canonical_text(list);
}

std::string format_vinvl_sizes(const RegionRow& row) {
  return fmt::format("{}\t[{{\"height\": {}, \"width\": {}}}]", row.id, row.height, row.width);
}

Result<std::unique_ptr<RegionReader>> open_vinvl_rows(const fs::path& path) {
  const FileSet files = UNIMO_TRY(find_files(path));
  IndexedLines labels = UNIMO_TRY(IndexedLines::open(files.at("label")));
  std::optional<IndexedLines> sizes;
  if (const auto hw = files.find("hw"); hw != files.end())
    sizes = UNIMO_TRY(IndexedLines::open(hw->second));
  auto rows = std::make_unique<VinvlRows>(std::move(labels), std::move(sizes));
  UNIMO_TRY(rows->read_lists(files));
  return std::unique_ptr<RegionReader>(std::move(rows));
}

Result<std::unique_ptr<RegionWriter>> create_vinvl_rows(const RegionFileOptions& options) {
  IndexedOutput labels =
      UNIMO_TRY(IndexedOutput::create(options.folder / (options.name + ".label.tsv")));
  IndexedOutput sizes =
      UNIMO_TRY(IndexedOutput::create(options.folder / (options.name + ".hw.tsv")));
  return std::unique_ptr<RegionWriter>(
      std::make_unique<VinvlFile>(options, std::move(labels), std::move(sizes)));
}

}  // namespace unimo::stages
