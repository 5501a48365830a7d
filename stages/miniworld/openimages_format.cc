#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/phrases.h"
#include "stages/miniworld/web_pictures.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kCorpora = 3;  // cc, sbu and openimages share the scenes
constexpr double kTurned = 0.12;      // stored on their side

std::string machine_id(Thing thing) {
  return fmt::format("/m/0mw{:02}", static_cast<std::size_t>(thing) + 1);
}

// Sixteen hexadecimal digits.
std::string image_id_of(const World& world, std::int64_t number) {
  return sha1_hex(fmt::format("openimages {} {}", world.seed, number)).substr(0, 16);
}

std::string csv_quoted(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string base64(std::string_view hexadecimal) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : hexadecimal) {
    const int value = c <= '9' ? c - '0' : c - 'a' + 10;
    for (int bit = 3; bit >= 0; --bit) bits += (value >> bit & 1) != 0 ? '1' : '0';
  }
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 6) {
    std::size_t value = 0;
    for (std::size_t k = 0; k < 6; ++k)
      value = value * 2 + (i + k < bits.size() && bits[i + k] == '1' ? 1 : 0);
    text += kDigits[value];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// x1, y1, x2, y2 as shares of the picture, turned with it clockwise.
std::array<double, 4> turned_box(const PaintedObject& painted, int size, int quarter_turns) {
  const double side = size;
  std::array<double, 4> box{painted.box[0] / side, painted.box[1] / side,
                            (painted.box[0] + painted.box[2]) / side,
                            (painted.box[1] + painted.box[3]) / side};
  for (int i = 0; i < quarter_turns; ++i) box = {1 - box[3], box[0], 1 - box[1], box[2]};
  return box;
}

// The three tables of one subset.
struct Subset {
  std::string name;
  GrowingFile images, boxes, labels;

  static Result<Subset> create(const fs::path& folder, const std::string& name) {
    auto images =
        UNIMO_TRY(GrowingFile::create(folder / fmt::format("{}-images-with-rotation.csv", name)));
    auto boxes =
        UNIMO_TRY(GrowingFile::create(folder / fmt::format("{}-annotations-bbox.csv", name)));
    auto labels = UNIMO_TRY(
        GrowingFile::create(folder / fmt::format("{}-annotations-human-imagelabels.csv", name)));
    UNIMO_TRY(images.add(
        "ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,"
        "OriginalSize,OriginalMD5,Thumbnail300KURL,Rotation\n"));
    UNIMO_TRY(
        boxes.add("ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
                  "IsGroupOf,IsDepiction,IsInside\n"));
    UNIMO_TRY(labels.add("ImageID,Source,LabelName,Confidence\n"));
    return Subset{name, std::move(images), std::move(boxes), std::move(labels)};
  }

  Status close() {
    UNIMO_TRY(images.close());
    UNIMO_TRY(boxes.close());
    return labels.close();
  }
};

class OpenImages : public Format {
 public:
  // train, validation, test.
  OpenImages(World& world, std::vector<Subset> subsets)
      : world_(world), subsets_(std::move(subsets)) {}

  Status add(const Exhibit& exhibit) override {
    if (exhibit.scene.number % kCorpora != 2) return ok();
    Subset& subset = subsets_[exhibit.split == "train" ? 0 : exhibit.split == "val" ? 1 : 2];
    Draws draws(world_.seed, "openimages", static_cast<std::uint64_t>(exhibit.scene.number));
    const int turns = draws.chance(kTurned) ? 1 + static_cast<int>(draws.below(3)) : 0;
    const std::string id = image_id_of(world_, exhibit.scene.number);
    const std::string bytes =
        UNIMO_TRY(turned_clockwise(exhibit.jpeg, turns, world_.params.jpeg_quality));
    UNIMO_TRY(put_file(world_.folder / "openimages" / subset.name / (id + ".jpg"), bytes));
    ++world_.counts["openimages." + subset.name];
    if (turns != 0) ++world_.counts["openimages.turned"];
    UNIMO_TRY(subset.images.add(image_row(exhibit, subset.name, id, bytes, turns, draws)));
    UNIMO_TRY(add_boxes(exhibit, subset, id, turns));
    return add_labels(exhibit, subset, id, draws);
  }

  Status finish() override {
    for (Subset& subset : subsets_) UNIMO_TRY(subset.close());
    const fs::path folder = world_.folder / "openimages";
    std::string classes;
    for (std::size_t i = 0; i < kThings; ++i) {
      const auto thing = static_cast<Thing>(i);
      classes += fmt::format("{},{}\n", machine_id(thing), capitalised(std::string(word(thing))));
    }
    classes += "/m/0mw90,\"Toy, small\"\n/m/0mw91,Plant\n/m/0mw92,Vehicle\n";
    UNIMO_TRY(put_file(folder / "class-descriptions-boxable.csv", classes));
    return put_file(folder / "bbox_labels_600_hierarchy.json", canonical_text(hierarchy()) + "\n");
  }

 private:
  static std::string image_row(const Exhibit& exhibit, const std::string& subset,
                               const std::string& id, const std::string& bytes, int turns,
                               Draws& draws) {
    const std::string author(draws.pick(people()).name);
    std::string title = exhibit.captions[0].text;
    if (draws.chance(0.1)) title = "\"" + title + "\", drawn";
    // Most pictures that stand upright say 0.0, some nothing.
    std::string rotation = fmt::format("{:.1f}", 90.0 * turns);
    if (turns == 0 && draws.chance(0.2)) rotation.clear();
    const std::string thumbnail =
        draws.chance(0.1) ? "" : fmt::format("https://example.org/thumb/{}_z.jpg", id);
    return fmt::format(
        "{0},{1},https://example.org/{0}_o.jpg,https://example.org/photos/{0},"
        "https://creativecommons.org/publicdomain/zero/1.0/,https://example.org/people/{2}/,{2},"
        "{3},{4},{5},{6},{7}\n",
        id, subset, author, csv_quoted(title), bytes.size(), base64(md5_hex(bytes)), thumbnail,
        rotation);
  }

  Status add_boxes(const Exhibit& exhibit, Subset& subset, const std::string& id, int turns) {
    for (std::size_t i = 0; i < exhibit.painted.size(); ++i) {
      const auto box = turned_box(exhibit.painted[i], world_.params.image_size, turns);
      UNIMO_TRY(subset.boxes.add(
          fmt::format("{},xclick,{},1,{:.6f},{:.6f},{:.6f},{:.6f},0,0,0,1,{}\n", id,
                      machine_id(exhibit.scene.objects[i].thing), box[0], box[2], box[1], box[3],
                      exhibit.scene.place == Place::kRoom ? 1 : 0)));
    }
    return ok();
  }

  // Things that are there, and one that people looked for and did not find.
  static Status add_labels(const Exhibit& exhibit, Subset& subset, const std::string& id,
                           Draws& draws) {
    std::set<Thing> things;
    for (const SceneObject& object : exhibit.scene.objects) things.insert(object.thing);
    for (const Thing thing : things) {
      UNIMO_TRY(subset.labels.add(fmt::format("{},verification,{},1\n", id, machine_id(thing))));
    }
    auto other = static_cast<Thing>(draws.below(kThings));
    while (things.contains(other)) other = static_cast<Thing>(draws.below(kThings));
    return subset.labels.add(fmt::format("{},verification,{},0\n", id, machine_id(other)));
  }

  static Json leaf(Thing thing) { return {{"LabelName", machine_id(thing)}}; }

  // A tree of machine ids with "Subcategory", as OpenImages V4 and later have it.
  static Json hierarchy() {
    Json root = {{"LabelName", "/m/0bl9f"}, {"Subcategory", Json::array()}};
    std::map<std::string, Json> groups;
    for (std::size_t i = 0; i < kThings; ++i) {
      const auto thing = static_cast<Thing>(i);
      const std::string_view general = general_name(thing);
      if (general == "toy") {
        groups["/m/0mw90"].push_back(leaf(thing));
      } else if (general == "living thing") {
        groups["/m/0mw91"].push_back(leaf(thing));
      } else if (general == "vehicle") {
        groups["/m/0mw92"].push_back(leaf(thing));
      } else {
        root["Subcategory"].push_back(leaf(thing));
      }
    }
    for (auto& [id, things] : groups)
      root["Subcategory"].push_back({{"LabelName", id}, {"Subcategory", std::move(things)}});
    return root;
  }

  World& world_;
  std::vector<Subset> subsets_;
};

}  // namespace

OpenedFormat openimages_format(World& world) {
  std::vector<Subset> subsets;
  for (const char* name : {"train", "validation", "test"})
    subsets.push_back(UNIMO_TRY(Subset::create(world.folder / "openimages", name)));
  return std::make_unique<OpenImages>(world, std::move(subsets));
}

}  // namespace unimo::stages
