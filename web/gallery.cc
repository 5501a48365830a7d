#include "web/gallery.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "orchestrator/base/json.h"

namespace unimo::web {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 4;
// Beyond this a gallery is no longer a way to look at a corpus.
constexpr std::uintmax_t kMostBytes = 256ULL * 1024 * 1024;

// Calls `each` with every object of the file, where its line begins and how long it is; returns how
// many lines were none.
template <class Each>
Result<std::int64_t> each_line(const fs::path& path, Each each) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::kNotFound, "{}: {}", path.string(), error.message());
  if (size > kMostBytes) {
    return fail(ErrorCode::kInvalid, "{}: {} MiB is more than the gallery reads ({} MiB)",
                path.string(), size >> 20, kMostBytes >> 20);
  }
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kIo, "{}: cannot read", path.string());
  std::int64_t unreadable = 0, offset = 0;
  for (std::string line; std::getline(file, line);) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object() || !each(object, offset, line.size())) ++unreadable;
    offset += static_cast<std::int64_t>(line.size()) + 1;
  }
  return unreadable;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? found->dump() : std::string();
}

int integer_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

bool read_box(const Json& list, GalleryBox& box) {
  if (!list.is_array() || list.size() != 4) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!list[i].is_number()) return false;
    box.box[i] = list[i].get<double>();
  }
  return true;
}

// A list of words as one text.
std::string words_of(const Json& object, const char* name) {
  std::string words;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return words;
  for (const Json& word : *found) {
    if (word.is_string()) words += (words.empty() ? "" : " ") + word.get<std::string>();
  }
  return words;
}

// Pictures lie in tar files; in records of version 1 each was a file of its own.
std::string file_of(const Json& object) {
  const std::string file = text_of(object, "file");
  if (!object.contains("offset")) return file;
  const auto number = [&object](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : -1;
  };
  if (number("offset") < 0 || number("size") < 0) return {};
  return fmt::format("{}?offset={}&size={}", file, number("offset"), number("size"));
}

bool read_image(const Json& object, GalleryRecords& records) {
  GalleryImage image{.id = text_of(object, "id"),
                     .split = text_of(object, "split"),
                     .file = file_of(object),
                     .width = integer_of(object, "width"),
                     .height = integer_of(object, "height")};
  if (image.id.empty() || image.file.empty() || image.width <= 0 || image.height <= 0) return false;
  const auto regions = object.find("regions");
  if (regions != object.end() && regions->is_array()) {
    for (const Json& region : *regions) {
      GalleryBox box;
      if (!region.is_object() || !region.contains("box") || !read_box(region["box"], box))
        return false;
      box.label = text_of(region, "label");
      box.attributes = words_of(region, "attributes");
      image.boxes.push_back(std::move(box));
    }
  }
  records.by_id.emplace(image.id, records.images.size());
  records.images.push_back(std::move(image));
  return true;
}

Result<GalleryRecords> read_records(const fs::path& artifact) {
  GalleryRecords records;
  records.unreadable =
      UNIMO_TRY(each_line(artifact / "images.jsonl", [&records](const Json& object, auto, auto) {
        return read_image(object, records);
      }));
  std::error_code error;
  if (fs::exists(artifact / "captions.jsonl", error)) {
    records.unreadable += UNIMO_TRY(
        each_line(artifact / "captions.jsonl", [&records](const Json& object, auto, auto) {
          const auto found = records.by_id.find(text_of(object, "image"));
          if (found == records.by_id.end()) return false;
          records.images[found->second].captions.push_back(text_of(object, "text"));
          return true;
        }));
  }
  std::set<std::string> splits;
  for (const GalleryImage& image : records.images) splits.insert(image.split);
  records.splits.assign(splits.begin(), splits.end());
  return records;
}

const Json* entry_of(const Json& object, const char* name, std::size_t at) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array() || at >= found->size()) return nullptr;
  return &(*found)[at];
}

// What stands in the lists beside the box.
void describe_box(const Json& line, std::size_t at, GalleryBox& box) {
  const Json* label = entry_of(line, "labels", at);
  if (label != nullptr && label->is_string()) box.label = label->get<std::string>();
  const Json* attribute = entry_of(line, "attributes", at);
  if (attribute != nullptr && attribute->is_string())
    box.attributes = attribute->get<std::string>();
  const Json* confidence = entry_of(line, "confidences", at);
  if (confidence != nullptr && confidence->is_number()) box.confidence = confidence->get<double>();
}

std::optional<std::vector<GalleryBox>> boxes_of_line(const Json& line) {
  const auto lists = line.find("boxes");
  if (lists == line.end() || !lists->is_array()) return std::nullopt;
  std::vector<GalleryBox> boxes(lists->size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!read_box((*lists)[i], boxes[i])) return std::nullopt;
    describe_box(line, i, boxes[i]);
  }
  return boxes;
}

bool add_preview_line(const Json& object, GalleryPreview::Line line, GalleryPreview& preview) {
  line.image = text_of(object, "image");
  if (line.image.empty() || !boxes_of_line(object)) return false;
  line.width = integer_of(object, "width");
  line.height = integer_of(object, "height");
  const bool is_new = preview.by_image.emplace(line.image, preview.lines.size()).second;
  if (is_new) preview.lines.push_back(std::move(line));
  return is_new;
}

Result<GalleryPreview> read_preview(const fs::path& artifact) {
  GalleryPreview preview{.file = artifact / "preview.jsonl"};
  preview.unreadable = UNIMO_TRY(each_line(
      preview.file, [&preview](const Json& object, std::int64_t offset, std::size_t size) {
        return add_preview_line(object, {.offset = offset, .size = size}, preview);
      }));
  return preview;
}

Status read_retrieval(const fs::path& artifact, GalleryPredictions& predictions) {
  const fs::path path = artifact / "index.json";
  const Json index = UNIMO_TRY(read_json(path));
  if (!index.is_object() || !index.contains("images") || !index["images"].is_array() ||
      !index.contains("captions") || !index["captions"].is_array()) {
    return fail(ErrorCode::kInvalid, "{}: lists 'images' and 'captions' are expected",
                path.string());
  }
  for (const Json& id : index["images"]) {
    const std::string name = id.is_string() ? id.get<std::string>() : id.dump();
    predictions.row_of_image.emplace(name, predictions.image_rows.size());
    predictions.image_rows.push_back(name);
  }
  for (const Json& id : index["captions"]) {
    predictions.caption_columns.push_back(id.is_string() ? id.get<std::string>() : id.dump());
  }
  const auto owners = index.find("image_of_caption");
  if (owners != index.end() && owners->is_array()) {
    for (const Json& row : *owners) {
      predictions.image_of_caption.push_back(row.is_number_integer() ? row.get<std::int64_t>()
                                                                     : -1);
    }
  }
  predictions.similarity = artifact / "similarity.f32";
  std::error_code error;
  const auto size = fs::file_size(predictions.similarity, error);
  const auto expected =
      predictions.image_rows.size() * predictions.caption_columns.size() * sizeof(float);
  if (error || size != expected) {
    return fail(ErrorCode::kIntegrity, "{}: {} bytes, but {} images and {} captions need {}",
                predictions.similarity.string(), error ? 0 : size, predictions.image_rows.size(),
                predictions.caption_columns.size(), expected);
  }
  return ok();
}

Result<GalleryPredictions> read_predictions(const fs::path& artifact) {
  GalleryPredictions predictions;
  std::error_code error;
  if (fs::exists(artifact / "captions.json", error)) {
    const Json list = UNIMO_TRY(read_json(artifact / "captions.json"));
    for (const Json& item : list) {
      if (item.is_object())
        predictions.captions[text_of(item, "image_id")] = text_of(item, "caption");
    }
  }
  if (fs::exists(artifact / "similarity.f32", error))
    UNIMO_TRY(read_retrieval(artifact, predictions));
  return predictions;
}

}  // namespace

Result<std::vector<GalleryBox>> preview_boxes(const GalleryPreview& preview,
                                              const std::string& image) {
  const auto found = preview.by_image.find(image);
  if (found == preview.by_image.end()) return std::vector<GalleryBox>();
  const GalleryPreview::Line& line = preview.lines[found->second];
  std::string text(line.size, '\0');
  std::ifstream file(preview.file);
  file.seekg(line.offset);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto boxes = boxes_of_line(Json::parse(file ? text : std::string(), nullptr, false));
  if (!boxes) {
    return fail(ErrorCode::kIo, "{}: the line of picture {} cannot be read again",
                preview.file.string(), image);
  }
  return *boxes;
}

Result<std::vector<Neighbour>> nearest_captions(const GalleryPredictions& predictions,
                                                std::size_t row, std::size_t most) {
  const std::size_t columns = predictions.caption_columns.size();
  std::vector<float> values(columns);
  const int file = ::open(predictions.similarity.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const std::size_t bytes = columns * sizeof(float);
  const ssize_t got =
      file < 0 ? -1 : ::pread(file, values.data(), bytes, static_cast<off_t>(row * bytes));
  const std::string reason = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (got != static_cast<ssize_t>(bytes)) {
    return fail(ErrorCode::kIo, "{}: row {}: {}", predictions.similarity.string(), row, reason);
  }
  std::vector<Neighbour> all(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    const bool right = i < predictions.image_of_caption.size() &&
                       predictions.image_of_caption[i] == static_cast<std::int64_t>(row);
    all[i] = {i, values[i], right};
  }
  const std::size_t kept = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    [](const Neighbour& a, const Neighbour& b) {
                      return a.similarity != b.similarity ? a.similarity > b.similarity
                                                          : a.caption < b.caption;
                    });
  all.resize(kept);
  return all;
}

template <class T, class Read>
Result<std::shared_ptr<const T>> GalleryCache::get(Kept<T>& kept, const fs::path& artifact,
                                                   Read read) {
  const std::lock_guard lock(mutex_);
  auto& list = kept.newest_first;
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& item) { return item.first == artifact; });
  if (found != list.end()) {
    list.splice(list.begin(), list, found);
    return list.front().second;
  }
  auto value = std::make_shared<const T>(UNIMO_TRY(read(artifact)));
  list.emplace_front(artifact, value);
  if (list.size() > kKept) list.pop_back();
  return std::shared_ptr<const T>(std::move(value));
}

Result<std::shared_ptr<const GalleryRecords>> GalleryCache::records(const fs::path& artifact) {
  return get(records_, artifact, read_records);
}
Result<std::shared_ptr<const GalleryPreview>> GalleryCache::preview(const fs::path& artifact) {
  return get(previews_, artifact, read_preview);
}
Result<std::shared_ptr<const GalleryPredictions>> GalleryCache::predictions(
    const fs::path& artifact) {
  return get(predictions_, artifact, read_predictions);
}

}  // namespace unimo::web
