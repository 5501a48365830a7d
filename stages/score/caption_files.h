// The captions that people wrote, as references: of a run's records, or of the official files.
//
//   const CaptionSet set = UNIMO_TRY(read_caption_references("captions_val2014.json", ""));
//
// Official files: COCO's annotations ({"images", "annotations"}), Karpathy's dataset_coco.json or
// dataset_flickr30k.json (of one split), and token files ("ID.jpg#0<TAB>caption"). Captions are
// kept as they are; tokenising is the scorer's.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

struct CaptionSet {
  std::string name;                         // for messages: "references", a path
  std::vector<std::string> images;          // ids; of token files the name of the picture
  std::vector<std::string> texts;           // of all images, one after the other
  std::vector<std::size_t> first_of_image;  // index into texts; one more entry than images
  std::vector<std::string> caption_ids;     // of the texts
  std::span<const std::string> captions_of(std::size_t image) const {
    return std::span(texts).subspan(first_of_image[image],
                                    first_of_image[image + 1] - first_of_image[image]);
  }
};

// kInvalid when no image has the split, or one has no caption; with `leave_out_bare` those are left
// out.
Result<CaptionSet> captions_of_split(const Records& records, std::string_view split,
                                     bool leave_out_bare = false);

// `split`: of Karpathy's files (train, restval, val, test); empty for the others. kInvalid with
// place and remedy: an image without captions, a caption of an unknown image, an id twice, an entry
// of another shape.
Result<CaptionSet> read_caption_references(const std::filesystem::path& path,
                                           std::string_view split);

// The images of `wanted` alone, in the order of the set: for results of a part of the images.
// kInvalid when one is not there.
Result<CaptionSet> restrict_to(const CaptionSet& set, std::span<const std::string> wanted);

}  // namespace unimo::stages
