#include "stages/ingest/corpora/visual_genome.h"

#include <algorithm>
#include <optional>

#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kNone = -1;

// kNone when it is absent or no whole number; the ids here are positive.
std::int64_t whole_number(const Json& object, const char* key) {
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : kNone;
}

// Most files say image_id, region_descriptions.json says id.
std::int64_t image_number(const Json& object) {
  const std::int64_t number = whole_number(object, "image_id");
  return number == kNone ? whole_number(object, "id") : number;
}

// Objects say w and h, regions width and height.
std::optional<double> number(const Json& object, const char* key, const char* other = nullptr) {
  for (const char* name : {key, other}) {
    if (name == nullptr) continue;
    const auto found = object.find(name);
    if (found != object.end() && found->is_number()) return found->get<double>();
  }
  return std::nullopt;
}

// The first of "names", or "name".
std::string first_name(const Json& object) {
  const auto names = object.find("names");
  if (names != object.end() && names->is_array() && !names->empty() && (*names)[0].is_string()) {
    return tidy_blanks((*names)[0].get<std::string>());
  }
  const auto name = object.find("name");
  return name != object.end() && name->is_string() ? tidy_blanks(name->get<std::string>())
                                                   : std::string();
}

bool read_box(const Json& item, PendingBox& box) {
  const auto x = number(item, "x");
  const auto y = number(item, "y");
  const auto width = number(item, "w", "width");
  const auto height = number(item, "h", "height");
  if (!x || !y || !width || !height) return false;
  box.x = *x;
  box.y = *y;
  box.width = *width;
  box.height = *height;
  return true;
}

int side(const Json& item, const char* key) {
  const auto value = whole_number(item, key);
  return value > 0 && value < 1'000'000 ? static_cast<int>(value) : 0;
}

}  // namespace

Status GenomeCorpus::read_images(const fs::path& path) {
  const auto visit = [&](std::string_view, std::size_t index, Json& item) -> Status {
    const std::string source = fmt::format("{} [{}]", path.filename().string(), index);
    const std::int64_t id = image_number(item);
    if (id == kNone) {
      quarantine_.add(Item::kImage,
                      {source, "", "malformed_image", "needs a whole number image_id"});
      return ok();
    }
    const std::string name = fmt::format("vg{}", id);
    if (!index_.emplace(id, images_.size()).second) {
      quarantine_.add(Item::kImage,
                      {source, name, "duplicate_image", "this id stood before; the first counts"});
      return ok();
    }
    Image image;
    image.id = id;
    image.coco_id = whole_number(item, "coco_id");
    const auto url = item.find("url");
    if (url != item.end() && url->is_string())
      image.file_name = fs::path(url->get<std::string>()).filename().string();
    if (image.file_name.empty()) image.file_name = fmt::format("{}.jpg", id);
    image.pending.source = source;
    image.pending.id = name;
    image.pending.declared_width = side(item, "width");
    image.pending.declared_height = side(item, "height");
    images_.push_back(std::move(image));
    return ok();
  };
  UNIMO_TRY(stream_json(path, {}, visit));
  if (images_.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no pictures; image_data.json is a list of image_id, url, width, height",
                path.string());
  }
  return ok();
}

Status GenomeCorpus::read_lists(const fs::path& path, const char* list, Take take) {
  const auto visit = [&](std::string_view, std::size_t index, Json& entry) -> Status {
    const std::string source = fmt::format("{} [{}]", path.filename().string(), index);
    const std::int64_t id = image_number(entry);
    const auto items = entry.is_object() ? entry.find(list) : entry.end();
    if (id == kNone || items == entry.end() || !items->is_array()) {
      return fail(ErrorCode::kInvalid,
                  "{}: entry {} has no image id and list \"{}\"; is this the right file?",
                  path.string(), index, list);
    }
    const auto found = index_.find(id);
    if (found == index_.end()) {
      quarantine_.saw(Item::kImage);
      quarantine_.add(Item::kImage,
                      {source, fmt::format("vg{}", id), "unknown_image", "not in image_data.json"});
      return ok();
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
      (this->*take)(images_[found->second], (*items)[i], fmt::format("{} {}[{}]", source, list, i));
    }
    return ok();
  };
  return stream_json(path, {.skip_keys = {"synsets", "merged_object_ids"}}, visit);
}

void GenomeCorpus::take_object(Image& image, const Json& item, const std::string& source) {
  const std::int64_t id = whole_number(item, "object_id");
  PendingBox box{.source = source, .id = id == kNone ? std::string() : std::to_string(id)};
  if (item.is_object()) box.label = first_name(item);
  const auto refuse = [&](std::string reason, std::string detail) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {source, box.id, std::move(reason), std::move(detail)});
  };
  if (id == kNone || box.label.empty() || !read_box(item, box)) {
    return refuse("malformed_box", "needs object_id, names and numbers x, y, w, h");
  }
  if (!image.box_of_object.emplace(id, image.pending.boxes.size()).second) {
    return refuse("duplicate_box", "this object stood before; the first counts");
  }
  image.pending.boxes.push_back(std::move(box));
}

void GenomeCorpus::take_attributes(Image& image, const Json& item, const std::string& source) {
  const std::int64_t id = whole_number(item, "object_id");
  if (id == kNone || !image.box_of_object.contains(id)) take_object(image, item, source);
  const auto place = image.box_of_object.find(id);
  if (place == image.box_of_object.end()) return;  // take_object has put it into the quarantine
  const auto list = item.find("attributes");
  if (list == item.end() || !list->is_array()) return;  // attributes are optional there
  auto& attributes = image.pending.boxes[place->second].attributes;
  for (const Json& attribute : *list) {
    if (!attribute.is_string()) continue;
    std::string text = tidy_blanks(attribute.get<std::string>());
    if (has_word(text) &&
        std::find(attributes.begin(), attributes.end(), text) == attributes.end()) {
      attributes.push_back(std::move(text));
    }
  }
}

void GenomeCorpus::take_phrase(Image& image, const Json& item, const std::string& source) {
  auto& captions = image.pending.captions;
  if (phrase_limit_ > 0 && static_cast<std::int64_t>(captions.size()) >= phrase_limit_) return;
  const std::int64_t id = whole_number(item, "region_id");
  const auto phrase = item.is_object() ? item.find("phrase") : item.end();
  if (id == kNone || phrase == item.end() || !phrase->is_string()) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption, {source, id == kNone ? std::string() : std::to_string(id),
                                     "malformed_caption", "needs region_id and a text phrase"});
    return;
  }
  std::string text = tidy_blanks(phrase->get<std::string>());
  // People wrote "the sky is blue" several times for one picture.
  if (std::any_of(captions.begin(), captions.end(),
                  [&](const auto& caption) { return caption.text == text; }))
    return;
  captions.push_back({source, fmt::format("{}#{}", image.pending.id, id), std::move(text)});
}

Status GenomeCorpus::read_objects(const fs::path& path) {
  return read_lists(path, "objects", &GenomeCorpus::take_object);
}

Status GenomeCorpus::read_attributes(const fs::path& path) {
  return read_lists(path, "attributes", &GenomeCorpus::take_attributes);
}

Status GenomeCorpus::read_regions(const fs::path& path, std::int64_t limit) {
  phrase_limit_ = limit;
  return read_lists(path, "regions", &GenomeCorpus::take_phrase);
}

std::vector<PendingImage> GenomeCorpus::resolve(const ImageFiles& files, const SplitTable& splits,
                                                const SplitTable& exclude) {
  std::vector<PendingImage> pending;
  for (Image& image : images_) {
    const std::string split =
        image.coco_id < 0 ? std::string() : exclude.find(std::to_string(image.coco_id));
    if (split == "val" || split == "test") {
      ++excluded_;
      continue;
    }
    PendingImage& one = image.pending;
    const auto found = files.find(image.file_name, image.id);
    if (found.path.empty()) {
      quarantine_.saw(Item::kImage);
      quarantine_.add(Item::kImage,
                      {one.source, one.id, found.missing() ? "missing_file" : "ambiguous_file",
                       found.missing() ? image.file_name + " is in none of the picture folders"
                                       : image.file_name + " could be " + found.other});
      for (const PendingCaption& caption : one.captions) {
        quarantine_.saw(Item::kCaption);
        quarantine_.add(Item::kCaption,
                        {caption.source, caption.id, "image_unusable", "its picture has no file"});
      }
      continue;
    }
    one.path = found.path;
    one.split = splits.empty() ? "train" : splits.find(std::to_string(image.id));
    if (one.split.empty()) one.split = "unlabeled";
    pending.push_back(std::move(one));
  }
  return pending;
}

}  // namespace unimo::stages
