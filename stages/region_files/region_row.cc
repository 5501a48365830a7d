#include "stages/region_files/region_row.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "stages/ingest/base64.h"
#include "trainer/text/utf8.h"
#include "trainer/weights/tensor_type.h"

namespace unimo::stages {

static_assert(std::endian::native == std::endian::little, "the files hold little-endian numbers");

namespace {

constexpr std::int64_t kMostPixels = 1'000'000;  // on one side
constexpr std::size_t kMostIdBytes = 400;

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  return fmt::format("\"{}{}\"", trainer::repair_utf8(text.substr(0, kShown)),
                     text.size() > kShown ? "…" : "");
}

template <class T>
std::string base64_of_numbers(std::span<const T> values) {
  return to_base64({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

}  // namespace

void RowParser::wrong(std::string_view reason, std::string detail) {
  if (!good()) return;
  parsed_.reason = reason;
  parsed_.detail = std::move(detail);
}

void RowParser::id(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (text.empty() || text.size() > kMostIdBytes || control || !trainer::is_valid_utf8(text)) {
    wrong("bad_id", fmt::format("{} is no id of a picture", shown(text)));
    return;
  }
  row().id = text;
}

std::int64_t RowParser::number(std::string_view text, std::string_view what, std::int64_t low,
                               std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    wrong("bad_number", fmt::format("{}: {} is no whole number", what, shown(text)));
    return low;
  }
  if (value < low || value > high) {
    wrong("bad_number", fmt::format("{}: {} is not in {} to {}", what, value, low, high));
    return low;
  }
  return value;
}

std::int64_t RowParser::size(std::string_view text, std::string_view what) {
  return number(text, what, 1, kMostPixels);
}

void RowParser::regions(std::string_view text) {
  row().count = number(text, "number of boxes", 0, kMostRegions);
}

template <class T>
void RowParser::column(std::string_view text, std::string_view what, std::int64_t per_region,
                       std::vector<T>& values) {
  if (!good()) return;
  const auto bytes = base64_bytes(text);
  if (!bytes) return wrong("base64", fmt::format("{}: {}", what, bytes.error().message));
  const auto n = static_cast<std::size_t>(row().count);
  const std::size_t each = std::max<std::size_t>(n, 1) * sizeof(T);
  const bool even = per_region < 0 ? *bytes % each == 0 && (n > 0 || *bytes == 0)
                                   : *bytes == n * sizeof(T) * static_cast<std::size_t>(per_region);
  if (!even) {
    return wrong("bad_length",
                 fmt::format("{}: {} bytes for {} regions{}", what, *bytes, n,
                             per_region < 0 ? std::string()
                                            : fmt::format(" of {} numbers of {} bytes", per_region,
                                                          sizeof(T))));
  }
  values.resize(*bytes / sizeof(T));
  const Status decoded =
      from_base64(text, std::span(reinterpret_cast<char*>(values.data()), *bytes));
  if (!decoded) wrong("base64", fmt::format("{}: {}", what, decoded.error().message));
}

void RowParser::floats(std::string_view text, std::string_view what, std::int64_t per_region,
                       std::vector<float>& values) {
  column(text, what, per_region, values);
  check_finite(values, what);
}

std::int64_t RowParser::floats(std::string_view text, std::string_view what,
                               std::vector<float>& values) {
  floats(text, what, -1, values);
  if (!good() || row().count == 0) return 0;
  const auto each = static_cast<std::int64_t>(values.size()) / row().count;
  if (each > kMostFeature) {
    wrong("bad_length", fmt::format("{}: {} numbers for each of {} regions; {} are the most", what,
                                    each, row().count, kMostFeature));
  }
  return each;
}

void RowParser::whole_numbers(std::string_view text, std::string_view what,
                              std::vector<std::int64_t>& values) {
  column(text, what, 1, values);
}

void RowParser::check_finite(std::span<const float> values, std::string_view what) {
  if (!good()) return;
  const std::size_t at = trainer::first_not_finite(values);
  if (at == values.size()) return;
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(row().count, 1));
  const std::size_t each = std::max<std::size_t>(values.size() / n, 1);
  wrong("not_finite",
        fmt::format("{}: number {} of region {} is {}", what, at % each, at / each, values[at]));
}

std::string base64_of(std::span<const float> values) { return base64_of_numbers(values); }
std::string base64_of(std::span<const std::int64_t> values) { return base64_of_numbers(values); }

Status check_row(const RegionRow& row) {
  const auto counts = {row.feature_size, row.class_count, row.attribute_count};
  const bool sane = row.count >= 0 && row.count <= kMostRegions &&
                    std::all_of(counts.begin(), counts.end(),
                                [](std::int64_t c) { return c >= 0 && c <= kMostFeature; });
  const auto n = static_cast<std::size_t>(row.count);
  const auto is = [&](std::size_t size, std::int64_t each) {
    return size == n * static_cast<std::size_t>(each);
  };
  const auto is_or_none = [&](std::size_t size) { return size == 0 || size == n; };
  if (sane && is(row.boxes.size(), 4) && is(row.features.size(), row.feature_size) &&
      is(row.class_probabilities.size(), row.class_count) &&
      is(row.attribute_probabilities.size(), row.attribute_count) &&
      is_or_none(row.class_ids.size()) && is_or_none(row.class_confidences.size()) &&
      is_or_none(row.attribute_ids.size()) && is_or_none(row.attribute_confidences.size()) &&
      is_or_none(row.labels.size()))
    return ok();
  return fail(
      ErrorCode::kInvalid,
      "image {}: {} regions of {} numbers, {} classes and {} attributes, but its lists have "
      "other lengths",
      row.id, row.count, row.feature_size, row.class_count, row.attribute_count);
}

}  // namespace unimo::stages
