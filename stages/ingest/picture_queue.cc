#include "stages/ingest/picture_queue.h"

#include "stages/ingest/group_sort.h"
#include "stages/ingest/packed.h"

namespace unimo::stages {

namespace {

std::string pack(const PendingImage& image) {
  Packer packer;
  packer.text(image.source).text(image.id).text(image.split).text(image.path.string());
  packer.whole(image.offset).whole(image.size);
  packer.whole(image.declared_width).whole(image.declared_height);
  packer.whole(image.normalised_boxes ? 1 : 0).whole(image.quarter_turns);
  packer.whole(image.stands_alone ? 1 : 0);
  packer.whole(static_cast<std::int64_t>(image.captions.size()));
  for (const PendingCaption& caption : image.captions) {
    packer.text(caption.source).text(caption.id).text(caption.text).whole(caption.box ? 1 : 0);
    if (!caption.box) continue;
    for (const double value : *caption.box) packer.number(value);
  }
  packer.whole(static_cast<std::int64_t>(image.boxes.size()));
  for (const PendingBox& box : image.boxes) {
    packer.text(box.source).text(box.id).number(box.x).number(box.y);
    packer.number(box.width).number(box.height).text(box.label);
    packer.whole(static_cast<std::int64_t>(box.attributes.size()));
    for (const std::string& attribute : box.attributes) packer.text(attribute);
  }
  packer.whole(static_cast<std::int64_t>(image.same_as.size()));
  for (const std::string& name : image.same_as) packer.text(name);
  return packer.take();
}

PendingCaption unpack_caption(PackedReader& values) {
  PendingCaption caption;
  caption.source = values.text();
  caption.id = values.text();
  caption.text = values.text();
  if (values.whole() == 0) return caption;
  caption.box.emplace();
  for (double& value : *caption.box) value = values.number();
  return caption;
}

PendingBox unpack_box(PackedReader& values) {
  PendingBox box;
  box.source = values.text();
  box.id = values.text();
  box.x = values.number();
  box.y = values.number();
  box.width = values.number();
  box.height = values.number();
  box.label = values.text();
  for (std::int64_t left = values.whole(); left > 0; --left)
    box.attributes.push_back(values.text());
  return box;
}

PendingImage unpack(std::string_view bytes) {
  PackedReader values(bytes);
  PendingImage image;
  image.source = values.text();
  image.id = values.text();
  image.split = values.text();
  image.path = values.text();
  image.offset = values.whole();
  image.size = values.whole();
  image.declared_width = static_cast<int>(values.whole());
  image.declared_height = static_cast<int>(values.whole());
  image.normalised_boxes = values.whole() != 0;
  image.quarter_turns = static_cast<int>(values.whole());
  image.stands_alone = values.whole() != 0;
  for (std::int64_t left = values.whole(); left > 0; --left)
    image.captions.push_back(unpack_caption(values));
  for (std::int64_t left = values.whole(); left > 0; --left)
    image.boxes.push_back(unpack_box(values));
  for (std::int64_t left = values.whole(); left > 0; --left) image.same_as.push_back(values.text());
  return image;
}

}  // namespace

PictureQueue::PictureQueue(std::filesystem::path folder)
    : items_(std::move(folder), GroupSort::kBudget) {}

Status PictureQueue::add(std::uint64_t order, const PendingImage& image) {
  return items_.add(order, pack(image));
}

Result<PendingSource> PictureQueue::source() {
  UNIMO_TRY(items_.sort());
  return PendingSource([this](PendingImage& next) -> Result<bool> {
    const SpillSort::Item* item = UNIMO_TRY(items_.next());
    if (item == nullptr) return false;
    next = unpack(item->payload);
    return true;
  });
}

}  // namespace unimo::stages
