#include "stages/ingest/records.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/ingest/quarantine.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 2;
constexpr std::streamoff kDocumentsFileBytes = 256LL << 20;
constexpr std::array<std::string_view, 5> kSplits{"train", "val", "test", "restval", "unlabeled"};

bool inside(const std::array<double, 4>& box, int width, int height) {
  return std::all_of(box.begin(), box.end(), [](double v) { return std::isfinite(v); }) &&
         box[0] >= 0 && box[1] >= 0 && box[2] > box[0] && box[3] > box[1] && box[2] <= width &&
         box[3] <= height;
}

Status check_image(const ImageRecord& image) {
  if (image.id.empty()) return fail(ErrorCode::kInvalid, "an image without an id");
  if (!is_known_split(image.split)) {
    return fail(ErrorCode::kInvalid,
                "image {}: unknown split \"{}\"; known: train, val, test, restval, unlabeled",
                image.id, image.split);
  }
  if (image.width < 1 || image.height < 1) {
    return fail(ErrorCode::kInvalid, "image {}: size {}x{}; both must be positive", image.id,
                image.width, image.height);
  }
  for (const Region& region : image.regions) {
    if (!inside(region.box, image.width, image.height)) {
      return fail(ErrorCode::kInvalid,
                  "image {}: box [{}, {}, {}, {}] is not inside its {}x{} pixels", image.id,
                  region.box[0], region.box[1], region.box[2], region.box[3], image.width,
                  image.height);
    }
  }
  return ok();
}

Json to_json(const ImageRecord& image) {
  Json regions = Json::array();
  for (const Region& region : image.regions) {
    regions.push_back(
        {{"box", region.box}, {"label", region.label}, {"attributes", region.attributes}});
  }
  Json line = {
      {"id", image.id},           {"file", image.place.file},     {"offset", image.place.offset},
      {"size", image.place.size}, {"width", image.width},         {"height", image.height},
      {"split", image.split},     {"regions", std::move(regions)}};
  if (!image.same_as.empty()) line["same_as"] = image.same_as;
  return line;
}

void read_into(const Json& line, ImageRecord& image) {
  line.at("id").get_to(image.id);
  line.at("file").get_to(image.place.file);
  line.at("offset").get_to(image.place.offset);
  line.at("size").get_to(image.place.size);
  line.at("width").get_to(image.width);
  line.at("height").get_to(image.height);
  line.at("split").get_to(image.split);
  for (const Json& item : line.at("regions")) {
    Region region;
    item.at("box").get_to(region.box);
    item.at("label").get_to(region.label);
    item.at("attributes").get_to(region.attributes);
    image.regions.push_back(std::move(region));
  }
  if (line.contains("same_as")) line.at("same_as").get_to(image.same_as);
}

void read_into(const Json& line, CaptionRecord& caption) {
  line.at("id").get_to(caption.id);
  line.at("image").get_to(caption.image);
  line.at("text").get_to(caption.text);
  if (line.contains("box")) caption.box = line.at("box").get<std::array<double, 4>>();
}

Json to_json(const CaptionRecord& caption) {
  Json line = {{"id", caption.id}, {"image", caption.image}, {"text", caption.text}};
  if (caption.box) line["box"] = *caption.box;
  return line;
}

Json to_json(const DocumentRecord& document) {
  Json sentences = Json::array();
  for (const auto& span : document.sentences) sentences.push_back({span.begin, span.end});
  return {{"id", document.id},
          {"title", document.title},
          {"text", document.text},
          {"sentences", std::move(sentences)},
          {"split", document.split}};
}

void read_into(const Json& line, DocumentRecord& document) {
  line.at("id").get_to(document.id);
  line.at("title").get_to(document.title);
  line.at("text").get_to(document.text);
  line.at("split").get_to(document.split);
  for (const Json& span : line.at("sentences")) {
    document.sentences.push_back({span.at(0).get<std::size_t>(), span.at(1).get<std::size_t>()});
  }
}

// What is empty is left out.
Json to_json(const ExampleRecord& example) {
  Json line = {{"id", example.id}, {"split", example.split}, {"parts", example.parts}};
  if (!example.image.empty()) line["image"] = example.image;
  if (!example.label.empty()) line["label"] = example.label;
  if (example.score) line["score"] = *example.score;
  if (!example.targets.empty()) line["targets"] = example.targets;
  if (!example.extra.empty()) line["extra"] = example.extra;
  for (const Turn& turn : example.history) line["history"].push_back({turn.question, turn.answer});
  return line;
}

void read_into(const Json& line, ExampleRecord& example) {
  line.at("id").get_to(example.id);
  line.at("split").get_to(example.split);
  line.at("parts").get_to(example.parts);
  example.image = line.value("image", "");
  example.label = line.value("label", "");
  if (line.contains("score")) example.score = line.at("score").get<double>();
  if (line.contains("targets")) line.at("targets").get_to(example.targets);
  if (line.contains("extra")) example.extra = line.at("extra");
  if (!line.contains("history")) return;
  for (const Json& turn : line.at("history"))
    example.history.push_back({turn.at(0).get<std::string>(), turn.at(1).get<std::string>()});
}

Status check_split(std::string_view what, std::string_view id, std::string_view split) {
  if (id.empty()) return fail(ErrorCode::kInvalid, "a {} without an id", what);
  if (is_known_split(split)) return ok();
  return fail(ErrorCode::kInvalid, "{} {}: unknown split \"{}\"", what, id, split);
}

Status check_document(const DocumentRecord& document) {
  UNIMO_TRY(check_split("document", document.id, document.split));
  std::size_t last = 0;
  for (const auto& span : document.sentences) {
    if (span.begin < last || span.end <= span.begin || span.end > document.text.size()) {
      return fail(ErrorCode::kInvalid,
                  "document {}: sentence [{}, {}) is not in order inside its {} bytes", document.id,
                  span.begin, span.end, document.text.size());
    }
    last = span.end;
  }
  return ok();
}
void read_into(const Json& line, TextRecord& text) {
  line.at("id").get_to(text.id);
  line.at("text").get_to(text.text);
  line.at("split").get_to(text.split);
}

// Reads `path` line by line; `take` gets each record, and its errors get the place. An absent file
// has no lines.
template <class Record, class Take>
Status visit_jsonl(const fs::path& path, Take take) {
  if (!fs::exists(path)) return ok();
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kIo, "{}: cannot read", path.string());
  std::string text;
  for (std::int64_t number = 1; std::getline(file, text); ++number) {
    const std::string place = fmt::format("{}:{}", path.string(), number);
    const Json line = UNIMO_TRY(parse_json(text, place));
    Record record;
    try {
      read_into(line, record);
    } catch (const Json::exception& error) {
      return fail(ErrorCode::kInvalid, "{}: not a line of a records artifact: {}", place,
                  error.what());
    }
    if (const Status taken = take(record); !taken)
      return fail(taken.error().code, "{}: {}", place, taken.error().message);
  }
  if (file.bad()) return fail(ErrorCode::kIo, "{}: cannot read", path.string());
  return ok();
}

std::uint8_t split_number(std::string_view split) {
  return static_cast<std::uint8_t>(std::find(kSplits.begin(), kSplits.end(), split) -
                                   kSplits.begin());
}

Status twice(std::string_view what, std::string_view id) {
  return fail(ErrorCode::kInvalid, "{} {} is there already; ids must be unique", what, id);
}

Result<Json> read_head(const fs::path& folder) {
  const fs::path path = folder / "records.json";
  Json head = UNIMO_TRY(read_json(path));
  if (!head.is_object() || head.value("format", "") != "unimo.records" ||
      head.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid,
                "{}: not records of version {} but {}; make them again with an ingest stage",
                path.string(), kVersion, head.dump());
  }
  return head;
}

std::string documents_name(std::int64_t number) {
  return fmt::format("documents-{:05}.jsonl", number);
}

}  // namespace

bool is_known_split(std::string_view split) {
  return std::find(kSplits.begin(), kSplits.end(), split) != kSplits.end();
}

std::vector<std::vector<std::size_t>> Records::captions_of_images() const {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < images.size(); ++i) index.emplace(images[i].id, i);
  std::vector<std::vector<std::size_t>> lists(images.size());
  for (std::size_t i = 0; i < captions.size(); ++i) {
    const auto found = index.find(captions[i].image);
    if (found != index.end()) lists[found->second].push_back(i);
  }
  return lists;
}

Result<Records> read_records(const fs::path& folder) {
  const Json head = UNIMO_TRY(read_head(folder));
  Records records;
  records.source = head.value("source", "");
  IdTable ids, caption_ids, text_ids;
  const auto take_image = [&](ImageRecord& image) -> Status {
    UNIMO_TRY(check_image(image));
    if (!ids.insert(image.id)) return twice("image", image.id);
    records.images.push_back(std::move(image));
    return ok();
  };
  const auto take_caption = [&](CaptionRecord& caption) -> Status {
    if (!ids.contains(caption.image)) {
      return fail(ErrorCode::kInvalid,
                  "caption {} belongs to image {}, which images.jsonl does not have", caption.id,
                  caption.image);
    }
    if (!caption_ids.insert(caption.id)) return twice("caption", caption.id);
    records.captions.push_back(std::move(caption));
    return ok();
  };
  const auto take_text = [&](TextRecord& text) -> Status {
    UNIMO_TRY(check_split("text", text.id, text.split));
    if (!text_ids.insert(text.id)) return twice("text", text.id);
    records.texts.push_back(std::move(text));
    return ok();
  };
  UNIMO_TRY(visit_jsonl<ImageRecord>(folder / "images.jsonl", take_image));
  UNIMO_TRY(visit_jsonl<CaptionRecord>(folder / "captions.jsonl", take_caption));
  UNIMO_TRY(visit_jsonl<TextRecord>(folder / "texts.jsonl", take_text));
  return records;
}

Status visit_documents(const fs::path& folder,
                       const std::function<Status(DocumentRecord&)>& visit) {
  UNIMO_TRY(read_head(folder));
  IdTable ids;
  const auto take = [&](DocumentRecord& document) -> Status {
    UNIMO_TRY(check_document(document));
    return ids.insert(document.id) ? visit(document) : twice("document", document.id);
  };
  for (std::int64_t number = 0; fs::exists(folder / documents_name(number)); ++number)
    UNIMO_TRY(visit_jsonl<DocumentRecord>(folder / documents_name(number), take));
  return ok();
}

Status visit_examples(const fs::path& folder, const std::function<Status(ExampleRecord&)>& visit) {
  UNIMO_TRY(read_head(folder));
  IdTable ids;
  const auto take = [&](ExampleRecord& example) -> Status {
    UNIMO_TRY(check_split("example", example.id, example.split));
    return ids.insert(example.id) ? visit(example) : twice("example", example.id);
  };
  return visit_jsonl<ExampleRecord>(folder / "examples.jsonl", take);
}

Status visit_images(const fs::path& folder, const std::function<Status(ImageRecord&)>& visit) {
  UNIMO_TRY(read_head(folder));
  return visit_jsonl<ImageRecord>(folder / "images.jsonl", [&](ImageRecord& image) -> Status {
    UNIMO_TRY(check_image(image));
    return visit(image);
  });
}

Status visit_captions(const fs::path& folder, const std::function<Status(CaptionRecord&)>& visit) {
  UNIMO_TRY(read_head(folder));
  return visit_jsonl<CaptionRecord>(folder / "captions.jsonl", visit);
}

Status visit_texts(const fs::path& folder, const std::function<Status(TextRecord&)>& visit) {
  UNIMO_TRY(read_head(folder));
  return visit_jsonl<TextRecord>(folder / "texts.jsonl", [&](TextRecord& text) -> Status {
    UNIMO_TRY(check_split("text", text.id, text.split));
    return visit(text);
  });
}

Result<std::string> read_records_source(const fs::path& folder) {
  const Json head = UNIMO_TRY(read_head(folder));
  return head.value("source", "");
}

Result<RecordsWriter> RecordsWriter::create(const fs::path& folder, std::string_view source) {
  UNIMO_TRY(make_directories(folder));
  return RecordsWriter(folder, std::string(source));
}

Status RecordsWriter::write_line(std::ofstream& file, std::string_view name,
                                 const std::string& line) {
  if (!file.is_open()) file.open(folder_ / name, std::ios::binary | std::ios::trunc);
  file << line << '\n';
  if (!file)
    return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", (folder_ / name).string());
  return ok();
}

Status RecordsWriter::add_image(ImageRecord image, std::string_view bytes,
                                std::string_view ending) {
  UNIMO_TRY(check_image(image));
  if (!split_of_image_.insert(image.id, split_number(image.split))) return twice("image", image.id);
  image.place = UNIMO_TRY(pictures_.add_picture(bytes, ending));
  const std::string line = canonical_text(to_json(image));
  UNIMO_TRY(pictures_.add_record(line));
  UNIMO_TRY(write_line(images_file_, "images.jsonl", line));
  ++image_count_;
  ++counts_["images"][image.split];
  return ok();
}

Status RecordsWriter::add_caption(const CaptionRecord& caption) {
  const auto split = split_of_image_.find(caption.image);
  if (!split) {
    return fail(ErrorCode::kInvalid, "caption {} belongs to image {}, which was not added",
                caption.id, caption.image);
  }
  if (!caption_ids_.insert(caption.id)) return twice("caption", caption.id);
  UNIMO_TRY(write_line(captions_file_, "captions.jsonl", canonical_text(to_json(caption))));
  ++caption_count_;
  ++counts_["captions"][std::string(kSplits[*split])];
  return ok();
}

Status RecordsWriter::add_text(const TextRecord& text) {
  UNIMO_TRY(check_split("text", text.id, text.split));
  if (!text_ids_.insert(text.id)) return twice("text", text.id);
  const Json line = {{"id", text.id}, {"text", text.text}, {"split", text.split}};
  UNIMO_TRY(write_line(texts_file_, "texts.jsonl", canonical_text(line)));
  ++text_count_;
  ++counts_["texts"][text.split];
  return ok();
}

Status RecordsWriter::next_documents_file() {
  if (documents_file_.is_open()) UNIMO_TRY(close(documents_file_));
  documents_name_ = documents_name(documents_files_++);
  return ok();
}

Status RecordsWriter::add_document(const DocumentRecord& document) {
  UNIMO_TRY(check_document(document));
  if (!document_ids_.insert(document.id)) return twice("document", document.id);
  if (!documents_file_.is_open() || documents_file_.tellp() >= kDocumentsFileBytes)
    UNIMO_TRY(next_documents_file());
  UNIMO_TRY(write_line(documents_file_, documents_name_, canonical_text(to_json(document))));
  ++document_count_;
  ++counts_["documents"][document.split];
  counts_["sentences"][document.split] += static_cast<std::int64_t>(document.sentences.size());
  return ok();
}

Status RecordsWriter::add_example(const ExampleRecord& example) {
  UNIMO_TRY(check_split("example", example.id, example.split));
  if (!example_ids_.insert(example.id)) return twice("example", example.id);
  UNIMO_TRY(write_line(examples_file_, "examples.jsonl", canonical_text(to_json(example))));
  ++example_count_;
  ++counts_["examples"][example.split];
  return ok();
}

Status RecordsWriter::close(std::ofstream& file) {
  file.close();
  if (file) return ok();
  return fail(ErrorCode::kIo, "{}: cannot write the last lines; is the disk full?",
              folder_.string());
}

void RecordsWriter::note(std::string_view name, std::int64_t count) {
  notes_[std::string(name)] += count;
}

std::optional<std::string_view> RecordsWriter::split_of_image(std::string_view id) const {
  const auto split = split_of_image_.find(id);
  if (!split) return std::nullopt;
  return kSplits[*split];
}

void RecordsWriter::official(std::string_view what, std::int64_t count) {
  official_[std::string(what)] = count;
}

// "examples.train", or "images" for all splits together.
std::int64_t RecordsWriter::found(const std::string& what) const {
  const auto dot = what.find('.');
  const auto kind = counts_.find(what.substr(0, dot));
  if (kind == counts_.end()) return 0;
  std::int64_t sum = 0;
  for (const auto& [split, count] : kind->second) {
    if (dot == std::string::npos || split == what.substr(dot + 1)) sum += count;
  }
  return sum;
}

Status RecordsWriter::finish(const Quarantine& quarantine) {
  UNIMO_TRY(pictures_.finish());
  for (auto* file :
       {&images_file_, &captions_file_, &texts_file_, &documents_file_, &examples_file_})
    if (file->is_open()) UNIMO_TRY(close(*file));
  UNIMO_TRY(quarantine.write(folder_ / "quarantine.jsonl"));
  Json statistics = {{"quarantine", quarantine.counts()}, {"notes", notes_}};
  for (const auto& [kind, splits] : counts_) statistics[kind] = splits;
  for (const auto& [what, count] : official_)
    statistics["official"][what] = {{"found", found(what)}, {"official", count}};
  UNIMO_TRY(write_json(folder_ / "statistics.json", statistics));
  return write_json(folder_ / "records.json",
                    {{"format", "unimo.records"}, {"version", kVersion}, {"source", source_}});
}

}  // namespace unimo::stages
