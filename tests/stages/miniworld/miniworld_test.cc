#include "stages/miniworld/miniworld.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/base/json.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/painter.h"
#include "stages/miniworld/scene.h"
#include "stages/schema/ingest.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

const MiniWorld kSmall{
    .images = 40, .val_images = 10, .test_images = 6, .image_size = 96, .texts = 200};

TEST(MiniWorld, GivesTheSameBytesAgainWithAnyNumberOfThreads) {
  StageBench bench;
  ASSERT_TRUE(bench.run(run_miniworld, kSmall));
  const std::string first = bench.digest();
  bench.cores(3);
  ASSERT_TRUE(bench.run(run_miniworld, kSmall));
  EXPECT_EQ(bench.digest(), first);
  bench.seed(2);
  ASSERT_TRUE(bench.run(run_miniworld, kSmall));
  EXPECT_NE(bench.digest(), first);
}

TEST(MiniWorld, ALargerWorldBeginsWithTheSmallerOne) {
  MiniWorld larger = kSmall;
  larger.images = 60;
  const auto small = make_scenes(1, kSmall).value();
  const auto large = make_scenes(1, larger).value();
  for (std::size_t i = 0; i < small.size(); ++i) {
    ASSERT_EQ(small[i].content(), large[i].content()) << i;
    ASSERT_EQ(paint(small[i], 1, kSmall).value().jpeg, paint(large[i], 1, larger).value().jpeg)
        << i;
  }
}

TEST(MiniWorld, AllFormatsTogetherAreTheSameWithAnyNumberOfThreads) {
  MiniWorld all = kSmall;
  all.formats = {"all"};
  all.image_size = 48;
  StageBench bench;
  ASSERT_TRUE(bench.run(run_miniworld, all));
  const std::string first = bench.digest();
  bench.cores(3);
  ASSERT_TRUE(bench.run(run_miniworld, all));
  EXPECT_EQ(bench.digest(), first);
}

TEST(MiniWorld, TextsOfALargerWorldBeginWithThoseOfTheSmallerOne) {
  MiniWorld params = kSmall;
  params.formats = {"sst2", "mnli", "gigaword"};
  const auto written = [&](std::int64_t images, const char* name) {
    params.images = images;
    StageBench bench;
    EXPECT_TRUE(bench.run(run_miniworld, params));
    return read_file(bench.output() / name).value();
  };
  for (const char* name : {"glue/SST-2/train.tsv", "glue/MNLI/train.tsv"}) {
    const std::string small = written(40, name);
    const std::string large = written(60, name);
    EXPECT_GT(large.size(), small.size());
    EXPECT_TRUE(large.starts_with(small)) << name;
  }
  EXPECT_EQ(written(40, "gigaword/input.txt"), written(60, "gigaword/input.txt"));
}

TEST(MiniWorld, RefusesQuestionsAboutPicturesThatItDoesNotWrite) {
  StageBench bench;
  MiniWorld params = kSmall;
  params.formats = {"vqa"};
  const Status status = bench.run(run_miniworld, params);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("name the pictures of coco; add coco to it"),
            std::string::npos)
      << status.error().message;
}

TEST(MiniWorld, EveryNameOfAFormatIsWritten) {
  std::set<std::string> names{"all", "books"};
  for (const FormatEntry& entry : format_table()) names.emplace(entry.name);
  const auto known = miniworld_formats();
  EXPECT_EQ(names, std::set<std::string>(known.begin(), known.end()));
}

TEST(MiniWorld, PaintsNothingWhenNoFormatHasPictures) {
  StageBench bench;
  MiniWorld params = kSmall;
  params.formats = {"coqa"};
  ASSERT_TRUE(bench.run(run_miniworld, params));
  EXPECT_FALSE(fs::exists(bench.output() / "coco"));
  EXPECT_TRUE(fs::exists(bench.output() / "coqa" / "coqa-train-v1.0.json"));
  EXPECT_EQ(bench.count("images.train"), 24);
}

TEST(MiniWorld, NoTwoScenesAreTheSame) {
  const auto scenes = make_scenes(1, MiniWorld{.images = 5000}).value();
  std::set<std::string> contents, outlines;
  for (const Scene& scene : scenes) contents.insert(scene.content());
  EXPECT_EQ(contents.size(), scenes.size());
  for (std::size_t i = 0; i < 200; ++i) outlines.insert(scenes[i].outline());
  EXPECT_EQ(outlines.size(), 200U);
}

TEST(MiniWorld, SaysSoWhenTheWorldIsTooSmall) {
  const auto scenes = make_scenes(
      1, MiniWorld{.images = 300, .val_images = 300, .objects_min = 1, .objects_max = 1});
  ASSERT_FALSE(scenes);
  EXPECT_NE(scenes.error().message.find("raise objects_max"), std::string::npos);
}

TEST(MiniWorld, RefusesMoreTestPicturesThanPictures) {
  StageBench bench;
  const Status status =
      bench.run(run_miniworld, MiniWorld{.images = 10, .val_images = 6, .test_images = 6});
  ASSERT_FALSE(status);
  EXPECT_NE(
      status.error().message.find("val_images 6 and test_images 6 are more than all images, 10"),
      std::string::npos);
}

TEST(MiniWorld, ThingsAreWhereTheRelationSays) {
  const MiniWorld params{.images = 400};
  std::map<Predicate, int> seen;
  const auto scenes = make_scenes(3, params).value();
  for (const Scene& scene : scenes) {
    if (scene.relations.empty()) continue;
    const auto painted = paint(scene, 3, MiniWorld{.image_size = 96}).value().objects;
    for (const Relation& relation : scene.relations) {
      const auto& a = painted[relation.subject].box;
      const auto& b = painted[relation.object].box;
      ++seen[relation.predicate];
      switch (relation.predicate) {
        case Predicate::kLeftOf: EXPECT_LT(a[0] + a[2], b[0] + 2) << scene.content(); break;
        case Predicate::kRightOf: EXPECT_GT(a[0] + 2, b[0] + b[2]) << scene.content(); break;
        case Predicate::kAbove: EXPECT_LT(a[1] + a[3], b[1] + 2) << scene.content(); break;
        case Predicate::kBelow: EXPECT_GT(a[1] + 2, b[1] + b[3]) << scene.content(); break;
        case Predicate::kOn: EXPECT_NEAR(a[1] + a[3], b[1], 5) << scene.content(); break;
        case Predicate::kInside:
          EXPECT_TRUE(a[0] > b[0] && a[1] > b[1] && a[0] + a[2] < b[0] + b[2] &&
                      a[1] + a[3] < b[1] + b[3])
              << scene.content();
      }
    }
  }
  EXPECT_EQ(seen.size(), 6U);
}

class WrittenWorld : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.run(run_miniworld, kSmall)); }
  Json json(const std::string& name) { return read_json(world_.output() / name).value(); }
  StageBench world_;
};

TEST_F(WrittenWorld, IsReadByIngestWithoutAnyQuarantine) {
  StageBench bench;
  const fs::path coco = world_.output() / "coco";
  for (const char* release : {"train2014", "val2014"}) {
    bench.input("captions", coco / "annotations" / (std::string("captions_") + release + ".json"));
    bench.input("instances",
                coco / "annotations" / (std::string("instances_") + release + ".json"));
  }
  bench.input("split", coco / "dataset_coco.json");
  bench.input("images", coco / "images");
  const Status status = bench.run(run_ingest_coco, PictureIngest{.max_bad_share = 0});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_FALSE(fs::exists(bench.output() / "quarantine.jsonl"));
  EXPECT_EQ(bench.count("images.train"), 24);
  EXPECT_EQ(bench.count("images.val"), 10);
  EXPECT_EQ(bench.count("images.test"), 6);
  EXPECT_EQ(bench.count("captions.train"), 120);
  EXPECT_EQ(bench.count("boxes.clipped"), -1);
  const Records records = read_records(bench.output()).value();
  EXPECT_EQ(records.images.size(), 40U);
  std::int64_t regions = 0;
  for (const ImageRecord& image : records.images)
    regions += static_cast<std::int64_t>(image.regions.size());
  EXPECT_EQ(regions, world_.count("objects"));
}

TEST_F(WrittenWorld, VisualGenomeIsReadByIngestWithAttributes) {
  StageBench bench;
  const fs::path genome = world_.output() / "visual_genome";
  for (const char* name : {"image_data", "objects", "attributes"}) {
    bench.input(name, genome / (std::string(name) + ".json"));
  }
  bench.input("regions", genome / "region_descriptions.json");
  bench.input("exclude", world_.output() / "coco" / "dataset_coco.json");
  bench.input("images", world_.output() / "coco" / "images");
  const Status status =
      bench.run(run_ingest_visual_genome, GenomeIngest{.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("images.train"), 24);
  EXPECT_EQ(bench.count("images.excluded"), -1);
  const Records records = read_records(bench.output()).value();
  for (const ImageRecord& image : records.images) {
    for (const Region& region : image.regions) EXPECT_GE(region.attributes.size(), 2U);
  }
}

TEST_F(WrittenWorld, BooksAreReadByIngest) {
  StageBench bench;
  bench.input("texts", world_.output() / "books");
  ASSERT_TRUE(bench.run(run_ingest_text, TextIngest{.max_bad_share = 0}));
  const Records records = read_records(bench.output()).value();
  EXPECT_GE(records.texts.size(), 195U);
  EXPECT_LE(records.texts.size(), 215U);
}

TEST_F(WrittenWorld, FollowsCocosSchema) {
  const Json captions = json("coco/annotations/captions_val2014.json");
  EXPECT_EQ(captions.at("type"), "captions");
  EXPECT_EQ(captions.at("images").size(), 16U);
  EXPECT_EQ(captions.at("annotations").size(), 80U);
  EXPECT_EQ(captions.at("images")[0].at("file_name"), "COCO_val2014_000000000001.jpg");
  for (const char* key : {"id", "file_name", "width", "height", "license", "coco_url", "flickr_url",
                          "date_captured"}) {
    EXPECT_TRUE(captions.at("images")[0].contains(key)) << key;
  }
  const Json instances = json("coco/annotations/instances_train2014.json");
  EXPECT_EQ(instances.at("categories").size(), 14U);
  for (const Json& row : instances.at("annotations")) {
    ASSERT_EQ(row.at("bbox").size(), 4U);
    ASSERT_EQ(row.at("iscrowd"), 0);
    ASSERT_FALSE(row.at("segmentation").empty());
    ASSERT_EQ(row.at("segmentation")[0].size() % 2, 0U);
    const double box_area = row.at("bbox")[2].get<double>() * row.at("bbox")[3].get<double>();
    ASSERT_GT(row.at("area").get<double>(), 0.15 * box_area);
    ASSERT_LE(row.at("area").get<double>(), box_area);
  }
  const Json split = json("coco/dataset_coco.json");
  EXPECT_EQ(split.at("images").size(), 40U);
  EXPECT_EQ(split.at("images")[0].at("split"), "val");
  EXPECT_EQ(split.at("images")[0].at("filepath"), "val2014");
  EXPECT_EQ(split.at("images")[0].at("sentences").size(), 5U);
  EXPECT_EQ(split.at("images")[0].at("sentids")[0],
            split.at("images")[0].at("sentences")[0].at("sentid"));
}

TEST_F(WrittenWorld, FollowsVisualGenomesSchemaForTrainingPicturesOnly) {
  EXPECT_EQ(json("visual_genome/image_data.json").size(), 24U);
  const Json objects = json("visual_genome/objects.json");
  ASSERT_EQ(objects.size(), 24U);
  for (const char* key :
       {"object_id", "x", "y", "w", "h", "names", "synsets", "merged_object_ids"}) {
    EXPECT_TRUE(objects[0].at("objects")[0].contains(key)) << key;
  }
  const Json regions = json("visual_genome/region_descriptions.json");
  for (const char* key : {"region_id", "image_id", "phrase", "x", "y", "width", "height"}) {
    EXPECT_TRUE(regions[0].at("regions")[0].contains(key)) << key;
  }
  const Json attributes = json("visual_genome/attributes.json");
  EXPECT_GE(attributes[0].at("attributes")[0].at("attributes").size(), 2U);
  std::set<std::int64_t> region_ids;
  std::size_t count = 0;
  for (const Json& image : regions) {
    for (const Json& region : image.at("regions"))
      region_ids.insert(region.at("region_id").get<std::int64_t>());
    count += image.at("regions").size();
  }
  EXPECT_EQ(region_ids.size(), count);
  std::size_t relationships = 0;
  const Json relations = json("visual_genome/relationships.json");
  for (const Json& image : relations) {
    for (const Json& relation : image.at("relationships")) {
      ++relationships;
      EXPECT_TRUE(relation.at("subject").contains("name"));
      EXPECT_TRUE(relation.at("object").contains("names"));
    }
  }
  EXPECT_GT(relationships, 10U);
}

}  // namespace
}  // namespace unimo::stages
