// Visual Genome's JSON files (version 1.4, and their older spellings) to pending pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/image_files.h"

namespace unimo::stages {

// read_images first, the others in any order, then resolve, once.
class GenomeCorpus {
 public:
  explicit GenomeCorpus(Quarantine& quarantine) : quarantine_(quarantine) {}

  Status read_images(const std::filesystem::path& path);
  Status read_objects(const std::filesystem::path& path);
  // Adds to the objects of the same number; an object that stands here alone joins them.
  Status read_attributes(const std::filesystem::path& path);
  // Phrases become captions, at most `limit` different ones a picture (0: all).
  Status read_regions(const std::filesystem::path& path, std::int64_t limit);

  // Pictures in the order of image_data.json; ids are "vg" and the number. Pictures whose coco_id
  // is in the val or test part of `exclude` are left out and counted.
  std::vector<PendingImage> resolve(const ImageFiles& files, const SplitTable& splits,
                                    const SplitTable& exclude);
  std::int64_t excluded() const { return excluded_; }

 private:
  struct Image {
    PendingImage pending;
    std::string file_name;
    std::int64_t id = 0;
    std::int64_t coco_id = -1;
    std::unordered_map<std::int64_t, std::size_t> box_of_object;
  };
  using Take = void (GenomeCorpus::*)(Image& image, const Json& item, const std::string& source);

  Status read_lists(const std::filesystem::path& path, const char* list, Take take);
  void take_object(Image& image, const Json& item, const std::string& source);
  void take_attributes(Image& image, const Json& item, const std::string& source);
  void take_phrase(Image& image, const Json& item, const std::string& source);

  Quarantine& quarantine_;
  std::vector<Image> images_;
  std::unordered_map<std::int64_t, std::size_t> index_;
  std::int64_t phrase_limit_ = 0, excluded_ = 0;
};

}  // namespace unimo::stages
