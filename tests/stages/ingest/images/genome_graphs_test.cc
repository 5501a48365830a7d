#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GenomeGraphs : public testing::Test {
 protected:
  void SetUp() override {
    bench_.write("image_data.json", R"([
      {"image_id": 7, "url": "https://host/VG_100K/7.jpg", "width": 40, "height": 30, "coco_id": 5},
      {"image_id": 2, "url": "https://host/VG_100K/2.jpg", "width": 40, "height": 30}])");
    bench_.input("image_data", "image_data.json");
    for (const char* name : {"2", "7"})
      bench_.write(fmt::format("images/{}.jpg", name), picture(40, 30, name[0]));
    bench_.input("images", "images");
  }
  void file(const std::string& input, const std::string& text) {
    bench_.write(input + ".json", text);
    bench_.input(input, input + ".json");
  }
  Result<Records> run(const GenomeIngest& params = {
                          .pictures = {.max_bad_share = 1, .keep_uncaptioned = true}}) {
    UNIMO_TRY(bench_.run(run_ingest_visual_genome, params));
    return read_records(bench_.output());
  }
  std::vector<Json> graphs() const {
    std::vector<Json> lines;
    const auto texts = read_lines(bench_.output() / "scene_graphs.jsonl");
    if (!texts) return lines;
    for (const std::string& line : *texts) lines.push_back(parse_json(line, "graphs").value());
    return lines;
  }
  StageBench bench_;
};

TEST_F(GenomeGraphs, GivesPhrasesTheirBoxes) {
  file("regions", R"([{"id": 7, "regions": [
    {"region_id": 1, "image_id": 7, "phrase": "a red dog ", "x": 1, "y": 2, "width": 9, "height": 8},
    {"region_id": 2, "image_id": 7, "phrase": "a red dog", "x": 3, "y": 2, "width": 9, "height": 8},
    {"region_id": 3, "image_id": 7, "phrase": "outside", "x": 100, "y": 2, "width": 9, "height": 8},
    {"region_id": 4, "image_id": 7, "phrase": "no box"}]}])");
  const auto records = run({.pictures = {.max_bad_share = 1}});
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->captions.size(), 3U);
  EXPECT_EQ(records->captions[0].box, (std::array<double, 4>{1, 2, 10, 10}));
  EXPECT_FALSE(records->captions[1].box);
  EXPECT_FALSE(records->captions[2].box);
  EXPECT_EQ(bench_.count("captions.repeated"), 1);
  EXPECT_EQ(bench_.count("captions.box_dropped"), 1);
}

TEST_F(GenomeGraphs, JoinsRelationsWithObjectsOfEitherSpelling) {
  file("objects", R"([{"image_id": 7, "objects": [
    {"object_id": 1, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["dog", "hound"], "synsets": ["dog.n.01"]}]}])");
  file("attributes", R"([{"image_id": 7, "attributes": [
    {"object_id": 1, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["dog"], "attributes": ["red"]}]}])");
  file("relationships", R"([{"image_id": 7, "relationships": [
    {"relationship_id": 50, "predicate": "ON ", "synsets": ["along.r.01"],
     "subject": {"object_id": 1, "names": ["dog"], "x": 1, "y": 2, "w": 10, "h": 20},
     "object": {"object_id": 9, "name": "grass", "x": 0, "y": 20, "w": 40, "h": 10}},
    {"relationship_id": 51, "predicate": "near", "subject": {"object_id": 1},
     "object": {"object_id": 10}},
    {"relationship_id": 52, "subject": {"object_id": 1}}]}])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  const auto lines = graphs();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("image"), "vg7");
  EXPECT_EQ(lines[0].at("size"), (Json{40, 30}));
  ASSERT_EQ(lines[0].at("objects").size(), 2U);
  EXPECT_EQ(lines[0].at("objects")[0], (Json{{"id", 1},
                                             {"names", {"dog", "hound"}},
                                             {"attributes", {"red"}},
                                             {"synsets", {"dog.n.01"}},
                                             {"box", {1.0, 2.0, 11.0, 22.0}}}));
  ASSERT_EQ(lines[0].at("relations").size(), 1U);
  EXPECT_EQ(lines[0].at("relations")[0], (Json{{"id", 50},
                                               {"predicate", "ON"},
                                               {"subject", 1},
                                               {"object", 9},
                                               {"synsets", {"along.r.01"}}}));
  // What only a relation names is no region.
  ASSERT_EQ(records->images[0].regions.size(), 1U);
  EXPECT_THAT(quarantined(bench_, "unknown_object"),
              ElementsAre("relationships.json [0] relationships[1]: 51: subject 1 or object 10 is "
                          "none of the objects of picture vg7"));
  EXPECT_THAT(
      quarantined(bench_, "malformed_relation"),
      ElementsAre(
          R"(relationships.json [0] relationships[2]: 52: needs relationship_id, predicate, subject and object, is {"relationship_id":52,"subject":{"object_id":1}})"));
}

TEST_F(GenomeGraphs, TakesRelationsThatTwoFilesHaveOnce) {
  file("scene_graphs", R"([{"image_id": 7,
    "objects": [{"object_id": 1, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["dog"]},
                {"object_id": 2, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["tail"]}],
    "relationships": [{"relationship_id": 5, "predicate": "has", "subject_id": 1, "object_id": 2}]}])");
  file("relationships", R"([{"image_id": 7, "relationships": [
    {"relationship_id": 5, "predicate": "has", "subject": {"object_id": 1}, "object": {"object_id": 2}}]}])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(graphs().at(0).at("relations").size(), 1U);
  EXPECT_EQ(bench_.count("relations.repeated"), 1);
}

TEST_F(GenomeGraphs, NamesTheListOfABadObject) {
  file("scene_graphs",
       R"([{"image_id": 7, "objects": [{"names": ["dog"]}], "relationships": []}])");
  file("attributes",
       R"([{"image_id": 7, "attributes": [{"object_id": 3, "attributes": ["red"]}]}])");
  file("relationships", R"([{"image_id": 7, "relationships": [
    {"relationship_id": 50, "predicate": "on", "subject": {"object_id": 8}, "object": {"object_id": 9}}]}])");
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined(bench_, "malformed_box"),
      ElementsAre(
          R"(scene_graphs.json [0] objects[0]: : needs object_id, names and numbers x, y, w, h, is {"names":["dog"]})",
          "attributes.json [0] attributes[0]: 3: neither it nor its object has a name and x, y, w, "
          "h",
          "relationships.json [0] relationships[0]: 8: neither it nor its object has a name and x, "
          "y, w, h",
          "relationships.json [0] relationships[0]: 9: neither it nor its object has a name and x, "
          "y, w, h"));
}

TEST_F(GenomeGraphs, CountsTheSceneGraphOfAPictureThatIsNotListed) {
  file("scene_graphs", R"([{"image_id": 99, "objects": [], "relationships": []}])");
  ASSERT_TRUE(run());
  EXPECT_THAT(quarantined(bench_, "unknown_image"),
              ElementsAre("scene_graphs.json [0]: vg99: not in image_data.json"));
}

TEST_F(GenomeGraphs, ReadsWholeSceneGraphs) {
  file("scene_graphs", R"([{"image_id": 2,
    "objects": [{"object_id": 1, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["dog"], "attributes": ["red"]},
                {"object_id": 2, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["tail"]}],
    "relationships": [{"relationship_id": 5, "predicate": "has", "subject_id": 1, "object_id": 2, "synsets": []}]}])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(graphs().size(), 1U);
  EXPECT_EQ(graphs()[0].at("relations")[0].at("object"), 2);
  EXPECT_EQ(records->images[1].regions.size(), 2U);
  EXPECT_THAT(records->images[1].regions[0].attributes, ElementsAre("red"));
}

TEST_F(GenomeGraphs, ReadsTheSpellingsOfTheFirstVersion) {
  file("image_data",
       R"([{"id": 7, "url": "https://host/VG_100K/7.jpg", "width": 40, "height": 30}])");
  file("objects", R"([{"id": 7, "objects": [
    {"id": 1, "x": 1, "y": 2, "width": 10, "height": 20, "name": "dog"}]}])");
  file("attributes", R"([{"id": 7, "attributes": [
    {"id": 1, "object_names": ["dog"], "attribute": "red", "x": 1, "y": 2, "width": 10, "height": 20}]}])");
  file("regions", R"([{"id": 7, "regions": [
    {"id": 3, "image": 7, "phrase": "a dog", "x": 1, "y": 2, "width": 9, "height": 8}]}])");
  StageBench bench;
  for (const char* name : {"image_data", "objects", "attributes", "regions"})
    bench.input(name, bench_.path(std::string(name) + ".json"));
  bench.input("images", bench_.path("images"));
  ASSERT_TRUE(bench.run(run_ingest_visual_genome, GenomeIngest{}));
  const Records records = read_records(bench.output()).value();
  ASSERT_EQ(records.images.size(), 1U);
  EXPECT_EQ(records.images[0].regions.at(0).label, "dog");
  EXPECT_THAT(records.images[0].regions.at(0).attributes, ElementsAre("red"));
  EXPECT_EQ(records.captions.at(0).id, "vg7#3");
}

TEST_F(GenomeGraphs, TurnsQuestionsIntoExamplesOfKeptPictures) {
  bench_.write("karpathy_test_images.txt", "val2014/COCO_val2014_000000000005.jpg 5\n");
  bench_.input("exclude", "karpathy_test_images.txt");
  file("questions", R"([
    {"id": 7, "qas": [{"qa_id": 70, "image_id": 7, "question": "Who?", "answer": "A man."}]},
    {"id": 2, "qas": [{"qa_id": 20, "image_id": 2, "question": "What is it?", "answer": " A dog. "},
                      {"qa_id": 21, "image_id": 2, "question": "", "answer": "No."},
                      {"qa_id": 20, "image_id": 2, "question": "Again?", "answer": "Yes."}]}])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->images.size(), 1U);
  std::vector<ExampleRecord> all;
  ASSERT_TRUE(visit_examples(bench_.output(), [&](ExampleRecord& example) {
    all.push_back(std::move(example));
    return ok();
  }));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "vg_qa#20");
  EXPECT_EQ(all[0].image, "vg2");
  EXPECT_EQ(all[0].extra.at("task"), "vg_qa");
  EXPECT_THAT(all[0].targets, ElementsAre("A dog."));
  EXPECT_EQ(bench_.count("quarantine.malformed_question"), 1);
  EXPECT_EQ(bench_.count("quarantine.duplicate_example"), 1);
  EXPECT_EQ(bench_.count("images.excluded"), 1);
}

TEST_F(GenomeGraphs, DoesNotTakeCocosPictureOfTheSameNumber) {
  std::filesystem::remove(bench_.path("images/2.jpg"));
  bench_.write("images/COCO_train2014_000000000002.jpg", picture(40, 30, 9));
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->images.size(), 1U);
  EXPECT_EQ(bench_.count("quarantine.missing_file"), 1);
}

TEST_F(GenomeGraphs, MissingPictureTakesEverythingAlong) {
  std::filesystem::remove(bench_.path("images/2.jpg"));
  file("objects", R"([{"image_id": 2, "objects": [
    {"object_id": 1, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["dog"]}]}])");
  file("regions", R"([{"id": 2, "regions": [{"region_id": 3, "phrase": "a dog"}]}])");
  file("questions",
       R"([{"id": 2, "qas": [{"qa_id": 20, "question": "What?", "answer": "A dog."}]}])");
  ASSERT_TRUE(run());
  EXPECT_THAT(quarantined(bench_, "missing_file"),
              ElementsAre("image_data.json [1]: vg2: 2.jpg is in none of the picture folders"));
  EXPECT_THAT(quarantined(bench_, "image_unusable"),
              ElementsAre("regions.json [0] regions[0]: vg2#3: its picture has no file",
                          "objects.json [0] objects[0]: 1: its picture has no file"));
  EXPECT_EQ(bench_.count("examples.without_picture"), 1);
}

TEST_F(GenomeGraphs, PutsAPhraseUnderTheNumberOfAnotherIntoTheQuarantine) {
  file("regions", R"([{"id": 7, "regions": [
    {"region_id": 1, "phrase": "a dog"}, {"region_id": 1, "phrase": "a cat"}]}])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->captions.size(), 1U);
  EXPECT_THAT(quarantined(bench_, "duplicate_caption"),
              ElementsAre("regions.json [0] regions[1]: vg7#1: this id stood before; the first "
                          "counts"));
}

TEST_F(GenomeGraphs, GoesOnAfterABrokenEntry) {
  file("regions", R"([{"id": 7, "regions": [{"region_id": 1, "phrase": "a dog"}]},
    {"id": 2, "regions": null}, {"image_id": 3}, 4])");
  const auto records = run();
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->captions.size(), 1U);
  EXPECT_THAT(
      quarantined(bench_, "malformed_entry"),
      ElementsAre(
          R"(regions.json [1]: : needs an image id and a list "regions", is {"id":2,"regions":null})",
          R"(regions.json [2]: 3: needs an image id and a list "regions", is {"image_id":3})",
          R"(regions.json [3]: : needs an image id and a list "regions", is 4)"));
}

TEST_F(GenomeGraphs, RefusesAFileWithoutEntries) {
  file("regions", "[]");
  const auto records = run();
  ASSERT_FALSE(records);
  EXPECT_THAT(records.error().message,
              HasSubstr("regions.json: no entries; each needs an image id and a list \"regions\""));
}

TEST_F(GenomeGraphs, KeepsTheOrderOfTheImageData) {
  const auto records = run();
  ASSERT_TRUE(records);
  EXPECT_EQ(records->images.at(0).id, "vg7");
  EXPECT_EQ(records->images.at(1).id, "vg2");
  EXPECT_THAT(records->images[0].same_as, ElementsAre("coco:5"));
  EXPECT_TRUE(records->images[1].same_as.empty());
}

TEST_F(GenomeGraphs, SaysSoWhenSceneGraphsAreSomethingElse) {
  file("scene_graphs", R"([{"image_id": 2, "objects": []}])");
  const auto records = run();
  ASSERT_FALSE(records);
  EXPECT_THAT(
      records.error().message,
      HasSubstr(
          R"(scene_graphs.json: entry 0 needs an image id and a list "objects" and a list "relationships", is {"image_id":2,"objects":[]}; is this the right file?)"));
}

}  // namespace
}  // namespace unimo::stages
