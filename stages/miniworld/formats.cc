#include "stages/miniworld/formats.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/miniworld/phrases.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kIdsPerImage = 10;  // at most eight captions and four boxes

std::int64_t image_id(const Exhibit& exhibit) { return exhibit.scene.number + 1; }
std::string release_of(const Exhibit& exhibit) {
  return exhibit.split == "train" ? "train2014" : "val2014";
}

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

void append_all(Json& list, Json rows) {
  for (Json& row : rows) list.push_back(std::move(row));
}

// Lower case without punctuation, as Karpathy's tokens are.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens(1);
  for (const char c : text) {
    if (c == ' ') {
      tokens.emplace_back();
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-') {
      tokens.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  std::erase(tokens, "");
  return tokens;
}

Json karpathy_image(const Exhibit& exhibit, std::int64_t index) {
  Json sentences = Json::array();
  Json ids = Json::array();
  for (std::size_t k = 0; k < exhibit.captions.size(); ++k) {
    const std::int64_t id = image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(k);
    const std::string& text = exhibit.captions[k].text;
    sentences.push_back(
        {{"tokens", tokens_of(text)}, {"raw", text}, {"imgid", index}, {"sentid", id}});
    ids.push_back(id);
  }
  return {{"filepath", release_of(exhibit)},
          {"filename", coco_file_name(exhibit)},
          {"cocoid", image_id(exhibit)},
          {"split", exhibit.split},
          {"imgid", index},
          {"sentids", std::move(ids)},
          {"sentences", std::move(sentences)}};
}

// Compact, as the official files are.
Status write_compact(const fs::path& path, const Json& value) {
  return write_file_atomic(path, canonical_text(value) + "\n");
}

Status write_release(const fs::path& folder, const std::vector<Exhibit>& exhibits, int size,
                     const std::string& release) {
  Json images = Json::array();
  Json captions = Json::array();
  Json instances = Json::array();
  for (const Exhibit& exhibit : exhibits) {
    if (release_of(exhibit) != release) continue;
    images.push_back(coco_image(exhibit, size));
    append_all(captions, caption_rows(exhibit));
    append_all(instances, instance_rows(exhibit));
  }
  UNIMO_TRY(write_compact(folder / fmt::format("captions_{}.json", release),
                          {{"info", info()},
                           {"licenses", licenses()},
                           {"type", "captions"},
                           {"images", images},
                           {"annotations", std::move(captions)}}));
  return write_compact(folder / fmt::format("instances_{}.json", release),
                       {{"info", info()},
                        {"licenses", licenses()},
                        {"images", std::move(images)},
                        {"annotations", std::move(instances)},
                        {"categories", categories()}});
}

// Visual Genome's objects: whole pixels, and w and h where regions have width and height.
struct GenomeBox {
  int x, y, w, h;
};
GenomeBox genome_box(const PaintedObject& painted) {
  const auto whole = [](double value) { return static_cast<int>(std::lround(value)); };
  return {whole(painted.box[0]), whole(painted.box[1]), whole(painted.box[2]),
          whole(painted.box[3])};
}

std::string synset(std::string_view noun) { return fmt::format("{}.n.01", noun); }

Json genome_object(const Exhibit& exhibit, std::size_t i) {
  const GenomeBox box = genome_box(exhibit.painted[i]);
  const std::string_view name = word(exhibit.scene.objects[i].thing);
  return {{"object_id", image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(i)},
          {"x", box.x},
          {"y", box.y},
          {"w", box.w},
          {"h", box.h},
          {"names", {name}},
          {"synsets", {synset(name)}},
          {"merged_object_ids", Json::array()}};
}

Json genome_objects(const Exhibit& exhibit, bool attributes) {
  Json list = Json::array();
  for (std::size_t i = 0; i < exhibit.scene.objects.size(); ++i) {
    const SceneObject& object = exhibit.scene.objects[i];
    Json row = genome_object(exhibit, i);
    if (attributes) {
      row.erase("merged_object_ids");
      row["attributes"] = {word(object.colour), word(object.texture)};
      if (object.size != Size::kMedium) row["attributes"].push_back(word(object.size));
    }
    list.push_back(std::move(row));
  }
  return list;
}

Json genome_relationships(const Exhibit& exhibit) {
  Json list = Json::array();
  for (std::size_t k = 0; k < exhibit.scene.relations.size(); ++k) {
    const Relation& relation = exhibit.scene.relations[k];
    // The published files say "name" on one side and "names" on the other; readers must take both.
    Json subject = genome_object(exhibit, relation.subject);
    subject["name"] = subject["names"][0];
    subject.erase("names");
    list.push_back(
        {{"relationship_id", image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(k)},
         {"predicate", word(relation.predicate)},
         {"synsets", Json::array()},
         {"subject", std::move(subject)},
         {"object", genome_object(exhibit, relation.object)}});
  }
  return list;
}

class RegionList {
 public:
  explicit RegionList(const Exhibit& exhibit) : exhibit_(exhibit) {}
  void add(const GenomeBox& box, const std::string& phrase) {
    // Twelve at most: four objects and six relations.
    list_.push_back({{"region_id", image_id(exhibit_) * 2 * kIdsPerImage +
                                       static_cast<std::int64_t>(list_.size())},
                     {"image_id", image_id(exhibit_)},
                     {"phrase", phrase},
                     {"x", box.x},
                     {"y", box.y},
                     {"width", box.w},
                     {"height", box.h}});
  }
  Json take() { return std::move(list_); }

 private:
  const Exhibit& exhibit_;
  Json list_ = Json::array();
};

GenomeBox around(const GenomeBox& a, const GenomeBox& b) {
  const int x = std::min(a.x, b.x);
  const int y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.w, b.x + b.w) - x, std::max(a.y + a.h, b.y + b.h) - y};
}

Json genome_regions(const Exhibit& exhibit) {
  Draws draws(0, "regions", static_cast<std::uint64_t>(exhibit.scene.number));
  Phrases phrases(draws);
  RegionList regions(exhibit);
  const auto& objects = exhibit.scene.objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    regions.add(genome_box(exhibit.painted[i]), phrases.a(objects[i], true));
  }
  for (const Relation& relation : exhibit.scene.relations) {
    const std::string subject = phrases.a(objects[relation.subject]);
    const std::string preposition = phrases.preposition(relation.predicate);
    regions.add(around(genome_box(exhibit.painted[relation.subject]),
                       genome_box(exhibit.painted[relation.object])),
                fmt::format("{} {} {}", subject, preposition, phrases.a(objects[relation.object])));
  }
  return regions.take();
}

}  // namespace

std::string coco_file_name(const Exhibit& exhibit) {
  return fmt::format("COCO_{}_{:012}.jpg", release_of(exhibit), image_id(exhibit));
}

Status write_coco(const fs::path& folder, const std::vector<Exhibit>& exhibits, int image_size) {
  UNIMO_TRY(make_directories(folder / "annotations"));
  for (const char* release : {"train2014", "val2014"}) {
    UNIMO_TRY(write_release(folder / "annotations", exhibits, image_size, release));
  }
  Json images = Json::array();
  for (std::size_t i = 0; i < exhibits.size(); ++i) {
    images.push_back(karpathy_image(exhibits[i], static_cast<std::int64_t>(i)));
  }
  return write_compact(folder / "dataset_coco.json",
                       {{"dataset", "coco"}, {"images", std::move(images)}});
}

Status write_visual_genome(const fs::path& folder, const std::vector<Exhibit>& exhibits,
                           int image_size) {
  UNIMO_TRY(make_directories(folder));
  Json images = Json::array(), objects = Json::array(), attributes = Json::array(),
       relationships = Json::array(), regions = Json::array();
  for (const Exhibit& exhibit : exhibits) {
    // What other tasks are tested on must not be seen in training.
    if (exhibit.split != "train") continue;
    const std::int64_t id = image_id(exhibit);
    const std::string url = "coco/images/" + coco_file_name(exhibit);
    images.push_back({{"image_id", id},
                      {"url", url},
                      {"width", image_size},
                      {"height", image_size},
                      {"coco_id", id},
                      {"flickr_id", nullptr}});
    objects.push_back(
        {{"image_id", id}, {"objects", genome_objects(exhibit, false)}, {"image_url", url}});
    attributes.push_back({{"image_id", id}, {"attributes", genome_objects(exhibit, true)}});
    relationships.push_back({{"image_id", id}, {"relationships", genome_relationships(exhibit)}});
    regions.push_back({{"id", id}, {"regions", genome_regions(exhibit)}});
  }
  UNIMO_TRY(write_compact(folder / "image_data.json", images));
  UNIMO_TRY(write_compact(folder / "objects.json", objects));
  UNIMO_TRY(write_compact(folder / "attributes.json", attributes));
  UNIMO_TRY(write_compact(folder / "relationships.json", relationships));
  return write_compact(folder / "region_descriptions.json", regions);
}

}  // namespace unimo::stages
