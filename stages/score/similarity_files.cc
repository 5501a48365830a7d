#include "stages/score/similarity_files.h"

#include <charconv>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "stages/ingest/stream/line_reader.h"
#include "stages/score/caption_files.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

Status append_row(const std::string& place, const std::vector<std::string_view>& fields,
                  std::vector<float>& values) {
  for (std::size_t column = 0; column < fields.size(); ++column) {
    const std::string_view field = fields[column];
    float value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
      return fail(
          ErrorCode::kInvalid,
          "{}: column {} is \"{}\"; a similarity is a finite number, larger is more similar", place,
          column + 1, field.substr(0, 40));
    }
    values.push_back(value);
  }
  return ok();
}

struct Table {
  std::vector<float> values;
  std::size_t rows = 0, columns = 0;
};

Result<Table> read_table(const fs::path& path) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  Table table;
  std::vector<std::string_view> fields;
  LineReader::Line line;
  while (UNIMO_TRY(lines.next(line))) {
    if (line.text.starts_with('#')) continue;
    const std::string place = fmt::format("{}:{}", path.string(), line.number);
    split_tabs(line.text, fields);
    if (table.rows == 0) table.columns = fields.size();
    if (fields.size() != table.columns) {
      return fail(ErrorCode::kInvalid, "{}: {} columns, but the first row has {}", place,
                  fields.size(), table.columns);
    }
    UNIMO_TRY(append_row(place, fields, table.values));
    ++table.rows;
  }
  if (table.rows == 0)
    return fail(ErrorCode::kInvalid, "{}: no row; there is nothing to score", path.string());
  return table;
}

// The ids of one side; numbers from 0 where the index has none.
Result<std::vector<std::string>> ids_of(const Json& index, const char* key, std::size_t count,
                                        const fs::path& path) {
  std::vector<std::string> ids;
  const auto found = index.find(key);
  if (found == index.end()) {
    for (std::size_t i = 0; i < count; ++i) ids.push_back(fmt::format("{}", i));
    return ids;
  }
  for (const Json& id : *found) ids.push_back(id.is_string() ? id.get<std::string>() : id.dump());
  if (ids.size() != count)
    return fail(ErrorCode::kInvalid, "{}: \"{}\" has {} ids, the table {}", path.string(), key,
                ids.size(), count);
  return ids;
}

Result<std::vector<std::size_t>> rows_of(const Json& index, const Table& table,
                                         const fs::path& path) {
  const auto found = index.find("image_of_caption");
  if (found == index.end() || !found->is_array() || found->size() != table.columns) {
    return fail(ErrorCode::kInvalid,
                "{}: \"image_of_caption\" must be a list of {} row numbers, one a column of the "
                "table",
                path.string(), table.columns);
  }
  std::vector<std::size_t> rows;
  std::vector<bool> has_caption(table.rows);
  for (const Json& row : *found) {
    if (!row.is_number_unsigned() || row.get<std::size_t>() >= table.rows)
      return fail(ErrorCode::kInvalid, "{}: \"image_of_caption\" has {}; rows go from 0 to {}",
                  path.string(), canonical_text(row), table.rows - 1);
    rows.push_back(row.get<std::size_t>());
    has_caption[rows.back()] = true;
  }
  for (std::size_t row = 0; row < table.rows; ++row)
    if (!has_caption[row])
      return fail(ErrorCode::kInvalid, "{}: row {} has no caption, so it cannot be ranked",
                  path.string(), row);
  return rows;
}

Result<eval::Similarity> read_similarity_table(const fs::path& predictions,
                                               const fs::path& references) {
  Table table = UNIMO_TRY(read_table(predictions));
  const Json index = UNIMO_TRY(read_json(references));
  if (!index.is_object())
    return fail(ErrorCode::kInvalid, "{}: must be a mapping with image_of_caption",
                references.string());
  eval::Similarity similarity;
  similarity.images = UNIMO_TRY(ids_of(index, "images", table.rows, references));
  similarity.captions = UNIMO_TRY(ids_of(index, "captions", table.columns, references));
  similarity.image_of_caption = UNIMO_TRY(rows_of(index, table, references));
  similarity.values = std::move(table.values);
  return similarity;
}

}  // namespace

Status check_pairs(const eval::Similarity& similarity, const CaptionSet& references,
                   const std::string& origin) {
  UNIMO_TRY(eval::check_ids(origin, "image", references.images, similarity.images));
  UNIMO_TRY(eval::check_ids(origin, "caption", references.caption_ids, similarity.captions));
  std::unordered_map<std::string_view, std::string_view> image_of;
  for (std::size_t i = 0; i < references.images.size(); ++i)
    for (std::size_t c = references.first_of_image[i]; c < references.first_of_image[i + 1]; ++c)
      image_of.emplace(references.caption_ids[c], references.images[i]);
  for (std::size_t c = 0; c < similarity.captions.size(); ++c) {
    const std::string& said = similarity.images[similarity.image_of_caption[c]];
    const std::string_view known = image_of.at(similarity.captions[c]);
    if (said != known)
      return fail(ErrorCode::kInvalid,
                  "{}: gives caption {} to image {}, but the references to image {}", origin,
                  similarity.captions[c], said, known);
  }
  return ok();
}

Result<eval::Similarity> read_similarity_files(const fs::path& predictions,
                                               const fs::path& references, std::string_view split) {
  if (!fs::is_directory(predictions)) return read_similarity_table(predictions, references);
  auto similarity = UNIMO_TRY(eval::read_similarity(predictions));
  if (references.empty()) return similarity;
  const CaptionSet set = UNIMO_TRY(read_caption_references(references, split));
  UNIMO_TRY(check_pairs(similarity, set, (predictions / "index.json").string()));
  return similarity;
}

}  // namespace unimo::stages
