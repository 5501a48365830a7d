#include "stages/regions/preview.h"

#include <algorithm>
#include <numeric>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kShown = 6;
constexpr float kMostOverlap = 0.3F;

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

bool is_whole_picture(std::span<const float> box) {
  return box[0] == 0 && box[1] == 0 && box[2] == 1 && box[3] == 1;
}

// The surest regions first, each far enough from those before it. Extractors that begin with the
// whole picture say little by it.
std::vector<std::size_t> shown_regions(const trainer::RegionRecord& record) {
  const std::size_t first = record.count > 0 && is_whole_picture(box_of(record, 0)) ? 1 : 0;
  std::vector<std::size_t> order(record.count - first);
  std::iota(order.begin(), order.end(), first);
  if (record.top_k > 0) {
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t region) {
      return record.probabilities[region * record.top_k];
    });
  }
  std::vector<std::size_t> shown;
  for (const std::size_t region : order) {
    const bool apart = std::ranges::all_of(shown, [&](std::size_t earlier) {
      return overlap(box_of(record, region), box_of(record, earlier)) <= kMostOverlap;
    });
    if (apart) shown.push_back(region);
    if (shown.size() == kShown) break;
  }
  return shown;
}

Json preview_line(const trainer::RegionRecord& record, const std::vector<std::string>& classes) {
  Json boxes = Json::array();
  Json labels = Json::array();
  for (const std::size_t region : shown_regions(record)) {
    boxes.push_back(box_of(record, region));
    if (record.top_k == 0) continue;
    const std::size_t first = region * record.top_k;
    labels.push_back(
        fmt::format("{} {:.2f}", classes.at(record.classes[first]), record.probabilities[first]));
  }
  return {{"image", record.id}, {"boxes", std::move(boxes)}, {"labels", std::move(labels)}};
}

}  // namespace

Status write_preview(const std::filesystem::path& folder) {
  const auto info = UNIMO_TRY(trainer::read_regions_info(folder / "regions.json"));
  const auto reader = UNIMO_TRY(trainer::ShardReader::open(folder / "regions.shard", "regions"));
  std::string lines;
  for (std::size_t i = 0; i < info.images; ++i) {
    const auto bytes = UNIMO_TRY(reader.record(i));
    const auto view =
        UNIMO_TRY(trainer::RegionView::parse(bytes, fmt::format("regions.shard: record {}", i)));
    lines += canonical_text(preview_line(view.decode(), info.classes)) + "\n";
  }
  return write_file_atomic(folder / "preview.jsonl", lines);
}

}  // namespace unimo::stages
