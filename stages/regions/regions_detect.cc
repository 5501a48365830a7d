#include "stages/regions/regions_detect.h"

#include <ATen/Parallel.h>

#include <ctime>
#include <memory>
#include <optional>

#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/ingest/text/ordered_workers.h"
#include "stages/regions/detected_parts.h"
#include "stages/regions/detected_record.h"
#include "stages/regions/detector_document.h"
#include "stages/regions/detector_names.h"
#include "stages/regions/detector_picture.h"
#include "stages/regions/preview.h"
#include "stages/schema/regions.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"
#include "trainer/detector/detect.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

namespace {

// Decoded pictures that wait: at most 12 MB each, at 600 × 1000.
constexpr std::size_t kAhead = 3;
constexpr int kHelpers = 2;  // the stage's own thread and one beside it

struct Prepared {
  const ImageRecord* image = nullptr;
  std::optional<trainer::DetectorPicture> picture;  // none: see `flaw`
  Quarantine::Entry flaw;
  std::optional<Error> error;  // of the machine: ends the stage
};

struct Found {
  const ImageRecord* image = nullptr;
  trainer::DetectedRegions regions;
};

class Detection {
 public:
  static Status run(StageContext& context) {
    Detection detection(context);
    UNIMO_TRY(detection.prepare());
    UNIMO_TRY(detection.detect_parts());
    return detection.publish();
  }

 private:
  explicit Detection(StageContext& context) : context_(context) {}

  Status prepare() {
    params_ = UNIMO_TRY(context_.params<RegionsDetectParams>());
    if (params_.rules.max_regions < params_.rules.min_regions) {
      return fail(ErrorCode::kInvalid, "rules.max_regions {} is below rules.min_regions {}",
                  params_.rules.max_regions, params_.rules.min_regions);
    }
    folder_ = UNIMO_TRY(context_.input("records"));
    UNIMO_TRY(visit_images(folder_, [&](ImageRecord& image) {
      image.regions.clear();
      images_.push_back(std::move(image));
      return ok();
    }));
    UNIMO_TRY(load_detector());
    parts_.emplace(UNIMO_TRY(context_.resume_directory()));
    return ok();
  }

  Status load_detector() {
    const auto weights = UNIMO_TRY(context_.input("weights"));
    // What training made has its names beside the weights.
    const auto vocabulary =
        context_.has_input("vocabulary") ? UNIMO_TRY(context_.input("vocabulary")) : weights;
    UNIMO_TRY(warn_of_other_rules(weights, params_.rules, context_.events()));
    const auto source = UNIMO_TRY(trainer::open_weights(weights));
    const auto values =
        UNIMO_TRY(trainer::read_detector(source.file, {.kind = params_.rules.kind()}));
    classes_ =
        UNIMO_TRY(read_detector_names(vocabulary / "objects_vocab.txt", values.sizes.classes));
    if (values.sizes.attributes > 0 && params_.top_attributes > 0) {
      attributes_ = UNIMO_TRY(
          read_detector_names(vocabulary / "attributes_vocab.txt", values.sizes.attributes));
    }
    detector_ = std::make_unique<trainer::Detector>(values);
    detector_->prepare(params_.precision == "bf16" ? at::kBFloat16 : at::kFloat);
    return ok();
  }

  // Runs on any of the workers' threads.
  Prepared decode(const ImageRecord& image) const {
    Prepared prepared{.image = &image};
    auto read = read_detector_picture(folder_, image, params_.rules);
    if (!read) {
      prepared.error = read.error();
    } else if (!read->picture) {
      prepared.flaw = {image.place.file, image.id, std::move(read->reason),
                       std::move(read->detail)};
    }
    if (read) prepared.picture = std::move(read->picture);
    return prepared;
  }

  Result<std::vector<std::byte>> encode(const Found& found) const {
    return trainer::encode_regions(
        detected_record(*found.image, found.regions, detector_->sizes(),
                        {.classes = params_.top_classes, .attributes = params_.top_attributes}));
  }

  std::size_t part_size() const { return static_cast<std::size_t>(params_.part_images); }
  std::size_t part_count() const { return (images_.size() + part_size() - 1) / part_size(); }

  Status detect_parts() {
    const std::clock_t start = std::clock();
    std::size_t looked_at = 0;
    for (std::size_t part = 0; part < part_count(); ++part) {
      const std::size_t first = part * part_size();
      const std::size_t end = std::min(first + part_size(), images_.size());
      if (!parts_->is_done(part)) {
        UNIMO_TRY(detect_part(part, std::span(images_).subspan(first, end - first)));
        looked_at += end - first;
      }
      context_.events().progress(static_cast<std::int64_t>(end),
                                 static_cast<std::int64_t>(images_.size()), "images looked at");
    }
    // Time of all cores together, so that it does not depend on how many there are and who else
    // uses them.
    if (looked_at > 0) {
      context_.events().metric("system.seconds_per_image",
                               static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC /
                                   static_cast<double>(looked_at));
    }
    return ok();
  }

  // Decoding runs ahead of the network and packing behind it; both keep the order of the images.
  Status detect_part(std::size_t part, std::span<const ImageRecord> images) {
    OrderedWorkers<const ImageRecord*, Prepared> decoders(
        kHelpers, [this](const ImageRecord*& image) { return decode(*image); });
    OrderedWorkers<Found, Result<std::vector<std::byte>>> packers(
        kHelpers, [this](Found& found) { return encode(found); });
    DetectedPart content;
    const auto collect = [&]() -> Status {
      content.records.push_back(UNIMO_TRY(packers.take()));
      return ok();
    };
    std::size_t next = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
      while (next < images.size() && next <= i + kAhead) decoders.put(&images[next++]);
      if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      Prepared prepared = decoders.take();
      if (prepared.error) return tl::unexpected(*prepared.error);
      if (!prepared.picture) {
        content.bad.push_back(std::move(prepared.flaw));
        continue;
      }
      packers.put(UNIMO_TRY(look_at(prepared)));
      if (packers.waiting() > kAhead) UNIMO_TRY(collect());
    }
    while (packers.waiting() > 0) UNIMO_TRY(collect());
    return parts_->write(part, content);
  }

  Result<Found> look_at(const Prepared& prepared) const {
    auto regions = trainer::detect(*detector_, *prepared.picture, params_.rules);
    if (!regions)
      return fail(regions.error().code, "image {}: {}", prepared.image->id,
                  regions.error().message);
    return Found{.image = prepared.image, .regions = std::move(*regions)};
  }

  Status publish() {
    Quarantine quarantine;
    auto shard = UNIMO_TRY(
        trainer::ShardWriter::create(context_.output() / "regions.shard", {{"schema", "regions"}}));
    for (std::size_t part = 0; part < part_count(); ++part)
      UNIMO_TRY(parts_->append(part, shard, quarantine));
    const auto images = static_cast<std::int64_t>(shard.count());
    UNIMO_TRY(shard.finish());
    quarantine.report(context_.events());
    UNIMO_TRY(quarantine.enforce(params_.max_bad_share));
    UNIMO_TRY(quarantine.write(context_.output() / "quarantine.jsonl"));
    const trainer::RegionsInfo info{
        .extractor = fmt::format("detector.{}", params_.rules.behaviour),
        .feature_size = static_cast<std::uint32_t>(detector_->sizes().feature_size()),
        .classes = classes_,
        .attributes = attributes_,
        .views = 1,
        .images = static_cast<std::uint64_t>(images)};
    UNIMO_TRY(write_json(context_.output() / "regions.json", trainer::to_json(info)));
    UNIMO_TRY(write_preview(context_.output(), {}));
    context_.events().count("regions.images", images);
    context_.events().count("regions.bad_images", quarantine.bad(Item::kImage));
    return ok();
  }

  StageContext& context_;
  RegionsDetectParams params_;
  std::filesystem::path folder_;  // of the records
  std::vector<ImageRecord> images_;
  std::vector<std::string> classes_, attributes_;  // names
  std::unique_ptr<trainer::Detector> detector_;
  std::optional<DetectedParts> parts_;
};

}  // namespace

Status run_regions_detect(StageContext& context) {
  at::set_num_threads(context.job().resources.cores);
  return Detection::run(context);
}

}  // namespace unimo::stages
