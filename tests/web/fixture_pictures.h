// Artifacts with pictures for the fixture: photographs where there are some, small drawn bitmaps
// elsewhere.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::web {

class FixturePictures {
 public:
  FixturePictures(const std::filesystem::path& photos, std::size_t count);
  std::string file_name(std::size_t image) const;  // "images/000003.jpg"
  Status write_records(const std::filesystem::path& folder) const;
  Status write_regions(const std::filesystem::path& folder) const;  // with preview.jsonl
  Status write_captions(const std::filesystem::path& folder, const std::string& salt) const;
  Status write_retrieval(const std::filesystem::path& folder, double quality) const;

 private:
  std::string id(std::size_t image) const;
  std::vector<std::filesystem::path> photos_;
  std::size_t count_;
};

// A little-endian 24-bit BMP with a few coloured rectangles; a pure function of `seed`.
std::string drawn_picture(int width, int height, unsigned seed);

// Width and height of a JPEG by its frame header; zeros when there is none.
std::pair<int, int> jpeg_size(const std::string& bytes);

}  // namespace unimo::web
