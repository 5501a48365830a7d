// The common second half of the picture corpora: annotations in hand, look at each picture and
// write the records.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/image_probe.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

// Captions and boxes as annotations give them, not yet judged. `source` names the place for the
// quarantine.
struct PendingCaption {
  std::string source;
  std::string id;
  std::string text;
  std::optional<std::array<double, 4>>
      box;  // x, y, width, height in pixels: what the text speaks of
};

struct PendingBox {
  std::string source;
  std::string id;
  double x = 0, y = 0, width = 0, height = 0;  // pixels
  std::string label;
  std::vector<std::string> attributes;
};

struct PendingImage {
  std::string source;
  std::string id;
  std::string split;
  std::filesystem::path path;
  std::int64_t offset = 0, size = -1;  // of the picture's bytes in the file; -1: the whole file
  int declared_width = 0;              // 0: the annotations do not say
  int declared_height = 0;
  std::vector<PendingCaption> captions;
  std::vector<PendingBox> boxes;
  std::vector<std::string> same_as;  // see ImageRecord
  // Boxes are shares of width and height instead of pixels.
  bool normalised_boxes = false;
  // 0 to 3, counter-clockwise: the picture is turned and encoded anew, its boxes turn with it.
  int quarter_turns = 0;
  // Wanted without captions too, in its split; pictures that are not are left out, or become
  // unlabeled by AssembleOptions::keep_uncaptioned.
  bool stands_alone = false;
};

struct AssembleOptions {
  ImageLimits limits;
  std::int64_t max_images = 0;  // good ones of each split; 0: all
  int min_side = 1;             // pixels; pictures with a shorter side are left out
  bool keep_uncaptioned = false;
  bool scale_boxes = false;  // to a picture of another size than declared; else they are refused
  int threads = 1;
};

// Gives pictures one after the other: false when there are no more.
using PendingSource = std::function<Result<bool>(PendingImage& next)>;

// Writes the usable ones in the given order; `total` is for the progress, 0 when not known. Reasons
// of the quarantine: those of ImageProbe, unreadable_file, no_captions; empty_caption,
// invalid_utf8, image_unusable; malformed_box, empty_box, box_outside, size_mismatch. A caption
// whose own box is bad keeps its text (captions.box_dropped). Notes: boxes.clipped,
// images.other_size, images.turned, skipped.max_images, skipped.too_small.
Status assemble(StageContext& context, const PendingSource& images, std::int64_t total,
                const AssembleOptions& options, RecordsWriter& writer, Quarantine& quarantine);
// The same for pictures that are all in memory.
Status assemble(StageContext& context, std::span<const PendingImage> images,
                const AssembleOptions& options, RecordsWriter& writer, Quarantine& quarantine);

// Closes the artifact: counts as events, statistics, then the limit on bad items.
Status finish_records(StageContext& context, RecordsWriter& writer, const Quarantine& quarantine,
                      double max_bad_share);

}  // namespace unimo::stages
