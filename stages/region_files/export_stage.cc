#include <algorithm>
#include <optional>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/region_files/class_table.h"
#include "stages/region_files/originals.h"
#include "stages/region_files/region_file.h"
#include "stages/region_files/region_files.h"
#include "stages/schema/region_files.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kTick = 256;
constexpr std::string_view kBackground = "__background__";

// Surest class that is not the background, for formats of one class a region.
void take_best_class(const trainer::RegionRecord& record, bool has_background, RegionRow& row) {
  for (std::size_t r = 0; r < record.count; ++r) {
    std::int64_t id = 0;
    float confidence = 0;
    for (std::size_t k = r * record.top_k; k < (r + 1) * record.top_k; ++k) {
      if (has_background && record.classes[k] == 0) continue;
      id = record.classes[k] - (has_background ? 1 : 0);
      confidence = record.probabilities[k];
      break;
    }
    row.class_ids.push_back(id);
    row.class_confidences.push_back(confidence);
  }
}

void take_distribution(const trainer::RegionRecord& record, std::size_t classes, RegionRow& row) {
  row.class_count = static_cast<std::int64_t>(classes);
  row.class_probabilities.assign(record.count * classes, 0.0F);
  for (std::size_t k = 0; k < record.classes.size(); ++k) {
    const std::size_t region = k / record.top_k;
    row.class_probabilities[region * classes + record.classes[k]] = record.probabilities[k];
  }
}

// What training reads as a row of a file. Attributes are not known: number 0, with confidence 0.
RegionRow row_of_record(const trainer::RegionRecord& record,
                        const std::vector<std::string>& classes) {
  RegionRow row{.id = record.id,
                .width = record.width,
                .height = record.height,
                .count = record.count,
                .feature_size = record.feature_size,
                .shares = record.width == 0,
                .boxes = record.boxes,
                .features = record.features};
  for (std::size_t i = 0; i < row.boxes.size() && !row.shares; ++i)
    row.boxes[i] *= static_cast<float>(i % 2 == 0 ? record.width : record.height);
  if (record.top_k > 0) {
    take_best_class(record, !classes.empty() && classes.front() == kBackground, row);
    take_distribution(record, classes.size(), row);
    row.attribute_ids.assign(record.count, 0);
    row.attribute_confidences.assign(record.count, 0.0F);
  }
  return row;
}

class Export {
 public:
  Export(StageContext& context, RegionsExportParams params)
      : context_(context), params_(std::move(params)) {}

  Status run() {
    for (const InputItem& artifact : context_.inputs("regions")) UNIMO_TRY(add(artifact.path));
    if (images_ == 0) {
      return fail(ErrorCode::kInvalid, "no picture is in the splits {}; name a split that is there",
                  fmt::join(params_.splits, ", "));
    }
    UNIMO_TRY(writer_->finish());
    context_.events().count("regions.images", images_);
    context_.events().count("regions.from_originals", from_originals_);
    context_.events().count("regions.mirrored_left_out", mirrored_);
    context_.events().count("regions.other_splits", other_splits_);
    return ok();
  }

 private:
  Status add(const fs::path& artifact);
  Status add_record(const trainer::RegionView& view, std::size_t number,
                    const std::optional<trainer::ShardReader>& originals);
  // The first artifact says the names of the classes.
  Status open(const trainer::RegionsInfo& info, const fs::path& artifact);

  StageContext& context_;
  RegionsExportParams params_;
  std::unique_ptr<RegionWriter> writer_;
  std::vector<std::string> classes_;
  std::int64_t images_ = 0, from_originals_ = 0, mirrored_ = 0, other_splits_ = 0;
};

Status Export::open(const trainer::RegionsInfo& info, const fs::path& artifact) {
  if (writer_ != nullptr) {
    if (info.classes == classes_) return ok();
    return fail(ErrorCode::kInvalid,
                "{}: has other classes than the artifacts before it; export it by itself",
                artifact.string());
  }
  classes_ = info.classes;
  RegionFileOptions options{.folder = context_.output(), .name = params_.name};
  for (const std::string& name : classes_) {
    if (name != kBackground) options.class_names.push_back(name);
  }
  writer_ = UNIMO_TRY(create_region_file(region_format(params_.format), options));
  return ok();
}

Status Export::add(const fs::path& artifact) {
  const auto info = UNIMO_TRY(trainer::read_regions_info(artifact / "regions.json"));
  UNIMO_TRY(open(info, artifact));
  const auto shard = UNIMO_TRY(trainer::ShardReader::open(artifact / "regions.shard", "regions"));
  std::optional<trainer::ShardReader> originals;
  std::error_code error;
  if (params_.originals && fs::exists(artifact / "originals.shard", error)) {
    originals = UNIMO_TRY(trainer::ShardReader::open(artifact / "originals.shard", "region_rows"));
    if (originals->count() != info.images) {
      return fail(ErrorCode::kIntegrity, "{}: {} records for {} pictures",
                  originals->path().string(), originals->count(), info.images);
    }
  }
  for (std::size_t i = 0; i < shard.count(); ++i) {
    if (i % kTick == 0) {
      if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      context_.events().progress(images_, 0, "pictures");
    }
    const auto bytes = UNIMO_TRY(shard.record(i));
    const std::string origin = fmt::format("{}: record {}", shard.path().string(), i);
    const auto view = UNIMO_TRY(trainer::RegionView::parse(bytes, origin));
    UNIMO_TRY(add_record(view, i, originals));
  }
  return ok();
}

Status Export::add_record(const trainer::RegionView& view, std::size_t number,
                          const std::optional<trainer::ShardReader>& originals) {
  const bool wanted = params_.splits.empty() ||
                      std::ranges::find(params_.splits, view.split()) != params_.splits.end();
  if (view.view() != 0 || !wanted) {
    ++(view.view() != 0 ? mirrored_ : other_splits_);
    return ok();
  }
  ++images_;
  if (!originals) return writer_->add(row_of_record(view.decode(), classes_));
  ++from_originals_;
  const auto bytes = UNIMO_TRY(originals->record(number));
  const std::string origin = fmt::format("{}: record {}", originals->path().string(), number);
  const RegionRow row = UNIMO_TRY(decode_original(bytes, origin));
  Status added = writer_->add(row);
  if (added || added.error().code != ErrorCode::kInvalid) return added;
  return fail(
      ErrorCode::kInvalid,
      "{}; it came from a file that did not say more: originals: false writes what training "
      "reads instead",
      added.error().message);
}

}  // namespace

Status run_regions_export(StageContext& context) {
  auto params = UNIMO_TRY(context.params<RegionsExportParams>());
  if (params.name.empty() || params.name.front() == '.' ||
      params.name.find('/') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "name: \"{}\" is no beginning of a file's name", params.name);
  }
  return Export(context, std::move(params)).run();
}

}  // namespace unimo::stages
