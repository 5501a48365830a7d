// OpenImages' CSV files (version 3 to 6) to pending pictures, outside memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/csv_reader.h"
#include "stages/ingest/corpora/openimages_classes.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/picture_queue.h"
#include "stages/ingest/side_file.h"
#include "stages/schema/image_corpora.h"

namespace unimo::stages {

struct OpenImagesCounts {
  std::int64_t groups = 0;      // boxes around several objects, left out
  std::int64_t not_listed = 0;  // pictures of the image list that the lists of ids leave out
};

// read_images before read_ids, which asks for subsets where there are no image lists; the others in
// any order; then resolve, once. A picture is one that an image list has, or without such
// lists, one of the lists of ids.
class OpenImagesCorpus {
 public:
  // `folder` holds temporary files, which have no name there.
  OpenImagesCorpus(const std::filesystem::path& folder, const OpenImagesIngest& params,
                   Quarantine& quarantine);

  // *-images-with-rotation.csv, and images.csv of version 3, which has no rotation.
  Status read_images(const std::filesystem::path& path);
  // One id a line ("train/000002b66c9c498e", or without a subset), or a CSV whose header has
  // ImageID: only these pictures.
  Status read_ids(const std::filesystem::path& path);
  // *-annotations-bbox.csv with 8 columns (version 3), 13 or more.
  Status read_boxes(const std::filesystem::path& path);
  // *-imagelabels.csv: classes that people saw in the whole picture, or did not.
  Status read_labels(const std::filesystem::path& path);

  // Pictures in the order of the lists; class names from `classes` (the id itself when it has
  // none). Labels of whole pictures go to `labels`.
  Status resolve(const ImageFiles& files, const OpenImagesClasses& classes, PictureQueue& pictures,
                 SideFile& labels);

  const OpenImagesCounts& counts() const { return counts_; }

 private:
  struct Group;
  struct Table;
  using Take = Status (OpenImagesCorpus::*)(const Table& table, const CsvReader::Row& row,
                                            std::uint64_t id);
  Status read_table(const std::filesystem::path& path, std::initializer_list<const char*> required,
                    Item item, Take take);
  Status take_image(const Table& table, const CsvReader::Row& row, std::uint64_t id);
  Status take_box(const Table& table, const CsvReader::Row& row, std::uint64_t id);
  Status take_label(const Table& table, const CsvReader::Row& row, std::uint64_t id);
  Status add_listed(const std::string& file, const std::string& place, std::string_view text,
                    std::string_view subset);
  void unpack(std::span<const std::string> parts, const OpenImagesClasses& classes, Group& group);
  bool is_wanted(Group& group);
  bool locate(Group& group, const ImageFiles& files);
  void refuse_parts(const Group& group, const std::string& reason, const std::string& detail);
  std::string label_of(const std::string& id, const OpenImagesClasses& classes, Item item,
                       const std::string& source);

  OpenImagesIngest params_;
  Quarantine& quarantine_;
  GroupSort parts_;
  bool has_images_ = false, has_ids_ = false;
  std::int64_t order_ = 0;
  OpenImagesCounts counts_;
};

}  // namespace unimo::stages
