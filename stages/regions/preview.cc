#include "stages/regions/preview.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "orchestrator/base/file.h"
#include "stages/region_files/region_preview.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace {

std::span<const float> box_of(const trainer::RegionRecord& record, std::size_t region) {
  return std::span(record.boxes).subspan(4 * region, 4);
}

float area(std::span<const float> box) { return (box[2] - box[0]) * (box[3] - box[1]); }

// Intersection over union.
float overlap(std::span<const float> a, std::span<const float> b) {
  const float width = std::min(a[2], b[2]) - std::max(a[0], b[0]);
  const float height = std::min(a[3], b[3]) - std::max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (area(a) + area(b) - width * height);
}

std::string_view attribute_of(const trainer::RegionRecord& record, std::size_t region,
                              const std::vector<std::string>& attributes) {
  if (record.top_attributes == 0) return {};
  return attributes[record.attributes[region * record.top_attributes]];
}

bool is_whole_picture(std::span<const float> box) {
  return box[0] == 0 && box[1] == 0 && box[2] == 1 && box[3] == 1;
}

// Extractors that begin with the whole picture say little by it.
std::vector<std::size_t> shown_regions(const trainer::RegionRecord& record,
                                       const PreviewChoice& choice) {
  std::vector<std::size_t> shown;
  for (const std::size_t region : surest_regions(record)) {
    if (shown.size() == choice.most) break;
    const auto box = box_of(record, region);
    if (region == 0 && is_whole_picture(box)) continue;
    const bool apart =
        choice.most_overlap >= 1 || std::ranges::all_of(shown, [&](std::size_t earlier) {
          return overlap(box, box_of(record, earlier)) <= choice.most_overlap;
        });
    if (apart) shown.push_back(region);
  }
  return shown;
}

}  // namespace

Status write_preview(const std::filesystem::path& folder, const PreviewChoice& choice) {
  const auto info = UNIMO_TRY(trainer::read_regions_info(folder / "regions.json"));
  const auto reader = UNIMO_TRY(trainer::ShardReader::open(folder / "regions.shard", "regions"));
  std::string lines;
  for (std::size_t i = 0; i < info.images; ++i) {
    const auto bytes = UNIMO_TRY(reader.record(i));
    const auto view =
        UNIMO_TRY(trainer::RegionView::parse(bytes, fmt::format("regions.shard: record {}", i)));
    const trainer::RegionRecord record = view.decode();
    const PreviewWords words{.classes = info.classes, .attribute = [&](std::size_t region) {
                               return attribute_of(record, region, info.attributes);
                             }};
    lines += preview_line(record, shown_regions(record, choice), words) + "\n";
  }
  return write_file_atomic(folder / "preview.jsonl", lines);
}

}  // namespace unimo::stages
