#include "stages/ingest/corpora/coco.h"

#include <optional>

#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

std::optional<std::int64_t> whole_number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

// A picture's side; 0 when absent or absurd.
int side(const Json& object, const char* key) {
  const auto value = whole_number(object, key);
  return value && *value > 0 && *value < 1'000'000 ? static_cast<int>(*value) : 0;
}

std::string id_text(const Json& item) {
  if (!item.is_object() || !item.contains("id")) return {};
  return item["id"].is_string() ? item["id"].get<std::string>() : item["id"].dump();
}

std::string place(const fs::path& path, std::string_view section, std::size_t index) {
  return fmt::format("{} {}[{}]", path.filename().string(), section, index);
}

bool read_bbox(const Json& item, PendingBox& box) {
  const auto found = item.find("bbox");
  if (found == item.end() || !found->is_array() || found->size() != 4) return false;
  for (const Json& number : *found) {
    if (!number.is_number()) return false;
  }
  box.x = (*found)[0].get<double>();
  box.y = (*found)[1].get<double>();
  box.width = (*found)[2].get<double>();
  box.height = (*found)[3].get<double>();
  return true;
}

}  // namespace

Status CocoCorpus::read_captions(const fs::path& path) {
  const std::string hint = split_of_file_name(path);
  const std::size_t before = images_.size() + captions_.size();
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (section == "images") read_image(item, place(path, section, index), hint, Role::kCaptions);
    if (section == "annotations") read_caption(item, place(path, section, index));
    return ok();
  };
  UNIMO_TRY(stream_json(path, {}, visit));
  if (images_.size() + captions_.size() == before) {
    return fail(ErrorCode::kInvalid,
                "{}: neither pictures nor captions; a COCO captions file has the lists \"images\" "
                "and \"annotations\"",
                path.string());
  }
  return ok();
}

Status CocoCorpus::read_instances(const fs::path& path) {
  const std::string hint = split_of_file_name(path);
  const std::size_t first_box = boxes_.size();
  std::map<std::int64_t, std::string> categories;
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (section == "images") read_image(item, place(path, section, index), hint, Role::kInstances);
    if (section == "annotations") read_box(item, place(path, section, index));
    if (section == "categories" && item.is_object() && item.contains("name") &&
        item["name"].is_string()) {
      if (const auto id = whole_number(item, "id"))
        categories[*id] = item["name"].get<std::string>();
    }
    return ok();
  };
  UNIMO_TRY(stream_json(path, {.skip_keys = {"segmentation"}}, visit));
  if (categories.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no categories; a COCO instances file has a list \"categories\" of id and name",
                path.string());
  }
  name_boxes(categories, first_box);
  return ok();
}

void CocoCorpus::read_image(const Json& item, const std::string& source,
                            const std::string& split_hint, Role role) {
  const auto id = item.is_object() ? whole_number(item, "id") : std::nullopt;
  const auto name = item.is_object() ? item.find("file_name") : item.end();
  if (!id || name == item.end() || !name->is_string() ||
      name->get_ref<const std::string&>().empty()) {
    quarantine_.add(Item::kImage, {source, id_text(item), "malformed_image",
                                   "needs a whole number id and a file_name"});
    return;
  }
  if (!declared_[static_cast<std::size_t>(role)].insert(*id).second) {
    quarantine_.add(Item::kImage, {source, std::to_string(*id), "duplicate_image",
                                   "this id stood before; the first counts"});
    return;
  }
  if (!image_ids_.insert(*id).second) return;  // the same picture from the other kind of file
  Image image{.source = source,
              .file_name = name->get<std::string>(),
              .split_hint = split_hint,
              .id = *id,
              .width = side(item, "width"),
              .height = side(item, "height")};
  if (image.split_hint.empty()) image.split_hint = split_of_file_name(image.file_name);
  images_.push_back(std::move(image));
}

void CocoCorpus::read_caption(const Json& item, const std::string& source) {
  const auto id = item.is_object() ? whole_number(item, "id") : std::nullopt;
  const auto image = item.is_object() ? whole_number(item, "image_id") : std::nullopt;
  const auto refuse = [&](std::string reason, std::string detail) {
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption, {source, id_text(item), std::move(reason), std::move(detail)});
  };
  if (!id || !image) return refuse("malformed_caption", "needs whole numbers id and image_id");
  const auto text = item.find("caption");
  if (text == item.end() || !text->is_string()) {
    return refuse("malformed_caption", text == item.end()
                                           ? "no caption"
                                           : "the caption is not text but " + text->dump());
  }
  if (!caption_ids_.insert(*id).second)
    return refuse("duplicate_caption", "this id stood before; the first counts");
  captions_.push_back({*image, {source, std::to_string(*id), text->get<std::string>()}});
}

void CocoCorpus::read_box(const Json& item, const std::string& source) {
  const auto id = item.is_object() ? whole_number(item, "id") : std::nullopt;
  const auto image = item.is_object() ? whole_number(item, "image_id") : std::nullopt;
  const auto category = item.is_object() ? whole_number(item, "category_id") : std::nullopt;
  const auto refuse = [&](std::string reason, std::string detail) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {source, id_text(item), std::move(reason), std::move(detail)});
  };
  if (!id || !image || !category)
    return refuse("malformed_box", "needs whole numbers id, image_id and category_id");
  if (whole_number(item, "iscrowd").value_or(0) != 0) {
    ++crowds_;
    return;
  }
  Box box{*image, *category, {.source = source, .id = std::to_string(*id)}};
  if (!read_bbox(item, box.box))
    return refuse("malformed_box", "bbox must be four numbers x, y, width, height");
  if (!box_ids_.insert(*id).second)
    return refuse("duplicate_box", "this id stood before; the first counts");
  boxes_.push_back(std::move(box));
}

// Each instances file numbers its own categories, and may list them after the boxes.
void CocoCorpus::name_boxes(const std::map<std::int64_t, std::string>& categories,
                            std::size_t first_box) {
  std::size_t kept = first_box;
  for (std::size_t i = first_box; i < boxes_.size(); ++i) {
    const auto category = categories.find(boxes_[i].category);
    if (category == categories.end()) {
      quarantine_.saw(Item::kRegion);
      quarantine_.add(Item::kRegion, {boxes_[i].box.source, boxes_[i].box.id, "unknown_category",
                                      fmt::format("category_id {} is not among the categories",
                                                  boxes_[i].category)});
      continue;
    }
    boxes_[i].box.label = category->second;
    if (kept != i) boxes_[kept] = std::move(boxes_[i]);
    ++kept;
  }
  boxes_.resize(kept);
}

bool CocoCorpus::locate(const Image& image, const ImageFiles& files, PendingImage& pending) {
  const auto found = files.find(image.file_name, image.id);
  if (!found.path.empty()) {
    pending.path = found.path;
    found_by_number_ += found.by_number ? 1 : 0;
    return true;
  }
  quarantine_.saw(Item::kImage);
  quarantine_.add(Item::kImage,
                  {image.source, pending.id, found.missing() ? "missing_file" : "ambiguous_file",
                   found.missing() ? image.file_name + " is in none of the picture folders"
                                   : image.file_name + " could be " + found.other});
  return false;
}

void CocoCorpus::attach(std::vector<PendingImage>& pending,
                        const std::unordered_map<std::int64_t, std::size_t>& place_of) {
  for (Caption& caption : captions_) {
    const auto found = place_of.find(caption.image);
    if (found != place_of.end()) {
      pending[found->second].captions.push_back(std::move(caption.caption));
      continue;
    }
    const bool known = image_ids_.contains(caption.image);
    quarantine_.saw(Item::kCaption);
    quarantine_.add(
        Item::kCaption,
        {caption.caption.source, caption.caption.id, known ? "image_unusable" : "unknown_image",
         fmt::format("picture {} {}", caption.image,
                     known ? "cannot be used" : "is in no list of pictures")});
  }
  for (Box& box : boxes_) {
    const auto found = place_of.find(box.image);
    if (found != place_of.end()) {
      pending[found->second].boxes.push_back(std::move(box.box));
      continue;
    }
    const bool known = image_ids_.contains(box.image);
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion,
                    {box.box.source, box.box.id, known ? "image_unusable" : "unknown_image",
                     fmt::format("picture {} {}", box.image,
                                 known ? "cannot be used" : "is in no list of pictures")});
  }
}

std::vector<PendingImage> CocoCorpus::resolve(const ImageFiles& files, const SplitTable& splits,
                                              const std::string& unlisted) {
  std::vector<PendingImage> pending;
  std::unordered_map<std::int64_t, std::size_t> place_of;
  for (const Image& image : images_) {
    PendingImage one{.source = image.source,
                     .id = std::to_string(image.id),
                     .declared_width = image.width,
                     .declared_height = image.height};
    if (!locate(image, files, one)) continue;
    if (splits.empty()) {
      one.split = image.split_hint.empty() ? "train" : image.split_hint;
    } else {
      // The lists carry the 2014 names; the number is what both releases share.
      one.split = splits.find(one.id);
      if (one.split.empty()) one.split = unlisted;
    }
    place_of.emplace(image.id, pending.size());
    pending.push_back(std::move(one));
  }
  attach(pending, place_of);
  return pending;
}

}  // namespace unimo::stages
