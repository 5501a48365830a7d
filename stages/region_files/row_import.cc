#include "stages/region_files/row_import.h"

#include <algorithm>

#include "stages/region_files/originals.h"
#include "stages/region_files/region_preview.h"

namespace unimo::stages {

namespace {

void refuse(ImportedRow& made, std::string_view reason, std::string detail) {
  made.reason = reason;
  made.detail = std::move(detail);
}

// Under which id and split the picture goes; false: the row is not used.
bool place_picture(const ImportRules& rules, ImportedRow& made, trainer::RegionRecord& record) {
  record.id = made.row_id;
  record.split = rules.params.split;
  if (rules.has_records) {
    const PictureIds::Found found = rules.pictures.find(made.row_id);
    if (found.ambiguous) {
      refuse(made, "ambiguous_id", "two pictures of the records could go under this name");
      return false;
    }
    made.not_in_records = found.picture == nullptr;
    if (made.not_in_records) return false;
    record.id = found.picture->id;
    record.split = found.picture->split;
    record.width = static_cast<std::uint32_t>(found.picture->width);
    record.height = static_cast<std::uint32_t>(found.picture->height);
  }
  made.id = record.id;
  return true;
}

// False, with the reason: sizes that the boxes contradict, no regions, no features.
bool check_regions(const RegionRow& row, const ImportRules& rules, ImportedRow& made) {
  if (row.count == 0) {
    refuse(made, "no_regions", "the row has no regions");
  } else if (row.feature_size == 0) {
    refuse(made, "no_features", "the row has boxes, but no features");
  } else if (rules.params.size_order == "auto" && size_fit(row) == SizeFit::kSwapped) {
    refuse(made, "swapped_sizes",
           fmt::format("boxes leave a picture of {} x {} and fit one of {} x {}", row.width,
                       row.height, row.height, row.width));
  }
  return made.reason.empty();
}

// The word for a region's attribute; empty: there is none.
std::string_view attribute_word(const RegionRow& row, std::size_t region,
                                const ImportRules& rules) {
  if (region >= row.attribute_ids.size()) return {};
  const std::int64_t id = row.attribute_ids[region];
  const bool known = id >= 0 && id < static_cast<std::int64_t>(rules.attributes.size());
  return known ? std::string_view(rules.attributes[static_cast<std::size_t>(id)].front())
               : std::string_view();
}

std::string preview_of(const RegionRow& row, const trainer::RegionRecord& record,
                       const ImportRules& rules) {
  const std::vector<std::size_t> order = surest_regions(record);
  const PreviewWords words{.classes = rules.classes.names(), .attribute = [&](std::size_t region) {
                             return attribute_word(row, region, rules);
                           }};
  return preview_line(record, std::span(order).first(std::min(order.size(), kPreviewedRegions)),
                      words);
}

}  // namespace

ImportedRow import_row(const RowToImport& task, const ImportRules& rules) {
  ImportedRow made{.place = task.raw.place, .repeats = task.reader->repeats_pictures()};
  ParsedRow parsed = task.reader->parse(task.raw);
  RegionRow& row = parsed.row;
  made.row_id = row.id;
  if (!parsed.good()) {
    refuse(made, parsed.reason, parsed.detail);
    return made;
  }
  trainer::RegionRecord record;
  if (!place_picture(rules, made, record)) return made;
  if (rules.params.originals) made.original = encode_original(row);
  if (task.swapped) swap_sizes(row);
  if (!check_regions(row, rules, made)) return made;
  if (row.width > 0) {
    record.width = static_cast<std::uint32_t>(row.width);
    record.height = static_cast<std::uint32_t>(row.height);
  }
  record.count = made.regions = static_cast<std::uint32_t>(row.count);
  record.feature_size = made.feature_size = static_cast<std::uint32_t>(row.feature_size);
  record.boxes = boxes_in_picture(row, made.boxes);
  record.features = std::move(row.features);
  if (const auto flaw = rules.classes.guess(row, record)) {
    refuse(made, "bad_class", *flaw);
    return made;
  }
  made.top_k = record.top_k;
  auto bytes = trainer::encode_regions(record);
  if (!bytes) {
    refuse(made, "bad_value", bytes.error().message);
    return made;
  }
  made.record = std::move(*bytes);
  made.preview = preview_of(row, record, rules);
  return made;
}

}  // namespace unimo::stages
