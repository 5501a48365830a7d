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

constexpr int kVersion = 1;
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
  return {{"id", image.id},         {"file", image.file},   {"width", image.width},
          {"height", image.height}, {"split", image.split}, {"regions", std::move(regions)}};
}

void read_into(const Json& line, ImageRecord& image) {
  line.at("id").get_to(image.id);
  line.at("file").get_to(image.file);
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
}

void read_into(const Json& line, CaptionRecord& caption) {
  line.at("id").get_to(caption.id);
  line.at("image").get_to(caption.image);
  line.at("text").get_to(caption.text);
}

void read_into(const Json& line, TextRecord& text) {
  line.at("id").get_to(text.id);
  line.at("text").get_to(text.text);
  line.at("split").get_to(text.split);
}

// Reads `path` line by line; `check` sees each record with its place. An absent file has no lines.
template <class Record, class Check>
Result<std::vector<Record>> read_jsonl(const fs::path& path, Check check) {
  std::vector<Record> records;
  if (!fs::exists(path)) return records;
  std::ifstream file(path);
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
    if (const Status checked = check(record); !checked) {
      return fail(checked.error().code, "{}: {}", place, checked.error().message);
    }
    records.push_back(std::move(record));
  }
  if (file.bad()) return fail(ErrorCode::kIo, "{}: cannot read", path.string());
  return records;
}

Status twice(std::string_view what, std::string_view id) {
  return fail(ErrorCode::kInvalid, "{} {} is there already; ids must be unique", what, id);
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
  const fs::path head_path = folder / "records.json";
  const Json head = UNIMO_TRY(read_json(head_path));
  if (!head.is_object() || head.value("format", "") != "unimo.records" ||
      head.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid,
                "{}: not records of version {} but {}; make them again with an ingest stage",
                head_path.string(), kVersion, head.dump());
  }
  Records records;
  records.source = head.value("source", "");
  std::unordered_set<std::string> ids, caption_ids, text_ids;
  const auto check_one_image = [&](const ImageRecord& image) -> Status {
    UNIMO_TRY(check_image(image));
    return ids.insert(image.id).second ? ok() : twice("image", image.id);
  };
  const auto check_caption = [&](const CaptionRecord& caption) -> Status {
    if (!ids.contains(caption.image)) {
      return fail(ErrorCode::kInvalid,
                  "caption {} belongs to image {}, which images.jsonl does not have", caption.id,
                  caption.image);
    }
    return caption_ids.insert(caption.id).second ? ok() : twice("caption", caption.id);
  };
  const auto check_text = [&](const TextRecord& text) -> Status {
    if (!is_known_split(text.split)) {
      return fail(ErrorCode::kInvalid, "text {}: unknown split \"{}\"", text.id, text.split);
    }
    return text_ids.insert(text.id).second ? ok() : twice("text", text.id);
  };
  records.images = UNIMO_TRY(read_jsonl<ImageRecord>(folder / "images.jsonl", check_one_image));
  records.captions = UNIMO_TRY(read_jsonl<CaptionRecord>(folder / "captions.jsonl", check_caption));
  records.texts = UNIMO_TRY(read_jsonl<TextRecord>(folder / "texts.jsonl", check_text));
  return records;
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
  if (!split_of_image_.emplace(image.id, image.split).second) return twice("image", image.id);
  if (image_count_ == 0) UNIMO_TRY(make_directories(folder_ / "images"));
  image.file = fmt::format("images/{:06}.{}", image_count_, ending);
  // Not synced one by one: whoever publishes the artifact syncs the whole tree.
  std::ofstream picture(folder_ / image.file, std::ios::binary | std::ios::trunc);
  picture.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  picture.close();
  if (!picture) {
    return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?",
                (folder_ / image.file).string());
  }
  UNIMO_TRY(write_line(images_file_, "images.jsonl", canonical_text(to_json(image))));
  ++image_count_;
  ++counts_["images"][image.split];
  return ok();
}

Status RecordsWriter::add_caption(const CaptionRecord& caption) {
  const auto image = split_of_image_.find(caption.image);
  if (image == split_of_image_.end()) {
    return fail(ErrorCode::kInvalid, "caption {} belongs to image {}, which was not added",
                caption.id, caption.image);
  }
  if (!caption_ids_.insert(caption.id).second) return twice("caption", caption.id);
  const Json line = {{"id", caption.id}, {"image", caption.image}, {"text", caption.text}};
  UNIMO_TRY(write_line(captions_file_, "captions.jsonl", canonical_text(line)));
  ++caption_count_;
  ++counts_["captions"][image->second];
  return ok();
}

Status RecordsWriter::add_text(const TextRecord& text) {
  if (!is_known_split(text.split)) {
    return fail(ErrorCode::kInvalid, "text {}: unknown split \"{}\"", text.id, text.split);
  }
  if (!text_ids_.insert(text.id).second) return twice("text", text.id);
  const Json line = {{"id", text.id}, {"text", text.text}, {"split", text.split}};
  UNIMO_TRY(write_line(texts_file_, "texts.jsonl", canonical_text(line)));
  ++text_count_;
  ++counts_["texts"][text.split];
  return ok();
}

void RecordsWriter::note(std::string_view name, std::int64_t count) {
  notes_[std::string(name)] += count;
}

Status RecordsWriter::finish(const Quarantine& quarantine) {
  for (auto* file : {&images_file_, &captions_file_, &texts_file_}) {
    if (!file->is_open()) continue;
    file->close();
    if (!*file)
      return fail(ErrorCode::kIo, "{}: cannot write the last lines; is the disk full?",
                  folder_.string());
  }
  UNIMO_TRY(quarantine.write(folder_ / "quarantine.jsonl"));
  Json statistics = {
      {"images", Json::object()}, {"captions", Json::object()}, {"texts", Json::object()}};
  for (const auto& [kind, splits] : counts_) statistics[kind] = splits;
  statistics["quarantine"] = quarantine.counts();
  statistics["notes"] = notes_;
  UNIMO_TRY(write_json(folder_ / "statistics.json", statistics));
  return write_json(folder_ / "records.json",
                    {{"format", "unimo.records"}, {"version", kVersion}, {"source", source_}});
}

}  // namespace unimo::stages
