#include "stages/region_files/npz_rows.h"

#include "orchestrator/base/file.h"

namespace unimo::stages {

using trainer::TensorType;

namespace {

constexpr std::uintmax_t kMostFileBytes = 256 << 20;

// Takes arrays of a picture by the names that they may have; the first mistake is kept.
class ArrayTaker {
 public:
  ArrayTaker(const NumberArrays& arrays, RowParser& parser) : arrays_(arrays), parser_(parser) {}

  const NumberArray* find(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      if (const auto found = arrays_.find(name); found != arrays_.end()) return &found->second;
    }
    return nullptr;
  }

  // [n, any number]; gives that number. No such array: 0 and no values.
  std::int64_t matrix(std::initializer_list<const char*> names, std::vector<float>& values) {
    const NumberArray* array = find(names);
    if (array == nullptr || !parser_.good()) return 0;
    const auto& shape = array->shape;
    if (shape.size() != 2 || shape[0] != parser_.row().count || shape[1] > kMostFeature) {
      wrong_shape(*names.begin(), shape, "a matrix with a row for each");
      return 0;
    }
    values = floats_of(*array);
    parser_.check_finite(values, *names.begin());
    return shape[1];
  }

  void list(const char* name, std::vector<float>& values) {
    const NumberArray* array = find({name});
    if (array == nullptr || !parser_.good()) return;
    if (array->count() != parser_.row().count)
      return wrong_shape(name, array->shape, "a number for each");
    values = floats_of(*array);
    parser_.check_finite(values, name);
  }

  void whole_numbers(const char* name, std::vector<std::int64_t>& values) {
    const NumberArray* array = find({name});
    if (array == nullptr || !parser_.good()) return;
    auto numbers = whole_numbers_of(*array);
    if (!numbers || array->count() != parser_.row().count)
      return wrong_shape(name, array->shape, "a whole number for each");
    values = std::move(*numbers);
  }

  // One whole number, also as a float, as numpy gives sizes of pictures; -1: there is none.
  std::int64_t number(const char* name) {
    const NumberArray* array = find({name});
    if (array == nullptr || array->count() != 1) return -1;
    const float value = floats_of(*array)[0];
    return value >= 0 && value < 1e7F ? static_cast<std::int64_t>(value) : -1;
  }

 private:
  void wrong_shape(const char* name, std::span<const std::int64_t> shape, std::string_view need) {
    parser_.wrong("bad_length", fmt::format("{} has shape {}; it must be {} of {} regions", name,
                                            trainer::shape_text(shape), need, parser_.row().count));
  }
  const NumberArrays& arrays_;
  RowParser& parser_;
};

void take_boxes(ArrayTaker& taker, RowParser& parser) {
  RegionRow& row = parser.row();
  row.shares = taker.find({"bbox", "boxes"}) == nullptr;
  const std::int64_t numbers = row.shares ? taker.matrix({"norm_bb"}, row.boxes)
                                          : taker.matrix({"bbox", "boxes"}, row.boxes);
  if (!parser.good() || numbers == 4) return;
  if (numbers < 4) {
    return parser.wrong("bad_length", fmt::format("boxes have {} numbers; bbox or norm_bb must "
                                                  "have 4 or more for each region",
                                                  numbers));
  }
  // Width, height and area stand behind the corners and follow from them.
  for (std::int64_t r = 0; r < row.count; ++r) {
    for (std::int64_t k = 0; k < 4; ++k) {
      row.boxes[static_cast<std::size_t>(4 * r + k)] =
          row.boxes[static_cast<std::size_t>(numbers * r + k)];
    }
  }
  row.boxes.resize(static_cast<std::size_t>(4 * row.count));
}

class NpzFile : public RegionReader {
 public:
  explicit NpzFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<bool> next(RawRow& raw) override {
    if (given_) return false;
    given_ = true;
    std::error_code error;
    if (const auto size = std::filesystem::file_size(path_, error); !error && size > kMostFileBytes)
      return fail(ErrorCode::kInvalid, "{}: {} bytes are too many for one picture", path_.string(),
                  size);
    raw.bytes = UNIMO_TRY(read_file(path_));
    raw.place = path_.filename().string();
    raw.key = path_.stem().string();
    return true;
  }
  ParsedRow parse(const RawRow& raw) const override {
    const auto arrays = parse_npz(raw.bytes, raw.place);
    if (arrays) return row_of_arrays(*arrays, raw.key);
    RowParser parser;
    parser.id(raw.key);
    parser.wrong("bad_npz", arrays.error().message);
    return parser.take();
  }
  bool by_line() const override { return false; }

 private:
  std::filesystem::path path_;
  bool given_ = false;
};

class NpzFolder : public RegionWriter {
 public:
  explicit NpzFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status add(const RegionRow& row) override {
    UNIMO_TRY(check_row(row));
    if (row.shares || row.width <= 0) {
      return fail(ErrorCode::kInvalid,
                  "image {}: this format needs the picture's size and boxes in pixels", row.id);
    }
    if (row.id.empty() || row.id.front() == '.' || row.id.find('/') != std::string::npos)
      return fail(ErrorCode::kInvalid, "image {}: its id is no file name", row.id);
    return write_file(folder_ / (row.id + ".npz"), format_npz(arrays_of_pixels(row)));
  }
  Status finish() override { return ok(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace

ParsedRow row_of_arrays(const NumberArrays& arrays, std::string_view id) {
  RowParser parser;
  parser.id(id);
  ArrayTaker taker(arrays, parser);
  RegionRow& row = parser.row();
  const NumberArray* features = taker.find({"x", "features"});
  if (features == nullptr || features->shape.size() != 2 || features->shape[0] > kMostRegions) {
    parser.wrong("no_features", "there is no matrix x or features of one row a region");
    return parser.take();
  }
  row.count = features->shape[0];
  row.feature_size = taker.matrix({"x", "features"}, row.features);
  take_boxes(taker, parser);
  row.width = std::max<std::int64_t>(taker.number("image_w"), 0);
  row.height = std::max<std::int64_t>(taker.number("image_h"), 0);
  if (!row.shares && (row.width == 0 || row.height == 0))
    parser.wrong("bad_number", "boxes are pixels, but image_w or image_h is missing");
  if (const std::int64_t told = taker.number("num_bbox"); told >= 0 && told != row.count) {
    parser.wrong("bad_length",
                 fmt::format("num_bbox is {}, but there are {} features", told, row.count));
  }
  row.class_count = taker.matrix({"soft_labels", "cls_prob"}, row.class_probabilities);
  taker.list(taker.find({"conf"}) != nullptr ? "conf" : "objects_conf", row.class_confidences);
  taker.whole_numbers("objects_id", row.class_ids);
  taker.whole_numbers("attrs_id", row.attribute_ids);
  taker.list("attrs_conf", row.attribute_confidences);
  return parser.take();
}

std::vector<float> boxes_as_shares(const RegionRow& row) {
  std::vector<float> boxes = row.boxes;
  if (row.shares) return boxes;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    boxes[i] /= static_cast<float>(i % 2 == 0 ? row.width : row.height);
  return boxes;
}

NumberArrays arrays_of_pixels(const RegionRow& row) {
  const auto one = [](std::int64_t value) { return array_of({}, std::span(&value, 1)); };
  NumberArrays arrays;
  arrays["x"] = array_of(TensorType::kF32, {row.count, row.feature_size}, row.features);
  arrays["bbox"] = array_of(TensorType::kF32, {row.count, 4}, row.boxes);
  arrays["image_w"] = one(row.width);
  arrays["image_h"] = one(row.height);
  arrays["num_bbox"] = one(row.count);
  if (row.class_count > 0) {
    arrays["cls_prob"] =
        array_of(TensorType::kF32, {row.count, row.class_count}, row.class_probabilities);
  }
  if (!row.class_ids.empty()) arrays["objects_id"] = array_of({row.count}, row.class_ids);
  if (!row.class_confidences.empty())
    arrays["objects_conf"] = array_of(TensorType::kF32, {row.count}, row.class_confidences);
  if (!row.attribute_ids.empty()) arrays["attrs_id"] = array_of({row.count}, row.attribute_ids);
  if (!row.attribute_confidences.empty())
    arrays["attrs_conf"] = array_of(TensorType::kF32, {row.count}, row.attribute_confidences);
  return arrays;
}

NumberArrays arrays_of_shares(const RegionRow& row) {
  const std::vector<float> shares = boxes_as_shares(row);
  std::vector<float> six;  // corners, width and height
  for (std::size_t i = 0; i + 3 < shares.size(); i += 4) {
    const float* box = shares.data() + i;
    six.insert(six.end(), {box[0], box[1], box[2], box[3], box[2] - box[0], box[3] - box[1]});
  }
  NumberArrays arrays;
  arrays["features"] = array_of(TensorType::kF16, {row.count, row.feature_size}, row.features);
  arrays["norm_bb"] = array_of(TensorType::kF16, {row.count, 6}, six);
  if (!row.class_confidences.empty())
    arrays["conf"] = array_of(TensorType::kF16, {row.count}, row.class_confidences);
  if (row.class_count > 0) {
    arrays["soft_labels"] =
        array_of(TensorType::kF16, {row.count, row.class_count}, row.class_probabilities);
  }
  return arrays;
}

Result<std::unique_ptr<RegionReader>> open_npz_rows(const std::filesystem::path& path) {
  return std::unique_ptr<RegionReader>(std::make_unique<NpzFile>(path));
}

Result<std::unique_ptr<RegionWriter>> create_npz_rows(const RegionFileOptions& options) {
  const auto folder = options.folder / options.name;
  UNIMO_TRY(make_directories(folder));
  return std::unique_ptr<RegionWriter>(std::make_unique<NpzFolder>(folder));
}

}  // namespace unimo::stages
