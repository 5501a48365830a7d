// COCO's captions and instances JSON files to pending pictures.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/image_files.h"

namespace unimo::stages {

// read_* in any order, then resolve, once.
class CocoCorpus {
 public:
  explicit CocoCorpus(Quarantine& quarantine) : quarantine_(quarantine) {}

  Status read_captions(const std::filesystem::path& path);
  Status read_instances(const std::filesystem::path& path);

  // Pictures in the order of the files, with captions and boxes attached and their files found.
  // With an empty table the split follows the names of the JSON files and pictures ("val2014"),
  // else train; with a table, a picture that it does not list goes to `unlisted`.
  std::vector<PendingImage> resolve(const ImageFiles& files, const SplitTable& splits,
                                    const std::string& unlisted);

  // Annotations that mark a crowd, not one object; they are left out.
  std::int64_t crowds() const { return crowds_; }
  // Pictures found under another name with the same number.
  std::int64_t found_by_number() const { return found_by_number_; }

 private:
  // A picture may be declared once by captions files and once by instances files.
  enum class Role { kCaptions, kInstances };
  struct Image {
    std::string source, file_name, split_hint;
    std::int64_t id = 0;
    int width = 0, height = 0;
  };
  struct Caption {
    std::int64_t image = 0;
    PendingCaption caption;
  };
  struct Box {
    std::int64_t image = 0, category = 0;
    PendingBox box;
  };

  void read_image(const Json& item, const std::string& source, const std::string& split_hint,
                  Role role);
  void read_caption(const Json& item, const std::string& source);
  void read_box(const Json& item, const std::string& source);
  void name_boxes(const std::map<std::int64_t, std::string>& categories, std::size_t first_box);
  bool locate(const Image& image, const ImageFiles& files, PendingImage& pending);
  void attach(std::vector<PendingImage>& pending,
              const std::unordered_map<std::int64_t, std::size_t>& place_of);

  Quarantine& quarantine_;
  std::vector<Image> images_;
  std::array<std::unordered_set<std::int64_t>, 2> declared_;  // by Role
  std::unordered_set<std::int64_t> image_ids_, caption_ids_, box_ids_;
  std::vector<Caption> captions_;
  std::vector<Box> boxes_;
  std::int64_t crowds_ = 0, found_by_number_ = 0;
};

}  // namespace unimo::stages
