#include "trainer/data/regions.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "trainer/data/bytes.h"
#include "trainer/data/half.h"
#include "trainer/data/load_clock.h"

namespace unimo::trainer {

namespace {

constexpr float kLargestHalf = 65504.0F;

template <class T>
Status check_size(const RegionRecord& record, std::string_view what, const std::vector<T>& values,
                  std::uint64_t per_region) {
  const std::uint64_t wanted = record.count * per_region;
  if (values.size() == wanted) return ok();
  return fail(ErrorCode::kInvalid, "image {}: {} numbers of {} where {} regions need {}", record.id,
              values.size(), what, record.count, wanted);
}

Status check_boxes(const RegionRecord& record) {
  for (std::size_t i = 0; i + 3 < record.boxes.size(); i += 4) {
    const std::span box(record.boxes.data() + i, 4);
    const bool inside = std::ranges::all_of(box, [](float v) { return v >= 0.0F && v <= 1.0F; });
    if (!inside || box[2] < box[0] || box[3] < box[1]) {
      return fail(
          ErrorCode::kInvalid,
          "image {}: box {} is [{}, {}, {}, {}]; corners are shares of the picture, 0 to 1, "
          "the second not before the first",
          record.id, i / 4, box[0], box[1], box[2], box[3]);
    }
  }
  return ok();
}

Status check_numbers(const RegionRecord& record, std::string_view what,
                     std::span<const float> values) {
  for (const float value : values) {
    if (!(std::fabs(value) <= kLargestHalf)) {
      return fail(ErrorCode::kInvalid, "image {}: {} holds {}, which half precision cannot store",
                  record.id, what, value);
    }
  }
  return ok();
}

void write_halves(RecordWriter& writer, std::span<const float> values) {
  std::vector<std::uint16_t> halves(values.size());
  floats_to_halves(values, halves);
  writer.array<std::uint16_t>(halves);
}

void copy_out(std::span<const std::byte> from, void* to, std::size_t size_bytes) {
  UNIMO_CHECK(from.size() == size_bytes, "a span of {} bytes for {} bytes of regions", size_bytes,
              from.size());
  if (size_bytes != 0) std::memcpy(to, from.data(), size_bytes);
}

}  // namespace

Result<std::vector<std::byte>> encode_regions(const RegionRecord& record) {
  UNIMO_TRY(check_size(record, "boxes", record.boxes, 4));
  UNIMO_TRY(check_size(record, "features", record.features, record.feature_size));
  UNIMO_TRY(check_size(record, "classes", record.classes, record.top_k));
  UNIMO_TRY(check_size(record, "probabilities", record.probabilities, record.top_k));
  UNIMO_TRY(check_size(record, "attributes", record.attributes, record.top_attributes));
  UNIMO_TRY(check_size(record, "attribute probabilities", record.attribute_probabilities,
                       record.top_attributes));
  UNIMO_TRY(check_boxes(record));
  UNIMO_TRY(check_numbers(record, "features", record.features));
  UNIMO_TRY(check_numbers(record, "probabilities", record.probabilities));
  UNIMO_TRY(check_numbers(record, "attribute probabilities", record.attribute_probabilities));

  RecordWriter writer;
  writer.text(record.id);
  writer.text(record.split);
  for (const std::uint32_t value : {record.view, record.width, record.height, record.count,
                                    record.feature_size, record.top_k}) {
    writer.u32(value);
  }
  writer.array<float>(record.boxes);
  write_halves(writer, record.features);
  writer.array<std::uint16_t>(record.classes);
  write_halves(writer, record.probabilities);
  if (record.top_attributes > 0) {
    writer.u32(record.top_attributes);
    writer.array<std::uint16_t>(record.attributes);
    write_halves(writer, record.attribute_probabilities);
  }
  const auto bytes = writer.bytes();
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

Result<RegionView> RegionView::parse(std::span<const std::byte> bytes, std::string_view origin) {
  RecordReader reader(bytes);
  RegionView view;
  view.id_ = reader.text();
  view.split_ = reader.text();
  for (std::uint32_t* value : {&view.view_, &view.width_, &view.height_, &view.count_,
                               &view.feature_size_, &view.top_k_}) {
    *value = reader.u32();
  }
  view.boxes_ = reader.array(view.count_, 4 * sizeof(float));
  view.features_ = reader.array(view.count_, std::uint64_t{view.feature_size_} * 2);
  view.classes_ = reader.array(view.count_, std::uint64_t{view.top_k_} * 2);
  view.probabilities_ = reader.array(view.count_, std::uint64_t{view.top_k_} * 2);
  // Records without attributes, all of version 1, end here.
  if (!reader.complete()) {
    view.top_attributes_ = reader.u32();
    view.attributes_ = reader.array(view.count_, std::uint64_t{view.top_attributes_} * 2);
    view.attribute_probabilities_ =
        reader.array(view.count_, std::uint64_t{view.top_attributes_} * 2);
  }
  if (!reader.complete()) {
    return fail(ErrorCode::kIntegrity,
                "{}: {} bytes do not hold {} regions of {} features, {} classes and {} attributes",
                origin, bytes.size(), view.count_, view.feature_size_, view.top_k_,
                view.top_attributes_);
  }
  return view;
}

void RegionView::boxes(std::span<float> out) const {
  copy_out(boxes_, out.data(), out.size_bytes());
}

void RegionView::classes(std::span<std::uint16_t> out) const {
  copy_out(classes_, out.data(), out.size_bytes());
}

void RegionView::features(std::span<float> out) const { first_features(count_, out); }

void RegionView::first_features(std::uint32_t rows, std::span<float> out) const {
  UNIMO_CHECK(rows <= count_ && out.size() == std::size_t{rows} * feature_size_,
              "a span of {} floats for {} of {} regions", out.size(), rows, count_);
  const LoadTimer timer(LoadPart::kDecode);
  halves_to_floats(static_cast<const void*>(features_.data()), out);
}

void RegionView::probabilities(std::span<float> out) const {
  UNIMO_CHECK(out.size() * 2 == probabilities_.size(), "a span of {} floats for {} probabilities",
              out.size(), probabilities_.size() / 2);
  halves_to_floats(static_cast<const void*>(probabilities_.data()), out);
}

void RegionView::attributes(std::span<std::uint16_t> out) const {
  copy_out(attributes_, out.data(), out.size_bytes());
}

void RegionView::attribute_probabilities(std::span<float> out) const {
  UNIMO_CHECK(out.size() * 2 == attribute_probabilities_.size(),
              "a span of {} floats for {} probabilities", out.size(),
              attribute_probabilities_.size() / 2);
  halves_to_floats(static_cast<const void*>(attribute_probabilities_.data()), out);
}

RegionRecord RegionView::decode() const {
  const LoadTimer timer(LoadPart::kDecode);
  const std::size_t n = count_;
  RegionRecord record{.id = std::string(id_),
                      .split = std::string(split_),
                      .view = view_,
                      .width = width_,
                      .height = height_,
                      .count = count_,
                      .feature_size = feature_size_,
                      .top_k = top_k_,
                      .boxes = std::vector<float>(n * 4),
                      .features = std::vector<float>(n * feature_size_),
                      .classes = std::vector<std::uint16_t>(n * top_k_),
                      .probabilities = std::vector<float>(n * top_k_),
                      .top_attributes = top_attributes_,
                      .attributes = std::vector<std::uint16_t>(n * top_attributes_),
                      .attribute_probabilities = std::vector<float>(n * top_attributes_)};
  boxes(record.boxes);
  features(record.features);
  classes(record.classes);
  probabilities(record.probabilities);
  attributes(record.attributes);
  attribute_probabilities(record.attribute_probabilities);
  return record;
}

// Version 2 is version 1 with attributes; what has none stays readable to whoever knows the first
// alone.
Json to_json(const RegionsInfo& info) {
  Json document = {{"format", "unimo.regions"},   {"version", 1},
                   {"extractor", info.extractor}, {"feature_size", info.feature_size},
                   {"classes", info.classes},     {"views", info.views},
                   {"images", info.images},       {"fitted_on", info.fitted_on}};
  if (info.attributes.empty()) return document;
  document["version"] = 2;
  document["attributes"] = info.attributes;
  return document;
}

Result<RegionsInfo> read_regions_info(const std::filesystem::path& path) {
  const Json document = UNIMO_TRY(read_json(path));
  if (!document.is_object() || document.value("format", Json()) != "unimo.regions" ||
      (document.value("version", Json()) != 1 && document.value("version", Json()) != 2)) {
    return fail(ErrorCode::kInvalid, "{}: not a unimo.regions document of version 1 or 2",
                path.string());
  }
  try {
    RegionsInfo info{.extractor = document.at("extractor").get<std::string>(),
                     .feature_size = document.at("feature_size").get<std::uint32_t>(),
                     .classes = document.at("classes").get<std::vector<std::string>>(),
                     .attributes = document.value("attributes", std::vector<std::string>()),
                     .views = document.at("views").get<std::uint32_t>(),
                     .images = document.at("images").get<std::uint64_t>(),
                     .fitted_on = document.value("fitted_on", std::string())};
    if (info.views < 1 || info.views > 2) {
      return fail(ErrorCode::kInvalid, "{}: views is {}, not 1 or 2", path.string(), info.views);
    }
    return info;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalid, "{}: {}", path.string(), error.what());
  }
}

}  // namespace unimo::trainer
