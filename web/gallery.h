// Artifacts that have pictures, read for looking at: records with regions and captions, previews of
// regions, predicted captions, retrieval. Artifacts never change, so what was read is kept.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::web {

struct GalleryBox {
  std::array<double, 4> box{};  // x1, y1, x2, y2; of a preview possibly as shares of the picture
  std::string label;            // the class; may be empty
  std::string attributes;       // words before it, as in "gray wet dog"
  std::optional<double> confidence;
};

struct GalleryImage {
  std::string id, split;
  std::string file;  // of the artifact; with the part of it that is the picture:
                     // "images-000000.tar?offset=512&size=90"
  int width = 0, height = 0;
  std::vector<GalleryBox> boxes;
  std::vector<std::string> captions;
};

// `images.jsonl` and `captions.jsonl` of a Records artifact.
struct GalleryRecords {
  std::vector<GalleryImage> images;
  std::map<std::string, std::size_t> by_id;
  std::vector<std::string> splits;  // sorted
  std::int64_t unreadable = 0;      // lines that could not be used
};

// `preview.jsonl` of a Regions artifact. Only where each picture's line stands is kept: there may
// be regions of 100,000 pictures.
struct GalleryPreview {
  struct Line {
    std::string image;
    int width = 0, height = 0;  // 0: not told
    std::int64_t offset = 0;
    std::size_t size = 0;
  };
  std::filesystem::path file;
  std::vector<Line> lines;
  std::map<std::string, std::size_t> by_image;
  std::int64_t unreadable = 0;
};

// Reads the boxes of a picture; none when the preview does not have it.
Result<std::vector<GalleryBox>> preview_boxes(const GalleryPreview& preview,
                                              const std::string& image);

// A Predictions artifact.
struct GalleryPredictions {
  std::map<std::string, std::string> captions;  // by image
  std::vector<std::string> image_rows, caption_columns;
  std::vector<std::int64_t> image_of_caption;
  std::map<std::string, std::size_t> row_of_image;
  std::filesystem::path similarity;  // empty: not a retrieval
};

// One of the captions nearest to an image.
struct Neighbour {
  std::size_t caption = 0;  // column
  float similarity = 0;
  bool right = false;  // it belongs to the image
};

// The `most` highest of an image's row, read from the file; larger first, ties by column.
Result<std::vector<Neighbour>> nearest_captions(const GalleryPredictions& predictions,
                                                std::size_t row, std::size_t most);

// Thread-safe. Pointers are shared because an answer may still read what the cache has dropped
// meanwhile.
class GalleryCache {
 public:
  Result<std::shared_ptr<const GalleryRecords>> records(const std::filesystem::path& artifact);
  Result<std::shared_ptr<const GalleryPreview>> preview(const std::filesystem::path& artifact);
  Result<std::shared_ptr<const GalleryPredictions>> predictions(
      const std::filesystem::path& artifact);

 private:
  template <class T>
  struct Kept {
    std::list<std::pair<std::filesystem::path, std::shared_ptr<const T>>> newest_first;
  };
  template <class T, class Read>
  Result<std::shared_ptr<const T>> get(Kept<T>& kept, const std::filesystem::path& artifact,
                                       Read read);

  std::mutex
      mutex_;  // guards what follows; also keeps two requests from reading the same artifact twice
  Kept<GalleryRecords> records_;
  Kept<GalleryPreview> previews_;
  Kept<GalleryPredictions> predictions_;
};

}  // namespace unimo::web
