#include <algorithm>
#include <array>
#include <cmath>

#include "orchestrator/base/json.h"
#include "stages/miniworld/coco_names.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/phrases.h"
#include "stages/miniworld/picture_questions.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kQuestions = 3;  // of a picture

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
    // Where they say "name", they say nothing of merged objects.
    Json subject = genome_object(exhibit, relation.subject);
    subject["name"] = subject["names"][0];
    subject.erase("names");
    subject.erase("merged_object_ids");
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

Json genome_scene_graph(const Exhibit& exhibit) {
  Json objects = genome_objects(exhibit, true);
  Json relationships = Json::array();
  for (std::size_t k = 0; k < exhibit.scene.relations.size(); ++k) {
    const Relation& relation = exhibit.scene.relations[k];
    const auto id = [&](std::size_t i) {
      return image_id(exhibit) * kIdsPerImage + static_cast<std::int64_t>(i);
    };
    relationships.push_back({{"relationship_id", id(k)},
                             {"predicate", word(relation.predicate)},
                             {"synsets", Json::array()},
                             {"subject_id", id(relation.subject)},
                             {"object_id", id(relation.object)}});
  }
  return {{"image_id", image_id(exhibit)},
          {"objects", std::move(objects)},
          {"relationships", std::move(relationships)}};
}

// Answers are sentences of a word or two: "Red."
Json genome_questions(const Exhibit& exhibit, std::uint64_t seed) {
  Draws draws(seed, "genome questions", static_cast<std::uint64_t>(exhibit.scene.number));
  Json rows = Json::array();
  for (const auto& question : write_picture_questions(exhibit.scene, kQuestions, draws)) {
    rows.push_back({{"qa_id", image_id(exhibit) * kIdsPerImage + std::ssize(rows)},
                    {"image_id", image_id(exhibit)},
                    {"question", question.question},
                    {"answer", capitalised(question.answer) + "."},
                    {"a_objects", Json::array()},
                    {"q_objects", Json::array()}});
  }
  return rows;
}

// Half of Visual Genome's pictures are COCO's; here a number says so for four of five.
Json coco_number(const Exhibit& exhibit) {
  if (exhibit.scene.number % 5 == 4) return nullptr;
  return image_id(exhibit);
}

enum File : std::size_t {
  kImages,
  kObjects,
  kAttributes,
  kRelationships,
  kRegions,
  kQuestionAnswers,
  kSceneGraphs
};
constexpr std::array kFileNames{
    "image_data",          "objects",          "attributes",  "relationships",
    "region_descriptions", "question_answers", "scene_graphs"};

class VisualGenome : public Format {
 public:
  VisualGenome(World& world, std::vector<GrowingJson> files)
      : world_(world), files_(std::move(files)) {}

  Status add(const Exhibit& exhibit) override {
    // What other tasks are tested on must not be seen in training.
    if (exhibit.split != "train") return ok();
    const std::int64_t id = image_id(exhibit);
    const int size = world_.params.image_size;
    const std::string url = "coco/images/" + coco_file_name(exhibit);
    UNIMO_TRY(row(kImages, {{"image_id", id},
                            {"url", url},
                            {"width", size},
                            {"height", size},
                            {"coco_id", coco_number(exhibit)},
                            {"flickr_id", nullptr}}));
    UNIMO_TRY(
        row(kObjects,
            {{"image_id", id}, {"objects", genome_objects(exhibit, false)}, {"image_url", url}}));
    UNIMO_TRY(row(kAttributes, {{"image_id", id}, {"attributes", genome_objects(exhibit, true)}}));
    UNIMO_TRY(
        row(kRelationships, {{"image_id", id}, {"relationships", genome_relationships(exhibit)}}));
    UNIMO_TRY(row(kRegions, {{"id", id}, {"regions", genome_regions(exhibit)}}));
    UNIMO_TRY(row(kQuestionAnswers, {{"id", id}, {"qas", genome_questions(exhibit, world_.seed)}}));
    return row(kSceneGraphs, genome_scene_graph(exhibit));
  }

  Status finish() override {
    for (GrowingJson& file : files_) UNIMO_TRY(file.finish());
    return ok();
  }

 private:
  Status row(File file, const Json& value) { return files_[file].add(0, value); }

  World& world_;
  std::vector<GrowingJson> files_;
};

}  // namespace

OpenedFormat visual_genome_format(World& world) {
  std::vector<GrowingJson> files;
  for (const char* name : kFileNames) {
    const fs::path path = world.folder / "visual_genome" / fmt::format("{}.json", name);
    files.push_back(UNIMO_TRY(GrowingJson::create(path, {""})));
  }
  return std::make_unique<VisualGenome>(world, std::move(files));
}

}  // namespace unimo::stages
