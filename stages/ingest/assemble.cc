#include "stages/ingest/assemble.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <optional>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/image_turn.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

// Pictures in memory at once.
constexpr std::size_t kBatch = 128;
constexpr std::int64_t kBatchBytes = 64 << 20;  // of their files: originals may have ten megabytes

// Pixels by which a box may reach out through rounding alone: scaling multiplies doubles.
constexpr double kSlack = 1e-6;

// A picture read and judged, and turned if it should be.
struct Looked {
  std::string bytes;
  ImageProbe probe;
  int stored_width = 0, stored_height = 0;  // before it was turned
};

Result<std::string> read_bytes(const PendingImage& image) {
  if (image.size < 0) return read_file(image.path);
  return read_picture(image.path.parent_path(),
                      {image.path.filename().string(), image.offset, image.size});
}

std::int64_t bytes_on_disk(const PendingImage& image) {
  if (image.size >= 0) return image.size;
  std::error_code error;  // reading it will tell
  const auto size = std::filesystem::file_size(image.path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

// Without folders: an artifact does not depend on where its inputs lay.
std::string name_of(const PendingImage& image) {
  const std::string file = image.path.filename().string();
  return image.size < 0 ? file : fmt::format("{} byte {}", file, image.offset);
}

std::string without_folders(std::string text, const std::filesystem::path& path) {
  const std::string folders = path.parent_path().string() + "/";
  for (auto at = text.find(folders); at != std::string::npos; at = text.find(folders))
    text.erase(at, folders.size());
  return text;
}

void turn(Looked& looked, int quarter_turns, const ImageLimits& limits) {
  auto turned = turn_image(looked.bytes, quarter_turns, limits);
  if (!turned) {
    looked.probe.reason = "corrupt";
    looked.probe.detail = turned.error().message;
    return;
  }
  looked.bytes = std::move(turned->bytes);
  looked.probe.ending = turned->ending;
  looked.probe.width = turned->width;
  looked.probe.height = turned->height;
}

Looked look(const PendingImage& image, const ImageLimits& limits) {
  Looked looked;
  auto bytes = read_bytes(image);
  if (!bytes) {
    looked.probe.reason = "unreadable_file";
    looked.probe.detail = without_folders(bytes.error().message, image.path);
    return looked;
  }
  looked.bytes = std::move(*bytes);
  looked.probe = probe_image(looked.bytes, limits);
  looked.stored_width = looked.probe.width;
  looked.stored_height = looked.probe.height;
  if (looked.probe.good() && image.quarter_turns != 0) turn(looked, image.quarter_turns, limits);
  return looked;
}

// The order of the results is that of the images, whatever thread did which.
std::vector<Looked> look_at_batch(std::span<const PendingImage> images,
                                  const AssembleOptions& options) {
  std::vector<Looked> looked(images.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < images.size(); i = next++)
      looked[i] = look(images[i], options.limits);
  };
  std::vector<std::jthread> helpers;
  for (int i = 1; i < options.threads; ++i) helpers.emplace_back(work);
  work();
  helpers.clear();  // joins
  return looked;
}

class Assembler {
 public:
  Assembler(const AssembleOptions& options, RecordsWriter& writer, Quarantine& quarantine)
      : options_(options), writer_(writer), quarantine_(quarantine) {}

  bool wants(const PendingImage& image) const {
    const auto taken = taken_.find(image.split);
    return options_.max_images == 0 || taken == taken_.end() || taken->second < options_.max_images;
  }

  Status add(const PendingImage& image, const Looked& looked) {
    quarantine_.saw(Item::kImage);
    quarantine_.saw(Item::kCaption, static_cast<std::int64_t>(image.captions.size()));
    quarantine_.saw(Item::kRegion, static_cast<std::int64_t>(image.boxes.size()));
    if (!looked.probe.good()) {
      quarantine_.add(Item::kImage,
                      {name_of(image), image.id, looked.probe.reason, looked.probe.detail});
      drop_annotations(image);
      return ok();
    }
    if (std::min(looked.probe.width, looked.probe.height) < options_.min_side) {
      writer_.note("skipped.too_small");
      return ok();
    }
    const auto captions = good_captions(image, looked);
    if (captions.empty() && !options_.keep_uncaptioned && !image.stands_alone) {
      quarantine_.add(Item::kImage, {image.source, image.id, "no_captions",
                                     "no usable caption names this picture"});
      return ok();
    }
    ImageRecord record;
    record.id = image.id;
    record.width = looked.probe.width;
    record.height = looked.probe.height;
    record.split = captions.empty() && !image.stands_alone ? "unlabeled" : image.split;
    record.regions = good_regions(image, looked);
    record.same_as = image.same_as;
    if (image.quarter_turns != 0) writer_.note("images.turned");
    UNIMO_TRY(writer_.add_image(std::move(record), looked.bytes, looked.probe.ending));
    for (const CaptionRecord& caption : captions) UNIMO_TRY(writer_.add_caption(caption));
    ++taken_[image.split];
    return ok();
  }

 private:
  void drop_annotations(const PendingImage& image) {
    const std::string detail = "its picture " + image.id + " cannot be used";
    for (const PendingCaption& caption : image.captions)
      quarantine_.add(Item::kCaption, {caption.source, caption.id, "image_unusable", detail});
    for (const PendingBox& box : image.boxes)
      quarantine_.add(Item::kRegion, {box.source, box.id, "image_unusable", detail});
  }

  std::vector<CaptionRecord> good_captions(const PendingImage& image, const Looked& looked) {
    std::vector<CaptionRecord> captions;
    for (const PendingCaption& caption : image.captions) {
      std::string text = tidy_blanks(caption.text);
      if (!is_utf8(text) || has_replacement(text)) {
        quarantine_.add(Item::kCaption,
                        {caption.source, caption.id, "invalid_utf8", with_replacements(text)});
      } else if (!has_word(text)) {
        quarantine_.add(Item::kCaption,
                        {caption.source, caption.id, "empty_caption", "\"" + text + "\""});
      } else {
        captions.push_back({caption.id, image.id, std::move(text), box_of(caption, image, looked)});
      }
    }
    return captions;
  }

  std::optional<std::array<double, 4>> box_of(const PendingCaption& caption,
                                              const PendingImage& image, const Looked& looked) {
    if (!caption.box) return std::nullopt;
    const auto [x, y, width, height] = *caption.box;
    PendingBox box{caption.source, caption.id, x, y, width, height};
    place(box, image, looked);
    std::string reason;
    const auto region = clip(box, looked.probe, reason);
    if (region) return region->box;
    writer_.note("captions.box_dropped");
    return std::nullopt;
  }

  static bool has_other_size(const PendingImage& image, const Looked& looked) {
    return !image.normalised_boxes && image.declared_width > 0 && image.declared_height > 0 &&
           (image.declared_width != looked.stored_width ||
            image.declared_height != looked.stored_height);
  }

  // Boxes are pixels of the declared size; on a picture of another size they would point elsewhere.
  std::vector<Region> good_regions(const PendingImage& image, const Looked& looked) {
    std::vector<Region> regions;
    const bool other_size = has_other_size(image, looked);
    if (other_size) writer_.note("images.other_size");
    for (PendingBox box : image.boxes) {
      if (other_size && !options_.scale_boxes) {
        quarantine_.add(Item::kRegion,
                        {box.source, box.id, "size_mismatch",
                         fmt::format("the annotations say {}x{}, the picture {} is {}x{}",
                                     image.declared_width, image.declared_height, image.id,
                                     looked.stored_width, looked.stored_height)});
        continue;
      }
      place(box, image, looked);
      if (other_size) writer_.note("boxes.scaled");
      std::string reason;
      if (auto region = clip(box, looked.probe, reason)) {
        regions.push_back(std::move(*region));
      } else {
        quarantine_.add(Item::kRegion,
                        {box.source, box.id, reason,
                         fmt::format("[{}, {}, {}, {}] in {}x{} pixels", box.x, box.y, box.width,
                                     box.height, looked.probe.width, looked.probe.height)});
      }
    }
    return regions;
  }

  // To pixels of the picture as it is written: from shares or another size, then turned.
  static void place(PendingBox& box, const PendingImage& image, const Looked& looked) {
    const double width = looked.stored_width;
    const double height = looked.stored_height;
    if (image.normalised_boxes) {
      scale(box, width, height);
    } else if (has_other_size(image, looked)) {
      scale(box, width / image.declared_width, height / image.declared_height);
    }
    const PendingBox old = box;
    switch (image.quarter_turns) {
      case 1:
        box.x = old.y;
        box.y = width - (old.x + old.width);
        break;
      case 2:
        box.x = width - (old.x + old.width);
        box.y = height - (old.y + old.height);
        break;
      case 3:
        box.x = height - (old.y + old.height);
        box.y = old.x;
        break;
      default: break;
    }
    if (image.quarter_turns % 2 == 1) std::swap(box.width, box.height);
  }

  static void scale(PendingBox& box, double x, double y) {
    box.x *= x;
    box.width *= x;
    box.y *= y;
    box.height *= y;
  }

  // What of the box lies in the picture; nothing and a reason when the box is no box.
  std::optional<Region> clip(const PendingBox& box, const ImageProbe& probe, std::string& reason) {
    const double x2 = box.x + box.width;
    const double y2 = box.y + box.height;
    if (!std::isfinite(x2) || !std::isfinite(y2))
      reason = "malformed_box";
    else if (box.width <= 0 || box.height <= 0)
      reason = "empty_box";
    if (!reason.empty()) return std::nullopt;
    const double width = probe.width;
    const double height = probe.height;
    Region region;
    region.box = {std::max(box.x, 0.0), std::max(box.y, 0.0), std::min(x2, width),
                  std::min(y2, height)};
    if (region.box[2] <= region.box[0] || region.box[3] <= region.box[1]) {
      reason = "box_outside";
      return std::nullopt;
    }
    if (box.x < -kSlack || box.y < -kSlack || x2 > width + kSlack || y2 > height + kSlack)
      writer_.note("boxes.clipped");
    region.label = box.label;
    region.attributes = box.attributes;
    return region;
  }

  const AssembleOptions& options_;
  RecordsWriter& writer_;
  Quarantine& quarantine_;
  std::map<std::string, std::int64_t> taken_;
};

}  // namespace

Status assemble(StageContext& context, const PendingSource& images, std::int64_t total,
                const AssembleOptions& options, RecordsWriter& writer, Quarantine& quarantine) {
  Assembler assembler(options, writer, quarantine);
  std::vector<PendingImage> batch;
  std::int64_t done = 0;
  for (bool more = true; more;) {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while reading pictures");
    batch.clear();
    std::int64_t bytes = 0;
    for (PendingImage next; batch.size() < kBatch && bytes < kBatchBytes; next = {}) {
      more = UNIMO_TRY(images(next));
      if (!more) break;
      bytes += bytes_on_disk(next);
      batch.push_back(std::move(next));
    }
    // Nobody needs to look at pictures of splits that are full.
    const bool any = std::any_of(batch.begin(), batch.end(),
                                 [&](const auto& image) { return assembler.wants(image); });
    const auto looked = any ? look_at_batch(batch, options) : std::vector<Looked>(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (assembler.wants(batch[i])) {
        UNIMO_TRY(assembler.add(batch[i], looked[i]));
      } else {
        writer.note("skipped.max_images");
      }
    }
    done += static_cast<std::int64_t>(batch.size());
    if (!batch.empty()) context.events().progress(done, std::max(done, total), "images");
  }
  return ok();
}

Status assemble(StageContext& context, std::span<const PendingImage> images,
                const AssembleOptions& options, RecordsWriter& writer, Quarantine& quarantine) {
  std::size_t given = 0;
  const auto source = [&](PendingImage& next) -> Result<bool> {
    if (given == images.size()) return false;
    next = images[given++];
    return true;
  };
  return assemble(context, source, static_cast<std::int64_t>(images.size()), options, writer,
                  quarantine);
}

Status finish_records(StageContext& context, RecordsWriter& writer, const Quarantine& quarantine,
                      double max_bad_share) {
  EventWriter& events = context.events();
  for (const auto& [kind, splits] : writer.counts()) {
    for (const auto& [split, count] : splits) events.count(kind + "." + split, count);
  }
  for (const auto& [name, count] : writer.notes()) events.count(name, count);
  quarantine.report(events);
  UNIMO_TRY(quarantine.enforce(max_bad_share));
  return writer.finish(quarantine);
}

}  // namespace unimo::stages
