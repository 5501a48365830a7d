#include "stages/ingest/corpora/coco.h"

#include <optional>

#include "stages/ingest/flickr_photo.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Of a packed part.
enum Kind : std::int64_t { kImage, kCaption, kBox };

bool read_bbox(JsonView item, PendingBox& box) {
  const JsonView list = item["bbox"];
  if (!list.is_list() || list.size() != 4) return false;
  double* const sides[] = {&box.x, &box.y, &box.width, &box.height};
  std::size_t i = 0;
  for (const JsonView side : list.items()) {
    const auto number = side.number();
    if (!number) return false;
    *sides[i++] = *number;
  }
  return true;
}

}  // namespace

const CocoOfficial* coco_official(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const CocoOfficial& part : kCocoParts) {
    if (name.find(part.part) != std::string::npos) return &part;
  }
  return nullptr;
}

struct CocoCorpus::Image {
  Place place;
  std::int64_t order = 0;
  bool stands_alone = false;
  std::string file_name, split;
  int width = 0, height = 0;
  std::string flickr_url;  // empty: not known
};

// Everything that the files say of one number.
struct CocoCorpus::Group {
  struct Box {
    std::int64_t file = 0, category = 0;
    PendingBox box;
  };
  std::int64_t number = 0;
  std::optional<Image> image;
  std::vector<PendingCaption> captions;
  std::vector<Box> boxes;
};

CocoCorpus::CocoCorpus(const fs::path& folder, Quarantine& quarantine)
    : quarantine_(quarantine), parts_(folder) {}

CocoCorpus::Place CocoCorpus::open(const fs::path& path) {
  files_.push_back({path.filename().string(), split_of_file_name(path), {}});
  return {static_cast<std::int64_t>(files_.size()) - 1, 0};
}

std::string CocoCorpus::source_of(const Place& place, std::string_view section) const {
  return fmt::format("{} {}[{}]", files_[static_cast<std::size_t>(place.file)].name, section,
                     place.index);
}

Status CocoCorpus::read_captions(const fs::path& path) {
  const Place file = open(path);
  const std::int64_t before = images_ + captions_;
  const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
    const Place place{file.file, static_cast<std::int64_t>(at.index)};
    if (at.section == "images") return read_image(item, place, Role::kCaptions, false);
    if (at.section == "annotations") return read_caption(item, place);
    return ok();
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (images_ + captions_ > before) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: neither pictures nor captions; a COCO captions file has the lists \"images\" "
              "and \"annotations\"",
              path.string());
}

Status CocoCorpus::read_image_info(const fs::path& path) {
  const Place file = open(path);
  const std::int64_t before = images_;
  const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "images") return ok();
    return read_image(item, {file.file, static_cast<std::int64_t>(at.index)}, Role::kCaptions,
                      true);
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (images_ > before) return ok();
  return fail(ErrorCode::kInvalid, "{}: no pictures; an image_info file has a list \"images\"",
              path.string());
}

Status CocoCorpus::read_instances(const fs::path& path) {
  const Place file = open(path);
  auto& categories = files_.back().categories;
  const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
    const Place place{file.file, static_cast<std::int64_t>(at.index)};
    if (at.section == "images") return read_image(item, place, Role::kInstances, false);
    if (at.section == "annotations") return read_box(item, place);
    if (at.section != "categories") return ok();
    const auto id = whole_at(item, "id");
    const auto name = text_at(item, "name");
    if (id && name) categories[*id] = *name;
    return ok();
  };
  UNIMO_TRY(stream_json_views(path, {}, visit));
  if (!categories.empty()) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: no categories; a COCO instances file has a list \"categories\" of id and name",
              path.string());
}

Status CocoCorpus::read_image(JsonView item, Place place, Role role, bool stands_alone) {
  const auto id = whole_at(item, "id");
  const auto name = text_at(item, "file_name");
  if (!id || *id < 0 || !name || name->empty()) {
    quarantine_.add(Item::kImage,
                    {source_of(place, "images"), shown_at(item, "id"), "malformed_image",
                     unlike("a whole number id and a file_name", item)});
    return ok();
  }
  const std::string id_text = std::to_string(*id);
  auto& mine = declared_[static_cast<std::size_t>(role)];
  const auto& others = declared_[1 - static_cast<std::size_t>(role)];
  if (!mine.insert(id_text)) {
    quarantine_.add(Item::kImage, {source_of(place, "images"), id_text, "duplicate_image",
                                   "this id stood before; the first counts"});
    return ok();
  }
  if (others.contains(id_text)) return ok();  // the same picture from the other kind of file
  Image image{.place = place,
              .stands_alone = stands_alone,
              .file_name = *name,
              .split = files_[static_cast<std::size_t>(place.file)].split_hint,
              .width = side_at(item, "width"),
              .height = side_at(item, "height"),
              .flickr_url = text_at(item, "flickr_url").value_or("")};
  if (image.split.empty()) image.split = split_of_file_name(image.file_name);
  return add_image(*id, image);
}

Status CocoCorpus::add_image(std::int64_t id, const Image& image) {
  Packer packer;
  packer.whole(kImage).whole(image.place.file).whole(image.place.index).whole(images_++);
  packer.whole(image.stands_alone ? 1 : 0).text(image.file_name).text(image.split);
  packer.whole(image.width).whole(image.height).text(image.flickr_url);
  return parts_.add(static_cast<std::uint64_t>(id), packer.take());
}

Status CocoCorpus::add_caption(std::int64_t image, Place place, std::string_view id,
                               std::string_view text) {
  ++captions_;
  Packer packer;
  packer.whole(kCaption).whole(place.file).whole(place.index).text(id).text(text);
  return parts_.add(static_cast<std::uint64_t>(image), packer.take());
}

Status CocoCorpus::add_karpathy(const KarpathyImage& image) {
  if (files_.empty() || files_.back().name != image.file) open(image.file);
  const Place place{static_cast<std::int64_t>(files_.size()) - 1, image.index};
  const std::int64_t id = image.cocoid >= 0 ? image.cocoid : trailing_number(image.filename);
  const std::string id_text = std::to_string(id);
  if (id < 0 || !declared_[0].insert(id_text)) {
    quarantine_.add(Item::kImage,
                    {image.source, image.filename, id < 0 ? "malformed_image" : "duplicate_image",
                     id < 0 ? "needs a cocoid, or a file name that ends in one"
                            : "this picture stood before; the first counts"});
    return ok();
  }
  const std::string name =
      image.filepath.empty() ? image.filename : image.filepath + "/" + image.filename;
  UNIMO_TRY(add_image(id, {.place = place, .file_name = name, .split = image.split}));
  for (const PendingCaption& sentence : image.sentences) {
    if (caption_ids_.insert(sentence.id)) {
      UNIMO_TRY(add_caption(id, place, sentence.id, sentence.text));
      continue;
    }
    quarantine_.saw(Item::kCaption);
    quarantine_.add(Item::kCaption, {sentence.source, sentence.id, "duplicate_caption",
                                     "this id stood before; the first counts"});
  }
  return ok();
}

Status CocoCorpus::read_caption(JsonView item, Place place) {
  const auto id = whole_at(item, "id");
  const auto image = whole_at(item, "image_id");
  const auto text = text_at(item, "caption");
  std::string reason = "malformed_caption";
  std::string detail;
  if (!id || !image || *image < 0) {
    detail = unlike("whole numbers id and image_id", item);
  } else if (!text) {
    const std::string shown = shown_at(item, "caption");
    detail =
        shown.empty() ? unlike("a text caption", item) : "the caption is not text but " + shown;
  } else if (!caption_ids_.insert(std::to_string(*id))) {
    reason = "duplicate_caption";
    detail = "this id stood before; the first counts";
  } else {
    return add_caption(*image, place, std::to_string(*id), *text);
  }
  quarantine_.saw(Item::kCaption);
  quarantine_.add(Item::kCaption,
                  {source_of(place, "annotations"), shown_at(item, "id"), reason, detail});
  return ok();
}

Status CocoCorpus::read_box(JsonView item, Place place) {
  const auto id = whole_at(item, "id");
  const auto image = whole_at(item, "image_id");
  const auto category = whole_at(item, "category_id");
  const auto refuse = [&](std::string reason, std::string detail) {
    quarantine_.saw(Item::kRegion);
    quarantine_.add(Item::kRegion, {source_of(place, "annotations"), shown_at(item, "id"),
                                    std::move(reason), std::move(detail)});
    return ok();
  };
  if (!id || !image || *image < 0 || !category)
    return refuse("malformed_box", unlike("whole numbers id, image_id and category_id", item));
  if (whole_at(item, "iscrowd").value_or(0) != 0) {
    ++crowds_;
    return ok();
  }
  PendingBox box;
  if (!read_bbox(item, box)) {
    const std::string shown = shown_at(item, "bbox");
    return refuse("malformed_box", "bbox must be four numbers x, y, width, height, is " +
                                       (shown.empty() ? "nothing" : shown));
  }
  if (!box_ids_.insert(std::to_string(*id)))
    return refuse("duplicate_box", "this id stood before; the first counts");
  Packer packer;
  packer.whole(kBox).whole(place.file).whole(place.index).whole(*id).whole(*category);
  packer.number(box.x).number(box.y).number(box.width).number(box.height);
  return parts_.add(static_cast<std::uint64_t>(*image), packer.take());
}

CocoCorpus::Group CocoCorpus::unpack(std::int64_t number,
                                     std::span<const std::string> parts) const {
  Group group{.number = number};
  for (const std::string& part : parts) {
    PackedReader values(part);
    const std::int64_t kind = values.whole();
    Place place;
    place.file = values.whole();
    place.index = values.whole();
    if (kind == kImage) {
      Image& image = group.image.emplace();
      image.place = place;
      image.order = values.whole();
      image.stands_alone = values.whole() != 0;
      image.file_name = values.text();
      image.split = values.text();
      image.width = static_cast<int>(values.whole());
      image.height = static_cast<int>(values.whole());
      image.flickr_url = values.text();
    } else if (kind == kCaption) {
      PendingCaption caption{.source = source_of(place, "annotations")};
      caption.id = values.text();
      caption.text = values.text();
      group.captions.push_back(std::move(caption));
    } else {
      Group::Box box{.file = place.file};
      box.box.source = source_of(place, "annotations");
      box.box.id = std::to_string(values.whole());
      box.category = values.whole();
      for (double* side : {&box.box.x, &box.box.y, &box.box.width, &box.box.height})
        *side = values.number();
      group.boxes.push_back(std::move(box));
    }
  }
  return group;
}

void CocoCorpus::refuse_parts(const Group& group, const std::string& reason,
                              const std::string& detail) {
  quarantine_.saw(Item::kCaption, static_cast<std::int64_t>(group.captions.size()));
  quarantine_.saw(Item::kRegion, static_cast<std::int64_t>(group.boxes.size()));
  for (const PendingCaption& caption : group.captions)
    quarantine_.add(Item::kCaption, {caption.source, caption.id, reason, detail});
  for (const Group::Box& box : group.boxes)
    quarantine_.add(Item::kRegion, {box.box.source, box.box.id, reason, detail});
}

bool CocoCorpus::locate(const Image& image, const ImageFiles& files, PendingImage& pending) {
  const auto found = files.find(image.file_name, std::stoll(pending.id));
  if (!found.path.empty()) {
    pending.path = found.path;
    found_by_number_ += found.by_number ? 1 : 0;
    return true;
  }
  quarantine_.saw(Item::kImage);
  quarantine_.add(Item::kImage,
                  {pending.source, pending.id, found.missing() ? "missing_file" : "ambiguous_file",
                   found.missing() ? image.file_name + " is in none of the picture folders"
                                   : image.file_name + " could be " + found.other});
  return false;
}

// Categories may stand after the boxes in their file.
void CocoCorpus::name_boxes(Group& group) {
  std::vector<Group::Box> kept;
  for (Group::Box& box : group.boxes) {
    const auto& categories = files_[static_cast<std::size_t>(box.file)].categories;
    const auto category = categories.find(box.category);
    if (category == categories.end()) {
      quarantine_.saw(Item::kRegion);
      quarantine_.add(Item::kRegion,
                      {box.box.source, box.box.id, "unknown_category",
                       fmt::format("category_id {} is not among the categories", box.category)});
      continue;
    }
    box.box.label = category->second;
    kept.push_back(std::move(box));
  }
  group.boxes = std::move(kept);
}

Status CocoCorpus::resolve(const ImageFiles& files, const SplitTable& splits,
                           const std::string& unlisted, PictureQueue& pictures) {
  return parts_.visit([&](std::uint64_t key, std::span<const std::string> parts) -> Status {
    Group group = unpack(static_cast<std::int64_t>(key), parts);
    name_boxes(group);
    if (!group.image) {
      refuse_parts(group, "unknown_image",
                   fmt::format("picture {} is in no list of pictures", group.number));
      return ok();
    }
    const Image& image = *group.image;
    PendingImage one{.source = source_of(image.place, "images"),
                     .id = std::to_string(group.number),
                     .split = image.split.empty() ? "train" : image.split,
                     .declared_width = image.width,
                     .declared_height = image.height,
                     .stands_alone = image.stands_alone};
    if (!locate(image, files, one)) {
      refuse_parts(group, "image_unusable", fmt::format("picture {} cannot be used", group.number));
      return ok();
    }
    if (!splits.empty()) {
      // The lists carry the 2014 names; the number is what both releases share.
      const std::string listed = splits.find(one.id);
      if (!listed.empty()) {
        one.split = listed;
      } else if (!image.stands_alone || image.split.empty()) {
        one.split = unlisted;
      }
    }
    if (auto photo = flickr_photo(image.flickr_url); !photo.empty())
      one.same_as.push_back(std::move(photo));
    one.captions = std::move(group.captions);
    for (Group::Box& box : group.boxes) one.boxes.push_back(std::move(box.box));
    return pictures.add(static_cast<std::uint64_t>(image.order), one);
  });
}

}  // namespace unimo::stages
