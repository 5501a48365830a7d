#include <array>

#include "orchestrator/base/json.h"
#include "stages/miniworld/coco_names.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

Json info() {
  return {{"description", "Mini-world: drawn scenes in the format of COCO 2014"},
          {"url", ""},
          {"version", "1.0"},
          {"year", 2014},
          {"contributor", "unimo"},
          {"date_created", "2014/01/01"}};
}

Json licenses() {
  return Json::array({{{"id", 1},
                       {"name", "CC0 1.0"},
                       {"url", "http://creativecommons.org/publicdomain/zero/1.0/"}}});
}

Json coco_image(const Exhibit& exhibit, int size) {
  return {{"id", image_id(exhibit)},
          {"file_name", coco_file_name(exhibit)},
          {"width", size},
          {"height", size},
          {"license", 1},
          {"coco_url", ""},
          {"flickr_url", ""},
          {"date_captured", "2014-01-01 00:00:00"}};
}

Json caption_rows(const Exhibit& exhibit) {
  Json rows = Json::array();
  for (std::size_t k = 0; k < exhibit.captions.size(); ++k) {
    rows.push_back({{"id", image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(k)},
                    {"image_id", image_id(exhibit)},
                    {"caption", exhibit.captions[k].text}});
  }
  return rows;
}

Json instance_rows(const Exhibit& exhibit) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < exhibit.painted.size(); ++i) {
    const PaintedObject& painted = exhibit.painted[i];
    rows.push_back({{"id", image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(i)},
                    {"image_id", image_id(exhibit)},
                    {"category_id", static_cast<int>(exhibit.scene.objects[i].thing) + 1},
                    {"bbox", painted.box},
                    {"area", painted.area},
                    {"iscrowd", 0},
                    {"segmentation", painted.polygons}});
  }
  return rows;
}

std::string_view supercategory(Thing thing) {
  switch (thing) {
    case Thing::kCar:
    case Thing::kBoat: return "vehicle";
    case Thing::kTree:
    case Thing::kFlower:
    case Thing::kMushroom: return "plant";
    case Thing::kFish: return "animal";
    case Thing::kHouse: return "building";
    case Thing::kStar:
    case Thing::kHeart: return "symbol";
    default: return "object";
  }
}

Json categories() {
  Json list = Json::array();
  for (std::size_t i = 0; i < kThings; ++i) {
    const auto thing = static_cast<Thing>(i);
    list.push_back({{"id", i + 1}, {"name", word(thing)}, {"supercategory", supercategory(thing)}});
  }
  return list;
}

Json karpathy_image(const Exhibit& exhibit, std::int64_t index) {
  Json sentences = Json::array();
  Json ids = Json::array();
  for (std::size_t k = 0; k < exhibit.captions.size(); ++k) {
    const std::int64_t id = image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(k);
    const std::string& text = exhibit.captions[k].text;
    sentences.push_back(
        {{"tokens", words_of(text)}, {"raw", text}, {"imgid", index}, {"sentid", id}});
    ids.push_back(id);
  }
  return {{"filepath", coco_release(exhibit)},
          {"filename", coco_file_name(exhibit)},
          {"cocoid", image_id(exhibit)},
          {"split", exhibit.split},
          {"imgid", index},
          {"sentids", std::move(ids)},
          {"sentences", std::move(sentences)}};
}

// The two files of one release.
class Release {
 public:
  static Result<Release> create(const fs::path& folder, const std::string& name) {
    auto captions = UNIMO_TRY(GrowingJson::create(folder / fmt::format("captions_{}.json", name),
                                                  {"annotations", "images"}));
    auto instances = UNIMO_TRY(GrowingJson::create(folder / fmt::format("instances_{}.json", name),
                                                   {"annotations", "images"}));
    return Release(std::move(captions), std::move(instances));
  }

  Status add(const Exhibit& exhibit, int size) {
    const Json image = coco_image(exhibit, size);
    UNIMO_TRY(captions_.add(1, image));
    UNIMO_TRY(instances_.add(1, image));
    for (const Json& row : caption_rows(exhibit)) UNIMO_TRY(captions_.add(0, row));
    for (const Json& row : instance_rows(exhibit)) UNIMO_TRY(instances_.add(0, row));
    return ok();
  }

  Status finish() {
    UNIMO_TRY(captions_.finish({{"info", info()}, {"licenses", licenses()}, {"type", "captions"}}));
    return instances_.finish(
        {{"info", info()}, {"licenses", licenses()}, {"categories", categories()}});
  }

 private:
  Release(GrowingJson captions, GrowingJson instances)
      : captions_(std::move(captions)), instances_(std::move(instances)) {}
  GrowingJson captions_, instances_;
};

class Coco : public Format {
 public:
  Coco(World& world, Release train, Release val, GrowingJson split)
      : world_(world), train_(std::move(train)), val_(std::move(val)), split_(std::move(split)) {
    world.baselines.declare({.name = "coco_caption", .metric = "word_f1"});
  }

  Status add(const Exhibit& exhibit) override {
    UNIMO_TRY(put_file(world_.folder / "coco" / "images" / coco_file_name(exhibit), exhibit.jpeg));
    Release& release = exhibit.split == "train" ? train_ : val_;
    UNIMO_TRY(release.add(exhibit, world_.params.image_size));
    judge(exhibit);
    return split_.add(0, karpathy_image(exhibit, exhibit.scene.number));
  }

  Status finish() override {
    UNIMO_TRY(train_.finish());
    UNIMO_TRY(val_.finish());
    return split_.finish({{"dataset", "coco"}});
  }

 private:
  // The caption of the picture before, and one of its own set against the others.
  void judge(const Exhibit& exhibit) {
    if (exhibit.split != "val" || exhibit.captions.size() < 2) return;
    std::vector<std::string> others;
    for (std::size_t k = 1; k < exhibit.captions.size(); ++k)
      others.push_back(exhibit.captions[k].text);
    if (!before_.empty()) world_.baselines.compare("coco_caption", "copy", before_, others);
    before_ = exhibit.captions[0].text;
    world_.baselines.compare("coco_caption", "facts", before_, others);
  }

  World& world_;
  Release train_, val_;
  GrowingJson split_;
  std::string before_;
};

}  // namespace

std::string coco_release(const Exhibit& exhibit) {
  return exhibit.split == "train" ? "train2014" : "val2014";
}

std::string coco_file_name(const Exhibit& exhibit) {
  return fmt::format("COCO_{}_{:012}.jpg", coco_release(exhibit), image_id(exhibit));
}

OpenedFormat coco_format(World& world) {
  const fs::path folder = world.folder / "coco";
  auto train = UNIMO_TRY(Release::create(folder / "annotations", "train2014"));
  auto val = UNIMO_TRY(Release::create(folder / "annotations", "val2014"));
  auto split = UNIMO_TRY(GrowingJson::create(folder / "dataset_coco.json", {"images"}));
  return std::make_unique<Coco>(world, std::move(train), std::move(val), std::move(split));
}

}  // namespace unimo::stages
