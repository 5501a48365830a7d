// Records: what every ingest stage makes and what regions, pack and score read. See
// docs/formats.md.
//
//   auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "flickr"));
//   UNIMO_TRY(writer.add_image({.id = "17", .width = 640, .height = 480, .split = "train"}, bytes,
//   "jpg")); UNIMO_TRY(writer.add_caption({.id = "17#0", .image = "17", .text = "A dog runs."}));
//   UNIMO_TRY(writer.finish(quarantine));
//
//   const Records records = UNIMO_TRY(read_records(folder));
//   UNIMO_TRY(visit_documents(folder, [&](DocumentRecord& document) { ...; return ok(); }));
//
// Pictures keep the bytes they came with, in tar files; read_picture gives them. Decode them with
// decode_image of image_probe.h, so that boxes and pixels agree (EXIF orientation is ignored).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/image_tar.h"

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
  TarPlace place;  // of its bytes; the writer sets it
  int width = 0;
  int height = 0;
  std::string split;  // train, val, test, restval or unlabeled
  std::vector<Region> regions;
  // The same picture elsewhere, as its makers say: "coco:139", "flickr:36979".
  std::vector<std::string> same_as;
};

struct CaptionRecord {
  std::string id;
  std::string image;  // id of an ImageRecord
  std::string text;
  std::optional<std::array<double, 4>> box;  // what the text speaks of, if not the whole picture
};

// Text with its sentences: an article, a chapter, a web page.
struct DocumentRecord {
  struct Span {
    std::size_t begin = 0, end = 0;  // bytes of the text
  };
  std::string id;
  std::string title;
  std::string text;             // paragraphs end with one line feed
  std::vector<Span> sentences;  // in order, apart from each other; never across paragraphs
  std::string split;
};

// A question and its answer.
struct Turn {
  std::string question, answer;
};

// One item of a benchmark. docs/formats.md says which parts, labels and targets each task has.
struct ExampleRecord {
  std::string id;  // the official one where there is one
  std::string split;
  std::string image;  // id of an ImageRecord, perhaps of another artifact; empty: text alone
  std::map<std::string, std::string> parts;  // "premise", "hypothesis"; "passage", "answer"; …
  std::vector<Turn> history;                 // what was said before, oldest first
  std::string label;                         // class name; empty: none is known
  std::optional<double> score;               // of a regression task
  std::vector<std::string> targets;  // texts that would be right, the first the official one
  Json extra = Json::object();       // what else the files say: genres, spans, annotators' labels
};

// One sentence or paragraph without a picture.
struct TextRecord {
  std::string id;
  std::string text;
  std::string split;
};

struct Records {
  std::string source;  // "coco", "flickr30k", "sst2": the ingest kind without "ingest."
  std::vector<ImageRecord> images;
  std::vector<CaptionRecord> captions;
  std::vector<TextRecord> texts;

  // Per image, in order, the indices of its captions.
  std::vector<std::vector<std::size_t>> captions_of_images() const;
};

// Reads a whole records artifact and checks it: version, fields, unique ids, known splits, captions
// of known images, boxes inside their picture. Errors name file and line.
Result<Records> read_records(const std::filesystem::path& folder);

// The documents or examples of an artifact one after the other, in the order of writing; one is in
// memory at a time and may be moved from. Checked as by read_records; an error of `visit` ends the
// walk.
Status visit_documents(const std::filesystem::path& folder,
                       const std::function<Status(DocumentRecord&)>& visit);
Status visit_examples(const std::filesystem::path& folder,
                      const std::function<Status(ExampleRecord&)>& visit);
// The same for pictures, captions and texts, of which there may be tens of millions: without the
// check that ids differ and that captions have their picture, which need memory.
Status visit_images(const std::filesystem::path& folder,
                    const std::function<Status(ImageRecord&)>& visit);
Status visit_captions(const std::filesystem::path& folder,
                      const std::function<Status(CaptionRecord&)>& visit);
Status visit_texts(const std::filesystem::path& folder,
                   const std::function<Status(TextRecord&)>& visit);
// Where an artifact comes from: "coco", "openwebtext".
Result<std::string> read_records_source(const std::filesystem::path& folder);

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

  // Stores `bytes` and sets the record's place.
  Status add_image(ImageRecord image, std::string_view bytes, std::string_view ending);
  Status add_caption(const CaptionRecord& caption);
  Status add_text(const TextRecord& text);
  Status add_document(const DocumentRecord& document);
  // `image`, when given, need not be in this artifact.
  Status add_example(const ExampleRecord& example);
  bool has_example(std::string_view id) const { return example_ids_.contains(id); }

  // Adds to a count of statistics.json under "notes": what was changed or left out without being
  // bad, such as "boxes.clipped".
  void note(std::string_view name, std::int64_t count = 1);
  // What the makers say there should be of `what` ("examples.train", "images"); statistics.json
  // sets it against what was found, and `unimo show` warns when they differ.
  void official(std::string_view what, std::int64_t count);

  // Writes records.json, quarantine.jsonl and statistics.json.
  Status finish(const Quarantine& quarantine);

  // Of a picture that was added; nothing when none has this id.
  std::optional<std::string_view> split_of_image(std::string_view id) const;

  std::int64_t images() const { return image_count_; }
  std::int64_t captions() const { return caption_count_; }
  std::int64_t texts() const { return text_count_; }
  std::int64_t documents() const { return document_count_; }
  std::int64_t examples() const { return example_count_; }
  // {"images": {"train": 5}, "captions": {...}, "texts": {...}, "documents": {...}, "examples":
  // {...}}
  const std::map<std::string, std::map<std::string, std::int64_t>>& counts() const {
    return counts_;
  }
  const std::map<std::string, std::int64_t>& notes() const { return notes_; }

 private:
  RecordsWriter(std::filesystem::path folder, std::string source)
      : folder_(std::move(folder)), source_(std::move(source)), pictures_(folder_) {}
  Status write_line(std::ofstream& file, std::string_view name, const std::string& line);
  Status next_documents_file();
  Status close(std::ofstream& file);
  std::int64_t found(const std::string& what) const;

  std::filesystem::path folder_;
  std::string source_;
  ImageTarWriter pictures_;
  std::ofstream images_file_, captions_file_, texts_file_, documents_file_, examples_file_;
  std::string documents_name_;
  std::int64_t documents_files_ = 0;
  IdTable split_of_image_, caption_ids_, text_ids_, document_ids_, example_ids_;
  std::int64_t image_count_ = 0, caption_count_ = 0, text_count_ = 0, document_count_ = 0,
               example_count_ = 0;
  std::map<std::string, std::map<std::string, std::int64_t>> counts_;
  std::map<std::string, std::int64_t> notes_, official_;
};

}  // namespace unimo::stages
