// COCO's captions, instances and image_info JSON files to pending pictures, outside memory: the
// files may be far larger than it.
//
// The names tell the release and the part: captions_train2014.json, instances_val2017.json,
// image_info_unlabeled2017.json.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/picture_queue.h"
#include "stages/ingest/stream/json_view.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

// Nothing when the name of the file tells no part.
const CocoOfficial* coco_official(const std::filesystem::path& file);

// read_* in any order, then resolve, once.
class CocoCorpus {
 public:
  // `folder` holds temporary files, which have no name there.
  CocoCorpus(const std::filesystem::path& folder, Quarantine& quarantine);

  Status read_captions(const std::filesystem::path& path);
  Status read_instances(const std::filesystem::path& path);
  // Lists of pictures alone (test and unlabeled parts): kept without captions.
  Status read_image_info(const std::filesystem::path& path);
  // A picture and its sentences out of a dataset_coco.json.
  Status add_karpathy(const KarpathyImage& image);

  // Pictures in the order of the files, with captions and boxes attached and their files found.
  // With an empty table the split follows the names of the JSON files and pictures ("val2014"),
  // else train; with a table, a picture that it does not list goes to `unlisted`.
  Status resolve(const ImageFiles& files, const SplitTable& splits, const std::string& unlisted,
                 PictureQueue& pictures);

  // Annotations that mark a crowd, not one object; they are left out.
  std::int64_t crowds() const { return crowds_; }
  // Pictures found under another name with the same number.
  std::int64_t found_by_number() const { return found_by_number_; }

 private:
  // A picture may be declared once by captions files and once by instances files.
  enum class Role { kCaptions, kInstances };
  struct File {
    std::string name, split_hint;
    std::map<std::int64_t, std::string> categories;  // each instances file numbers its own
  };
  struct Place {
    std::int64_t file = 0, index = 0;
  };
  struct Image;
  struct Group;

  Place open(const std::filesystem::path& path);
  std::string source_of(const Place& place, std::string_view section) const;
  Status read_image(JsonView item, Place place, Role role, bool stands_alone);
  Status read_caption(JsonView item, Place place);
  Status read_box(JsonView item, Place place);
  Status add_image(std::int64_t id, const Image& image);
  Status add_caption(std::int64_t image, Place place, std::string_view id, std::string_view text);

  Group unpack(std::int64_t number, std::span<const std::string> parts) const;
  void refuse_parts(const Group& group, const std::string& reason, const std::string& detail);
  bool locate(const Image& image, const ImageFiles& files, PendingImage& pending);
  void name_boxes(Group& group);

  Quarantine& quarantine_;
  GroupSort parts_;
  std::vector<File> files_;
  std::array<IdTable, 2> declared_;  // by Role
  IdTable caption_ids_, box_ids_;
  std::int64_t images_ = 0, captions_ = 0, crowds_ = 0, found_by_number_ = 0;
};

}  // namespace unimo::stages
