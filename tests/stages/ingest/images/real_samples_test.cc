// Samples of what the makers publish, when they are there: the counts of their lists.
#include <gtest/gtest.h>

#include <set>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_benchmarks.h"
#include "stages/schema/image_corpora.h"
#include "tests/stages/ingest/images/pictures.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

const fs::path kData = UNIMO_SHARED_DATA;
const PictureIngest kTolerant{.max_bad_share = 1};

class RealSamples : public testing::Test {
 protected:
  std::vector<ExampleRecord> examples() const {
    std::vector<ExampleRecord> all;
    EXPECT_TRUE(visit_examples(bench_.output(), [&](ExampleRecord& example) {
      all.push_back(std::move(example));
      return ok();
    }));
    return all;
  }
  // The folder of a sample, or nothing, which skips the test.
  static bool absent(const char* name) { return !fs::exists(kData / name); }
  std::int64_t quarantined(const std::string& reason) const {
    return std::max<std::int64_t>(0, bench_.count("quarantine." + reason));
  }
  // Real files under names that tell their split.
  void copy(const fs::path& from, const std::string& name) {
    bench_.write(name, read_file(from).value());
  }
  StageBench bench_;
};

TEST_F(RealSamples, ConceptualCaptionsHaveTwoColumnsInEveryLine) {
  if (absent("cc")) GTEST_SKIP() << "no " << kData / "cc";
  const fs::path list = kData / "cc/Validation_GCC-1.1.0-Validation.part_shared.tsv";
  const auto lines = read_lines(list).value();
  ASSERT_EQ(lines.size(), 12'667U);
  FetchedFolder folder(bench_, "fetched");
  for (const std::int64_t row : {std::int64_t{0}, std::int64_t{1}, std::int64_t{12'666}}) {
    const std::string& line = lines[static_cast<std::size_t>(row)];
    folder.ok(row, line.substr(line.find('\t') + 1),
              picture(40, 30,
                      row == 0   ? 0
                      : row == 1 ? 100
                                 : 200));
  }
  folder.finish();
  bench_.input("pairs", list);
  bench_.input("images", "fetched");
  const Status status =
      bench_.run(run_ingest_conceptual_captions,
                 PairIngest{.pictures = {.max_bad_share = 0, .complete = true}, .min_side = 8});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("images.val"), 3);
  EXPECT_EQ(bench_.count("rows.not_fetched"), 12'667 - 3);
  EXPECT_EQ(read_records(bench_.output())->captions[1].text,
            "an angler fishes river on a snowy day .");
  EXPECT_EQ(read_json(bench_.output() / "statistics.json")->at("official").at("captions.val"),
            (Json{{"found", 3}, {"official", 15'840}}));
}

TEST_F(RealSamples, SbuGivesTheSameInBothForms) {
  if (absent("sbu")) GTEST_SKIP() << "no " << kData / "sbu";
  FetchedFolder folder(bench_, "fetched");
  folder.ok(0, "http://static.flickr.com/2723/4385058960_b0f291553e.jpg", picture(40, 30, 1));
  folder.finish();
  bench_.input("urls", kData / "sbu/SBU_captioned_photo_dataset_urls.sample.txt");
  bench_.input("captions", kData / "sbu/SBU_captioned_photo_dataset_captions.sample.txt");
  bench_.input("images", "fetched");
  ASSERT_TRUE(bench_.run(run_ingest_sbu, PairIngest{.min_side = 8}));
  const std::string lines = bench_.digest();
  EXPECT_EQ(read_records(bench_.output())->captions.at(0).text,
            "A wooden chair in the living room");
  bench_.input("pairs", kData / "sbu/sbu-captions-all.sample.json");
  ASSERT_TRUE(bench_.run(run_ingest_sbu, PairIngest{.min_side = 8}));
  EXPECT_EQ(bench_.digest(), lines);
}

TEST_F(RealSamples, OpenImagesTablesOfEveryReleaseAreRead) {
  if (absent("openimages")) GTEST_SKIP() << "no " << kData / "openimages";
  // No picture of the set is there: stand-ins for the ids of the tables.
  bench_.write(
      "ids.txt",
      "train/000002b66c9c498e\nvalidation/000026e7ee790996\nvalidation/000062a39995e348\n");
  for (const char* id : {"000002b66c9c498e", "000026e7ee790996", "000062a39995e348"})
    bench_.write(fmt::format("pictures/{}.jpg", id), picture(1000, 500, 1));
  bench_.input("ids", "ids.txt");
  for (const char* name : {"annotations-human-bbox.train_v3", "annotations-human-bbox.val_v3",
                           "oidv6-train-annotations-bbox"}) {
    bench_.input("boxes", kData / "openimages" / fmt::format("{}.sample.csv", name));
  }
  bench_.input("labels", kData / "openimages/annotations-human-imagelabels.sample.csv");
  bench_.input("classes", kData / "openimages/dict.csv");
  bench_.input("classes", kData / "openimages/class-descriptions.sample.csv");
  bench_.input("hierarchy", kData / "openimages/bbox_labels_hierarchy.json");
  bench_.input("images", "pictures");
  const Status status = bench_.run(run_ingest_openimages, OpenImagesIngest{.pictures = kTolerant});
  ASSERT_TRUE(status) << status.error().message;
  const Json classes = read_json(bench_.output() / "classes.json").value();
  std::set<std::string> ids;
  for (const Json& one : classes) {
    if (one.at("id") != "") ids.insert(one.at("id").get<std::string>());
  }
  EXPECT_GE(ids.size(), 7'881U);
  EXPECT_LE(ids.size(), 7'881U + 6U);
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 3U);
  std::size_t boxes = 0;
  for (const ImageRecord& image : records.images) boxes += image.regions.size();
  EXPECT_GT(boxes, 5U);
  EXPECT_EQ(quarantined("malformed_row"), 0);
  EXPECT_EQ(quarantined("malformed_box"), 0);
  EXPECT_EQ(quarantined("malformed_label"), 0);
  EXPECT_EQ(quarantined("malformed_class"), 0);
}

TEST_F(RealSamples, OpenImagesListsHaveQuotedTitles) {
  if (absent("openimages")) GTEST_SKIP() << "no " << kData / "openimages";
  for (const char* id :
       {"4fa8054781a4c382", "b37f763ae67d0888", "fe600639ac5f36c1", "000060e3121c7305"}) {
    bench_.write(fmt::format("pictures/{}.jpg", id), picture(100, 50, id[0]));
  }
  bench_.input("image_list", kData / "openimages/images-with-rotation.sample.csv");
  bench_.input("image_list", kData / "openimages/images.v3.sample.csv");
  bench_.input("images", "pictures");
  const Status status =
      bench_.run(run_ingest_openimages, OpenImagesIngest{.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("images.train"), 3);
  EXPECT_EQ(bench_.count("images.val"), 1);
}

TEST_F(RealSamples, VqaSubsetHasItsQuestionsAndAnswers) {
  if (absent("vqa")) GTEST_SKIP() << "no " << kData / "vqa";
  for (const char* part : {"subset_train", "subset_valid"}) {
    bench_.input(
        "questions",
        kData / "vqa" / fmt::format("v2_OpenEnded_mscoco_train2014_questions.{}.json.gz", part));
    bench_.input("annotations",
                 kData / "vqa" / fmt::format("v2_mscoco_train2014_annotations.{}.json.gz", part));
  }
  bench_.input("answers", kData / "vqa/trainval_label2ans.json");
  const Status status = bench_.run(run_ingest_vqa, VqaIngest{.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("examples.train"), 38'742 + 8'449);
  const Json answers = read_json(bench_.output() / "answers.json").value();
  ASSERT_EQ(answers.size(), 3'129U);
  EXPECT_EQ(answers[0], "");
  // The majority answer is a class for 93.6 % of the 60 000 questions this is a part of.
  std::int64_t known = 0;
  std::set<std::string> classes(answers.begin(), answers.end());
  const auto all = examples();
  for (const ExampleRecord& example : all) known += classes.contains(example.targets[0]) ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(known) / static_cast<double>(all.size()), 0.936, 0.004);
  EXPECT_EQ(bench_.count("annotations.not_ten_answers"), -1);
}

TEST_F(RealSamples, VqaQuestionsWithPixelsFindTheirPictures) {
  if (absent("vqa") || absent("coco")) GTEST_SKIP() << "no " << kData / "vqa";
  bench_.input("questions", kData / "vqa/v2_OpenEnded_mscoco_train2014_questions.with_pixels.json");
  bench_.input("annotations", kData / "vqa/v2_mscoco_train2014_annotations.with_pixels.json");
  bench_.input("images", kData / "coco/images/train2014");
  bench_.input("images", kData / "coco/images/train2017");
  const Status status = bench_.run(
      run_ingest_vqa, VqaIngest{.pictures = {.max_bad_share = 0}, .min_answer_count = 1});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("examples.train"), 87);
  std::set<std::string> pictures;
  for (const ExampleRecord& example : examples()) pictures.insert(example.image);
  EXPECT_EQ(bench_.count("images.train"), static_cast<std::int64_t>(pictures.size()));
}

TEST_F(RealSamples, SnliVeRowsAreReadInBothSpellings) {
  if (absent("snli_ve")) GTEST_SKIP() << "no " << kData / "snli_ve";
  for (const char* name : {"xvnli_en_test_subset", "xvnli_en_test_subset.no_gold",
                           "xvnli_en_train_fewshot48", "xvnli_en_train_fewshot48.no_gold"}) {
    bench_.input("rows", kData / "snli_ve" / fmt::format("{}.jsonl", name));
  }
  copy(kData / "snli_ve/snli_ve_full_schema_sample.jsonl", "full_dev.jsonl");
  copy(kData / "snli_ve/snli_ve_v1_schema_sample.jsonl", "v1_dev.jsonl");
  bench_.input("rows", "full_dev.jsonl");
  bench_.input("rows", "v1_dev.jsonl");
  const Status status =
      bench_.run(run_ingest_snli_ve, SnliVeIngest{.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("examples.test"), 815);
  EXPECT_EQ(bench_.count("examples.train"), 160);
  EXPECT_EQ(bench_.count("examples.val"), 16 + 5);
  EXPECT_EQ(bench_.count("rows.no_gold"), 15);
}

TEST_F(RealSamples, SnliVeListsPlaceEveryRow) {
  if (absent("snli_ve")) GTEST_SKIP() << "no " << kData / "snli_ve";
  bench_.input("snli", kData / "snli_ve/xvnli_en_test_subset.jsonl");
  bench_.input("snli", kData / "snli_ve/xvnli_en_train_fewshot48.jsonl");
  bench_.input("train_val", kData / "snli_ve/flickr30k_train_val.lst");
  bench_.input("test", kData / "snli_ve/flickr30k_test.lst");
  const Status status =
      bench_.run(run_ingest_snli_ve, SnliVeIngest{.pictures = {.max_bad_share = 0}});
  ASSERT_TRUE(status) << status.error().message;
  std::int64_t sum = 0;
  for (const char* split : {"train", "val", "test"})
    sum += std::max<std::int64_t>(0, bench_.count(fmt::format("examples.{}", split)));
  EXPECT_EQ(sum, 815 + 160);
  EXPECT_GT(bench_.count("examples.train"), 0);
}

TEST_F(RealSamples, Flickr30kTokenFilesHaveFiveCaptionsAPicture) {
  if (absent("flickr30k")) GTEST_SKIP() << "no " << kData / "flickr30k";
  bench_.input("tokens", kData / "flickr30k/train.token.gz");
  bench_.input("tokens", kData / "flickr30k/val.token");
  bench_.input("train", kData / "flickr30k/train_images.txt");
  bench_.input("val", kData / "flickr30k/val_images.txt");
  const Json pixels = read_json(kData / "flickr30k/pixels_in_flickr8k.json").value();
  fs::create_directories(bench_.path("pictures"));
  for (const auto& [split, files] : pixels.items()) {
    if (!files.is_object()) continue;
    for (const auto& [name, file] : files.items()) {
      if (split == "val")
        fs::create_symlink(kData / "flickr8k/images" / file.get<std::string>(),
                           bench_.path("pictures") / name);
    }
  }
  bench_.input("images", "pictures");
  ASSERT_TRUE(bench_.run(run_ingest_flickr30k, kTolerant));
  EXPECT_EQ(bench_.count("images.val"), 211);
  EXPECT_EQ(bench_.count("captions.val"), 5 * 211);
  EXPECT_EQ(quarantined("missing_file"), 28'112 + 983 - 211);
  EXPECT_EQ(quarantined("image_unusable"), 5 * (28'112 + 983 - 211));
  EXPECT_EQ(quarantined("malformed_line"), 0);
}

TEST_F(RealSamples, Flickr30kEntitiesSampleGivesItsPhrases) {
  if (absent("flickr30k")) GTEST_SKIP() << "no " << kData / "flickr30k";
  bench_.write("pictures/4945942737.jpg", picture(60, 40, 1));
  bench_.input("entities", kData / "flickr30k/entities_sample");
  bench_.input("images", "pictures");
  ASSERT_TRUE(bench_.run(run_ingest_flickr30k, PictureIngest{.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.captions.size(), 5U);
  EXPECT_EQ(records.captions[3].text,
            "A small girl sits on a ledge by the water contemplating life .");
  const auto lines = read_lines(bench_.output() / "entities.jsonl").value();
  const Json line = parse_json(lines.at(0), "entities").value();
  EXPECT_EQ(line.at("sentences").at(0).at("phrases").size(), 4U);
}

TEST_F(RealSamples, GenomeSampleHasItsGraphAndQuestions) {
  if (absent("genome")) GTEST_SKIP() << "no " << kData / "genome";
  const fs::path sample = kData / "genome/annotations_sample";
  bench_.input("image_data", sample / "image_data.json");
  bench_.input("objects", sample / "objects.json");
  bench_.input("attributes", sample / "attributes.json");
  bench_.input("relationships", sample / "relationships.json");
  bench_.input("regions", sample / "region_descriptions.json");
  bench_.input("questions", sample / "question_answers.json");
  bench_.input("images", kData / "genome/images/VG_100K_2");
  const GenomeIngest params{.pictures = {.max_bad_share = 1, .keep_uncaptioned = true}};
  const Status status = bench_.run(run_ingest_visual_genome, params);
  ASSERT_TRUE(status) << status.error().message;
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.images.size(), 4U);
  ASSERT_EQ(records.captions.size(), 4U);
  EXPECT_EQ(records.captions[0].box, (std::array<double, 4>{421, 57, 503, 196}));
  const auto lines = read_lines(bench_.output() / "scene_graphs.jsonl").value();
  const Json graph = parse_json(lines.at(0), "graphs").value();
  EXPECT_EQ(graph.at("relations").size(), 2U);
  EXPECT_EQ(graph.at("relations")[0].at("predicate"), "ON");
  const auto all = examples();
  ASSERT_EQ(all.size(), 5U);  // of picture 4; the others have no picture here
  EXPECT_EQ(all[0].image, "vg4");
  EXPECT_EQ(all[0].targets.at(0), "Sailboats.");
}

TEST_F(RealSamples, GenomeSplitListsAreComplete) {
  if (absent("genome")) GTEST_SKIP() << "no " << kData / "genome";
  bench_.input("image_data", kData / "genome/annotations_sample/image_data.json");
  bench_.input("regions", kData / "genome/annotations_sample/region_descriptions.json");
  bench_.input("split", kData / "genome/splits/train.txt.gz");
  bench_.input("split", kData / "genome/splits/val.txt");
  bench_.input("split", kData / "genome/splits/test.txt");
  bench_.input("images", kData / "genome/images/VG_100K_2");
  const Status status =
      bench_.run(run_ingest_visual_genome,
                 GenomeIngest{.pictures = {.max_bad_share = 0, .keep_uncaptioned = true}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(read_records(bench_.output())->images.size(), 4U);
}

TEST_F(RealSamples, CocoCaptioningTakesKarpathysLists) {
  if (absent("coco")) GTEST_SKIP() << "no " << kData / "coco";
  bench_.input("captions", kData / "coco/annotations/captions_val2017.json");
  bench_.input("split", kData / "coco/splits/karpathy_val_images.txt");
  bench_.input("split", kData / "coco/splits/karpathy_test_images.txt");
  bench_.input("images", kData / "coco/images/val2017");
  ASSERT_TRUE(bench_.run(run_ingest_coco_caption, kTolerant));
  std::int64_t images = 0;
  for (const char* split : {"train", "val", "test"})
    images += std::max<std::int64_t>(0, bench_.count(fmt::format("images.{}", split)));
  EXPECT_EQ(images, 118);
  EXPECT_EQ(quarantined("missing_file"), 4'000 - 118);
}

}  // namespace
}  // namespace unimo::stages
