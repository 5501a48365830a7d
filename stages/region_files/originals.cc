#include "stages/region_files/originals.h"

#include "trainer/data/bytes.h"

namespace unimo::stages {

using trainer::RecordReader;
using trainer::RecordWriter;

std::vector<std::byte> encode_original(const RegionRow& row) {
  RecordWriter writer;
  writer.text(row.id);
  for (const std::int64_t value :
       {row.width, row.height, row.count, row.feature_size, row.class_count, row.attribute_count,
        static_cast<std::int64_t>(row.shares)})
    writer.number(value);
  for (const auto* list :
       {&row.boxes, &row.features, &row.class_probabilities, &row.attribute_probabilities,
        &row.class_confidences, &row.attribute_confidences})
    writer.counted<float>(*list);
  for (const auto* list : {&row.class_ids, &row.attribute_ids}) writer.counted<std::int64_t>(*list);
  writer.u32(static_cast<std::uint32_t>(row.labels.size()));
  for (const std::string& label : row.labels) writer.text(label);
  const auto bytes = writer.bytes();
  return {bytes.begin(), bytes.end()};
}

Result<RegionRow> decode_original(std::span<const std::byte> bytes, std::string_view origin) {
  RecordReader reader(bytes);
  RegionRow row;
  row.id = reader.text();
  for (std::int64_t* value : {&row.width, &row.height, &row.count, &row.feature_size,
                              &row.class_count, &row.attribute_count})
    *value = reader.number<std::int64_t>();
  row.shares = reader.number<std::int64_t>() != 0;
  for (auto* list :
       {&row.boxes, &row.features, &row.class_probabilities, &row.attribute_probabilities,
        &row.class_confidences, &row.attribute_confidences})
    *list = reader.counted<float>();
  for (auto* list : {&row.class_ids, &row.attribute_ids}) *list = reader.counted<std::int64_t>();
  const std::uint32_t labels = reader.u32();
  for (std::uint32_t i = 0; i < labels && !reader.overrun(); ++i)
    row.labels.emplace_back(reader.text());
  const Status checked = reader.complete() ? check_row(row) : Status();
  if (reader.complete() && checked) return row;
  return fail(ErrorCode::kIntegrity, "{}: {} bytes are no original row{}", origin, bytes.size(),
              checked ? std::string() : ": " + checked.error().message);
}

}  // namespace unimo::stages
