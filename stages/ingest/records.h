// Records: what every ingest stage makes and what regions, pack and score read. See
// docs/formats.md.
//
//   auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "flickr"));
//   UNIMO_TRY(writer.add_image({.id = "17", .width = 640, .height = 480, .split = "train"}, bytes,
//   "jpg")); UNIMO_TRY(writer.add_caption({.id = "17#0", .image = "17", .text = "A dog runs."}));
//   UNIMO_TRY(writer.finish(quarantine));
//
//   const Records records = UNIMO_TRY(read_records(folder));
//
// Pictures keep the bytes they came with; decode them with decode_image of image_probe.h, so that
// boxes and pixels agree (EXIF orientation is ignored).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

class Quarantine;

// One annotated object of a picture.
struct Region {
  std::array<double, 4> box{};  // x1, y1, x2, y2 in pixels of the picture as stored; inside it
  std::string label;            // class name
  std::vector<std::string> attributes;
};

struct ImageRecord {
  std::string id;
  std::string file;  // relative to the artifact: "images/000000.jpg"; the writer sets it
  int width = 0;
  int height = 0;
  std::string split;  // train, val, test, restval or unlabeled
  std::vector<Region> regions;
};

struct CaptionRecord {
  std::string id;
  std::string image;  // id of an ImageRecord
  std::string text;
};

// Text without a picture.
struct TextRecord {
  std::string id;
  std::string text;
  std::string split;
};

struct Records {
  std::string source;  // "coco", "flickr", "text"
  std::vector<ImageRecord> images;
  std::vector<CaptionRecord> captions;
  std::vector<TextRecord> texts;

  // Per image, in order, the indices of its captions.
  std::vector<std::vector<std::size_t>> captions_of_images() const;
};

// Reads a whole records artifact and checks it: version, fields, unique ids, known splits, captions
// of known images, boxes inside their picture. Errors name file and line.
Result<Records> read_records(const std::filesystem::path& folder);

bool is_known_split(std::string_view split);

// add_* in any order (an image before its captions), then finish, once. An id that is there
// already, an unknown split, a caption of an unknown image or a box outside its picture is
// kInvalid: readers of corpora sort those out before. Lines go to the disk as they come; one
// thread.
class RecordsWriter {
 public:
  static Result<RecordsWriter> create(const std::filesystem::path& folder, std::string_view source);
  RecordsWriter(RecordsWriter&&) = default;
  RecordsWriter& operator=(RecordsWriter&&) = default;

  // Stores `bytes` as images/NNNNNN.<ending> and sets `file`.
  Status add_image(ImageRecord image, std::string_view bytes, std::string_view ending);
  Status add_caption(const CaptionRecord& caption);
  Status add_text(const TextRecord& text);

  // Adds to a count of statistics.json under "notes": what was changed or left out without being
  // bad, such as "boxes.clipped".
  void note(std::string_view name, std::int64_t count = 1);

  // Writes records.json, quarantine.jsonl and statistics.json.
  Status finish(const Quarantine& quarantine);

  std::int64_t images() const { return image_count_; }
  std::int64_t captions() const { return caption_count_; }
  std::int64_t texts() const { return text_count_; }
  // {"images": {"train": 5}, "captions": {...}, "texts": {...}}
  const std::map<std::string, std::map<std::string, std::int64_t>>& counts() const {
    return counts_;
  }
  const std::map<std::string, std::int64_t>& notes() const { return notes_; }

 private:
  RecordsWriter(std::filesystem::path folder, std::string source)
      : folder_(std::move(folder)), source_(std::move(source)) {}
  Status write_line(std::ofstream& file, std::string_view name, const std::string& line);

  std::filesystem::path folder_;
  std::string source_;
  std::ofstream images_file_, captions_file_, texts_file_;
  std::map<std::string, std::string> split_of_image_;
  std::unordered_set<std::string> caption_ids_, text_ids_;
  std::int64_t image_count_ = 0, caption_count_ = 0, text_count_ = 0;
  std::map<std::string, std::map<std::string, std::int64_t>> counts_;
  std::map<std::string, std::int64_t> notes_;
};

}  // namespace unimo::stages
