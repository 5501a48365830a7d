// Inputs that are broken in the ways that real files are: one test each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_corpora.h"
#include "tests/stages/ingest/corpus_builder.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const PictureIngest kTolerant{.max_bad_share = 1};

class BadInput : public testing::Test {
 protected:
  Status run(const PictureIngest& params = kTolerant) {
    corpus_.write(bench_);
    return bench_.run(run_ingest_coco, params);
  }
  std::vector<std::string> quarantined(const std::string& reason) const {
    const auto entries = stages::quarantined(bench_, reason);
    if (!entries.empty()) {
      EXPECT_EQ(bench_.count("quarantine." + reason), std::ssize(entries)) << reason;
    }
    return entries;
  }
  Json& caption(std::size_t i) { return corpus_.captions["annotations"][i]; }
  StageBench bench_;
  CocoBuilder corpus_{3};
};

TEST_F(BadInput, CaptionThatIsNullOrANumber) {
  caption(0)["caption"] = nullptr;
  caption(1)["caption"] = 42;
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined("malformed_caption"),
      ElementsAre("captions_train2014.json annotations[0]: 10: the caption is not text but null",
                  "captions_train2014.json annotations[1]: 20: the caption is not text but 42"));
}

TEST_F(BadInput, MissingFile) {
  corpus_.write(bench_);
  fs::remove(bench_.path("images/COCO_train2014_000000000002.jpg"));
  ASSERT_TRUE(bench_.run(run_ingest_coco, kTolerant));
  EXPECT_THAT(
      quarantined("missing_file"),
      ElementsAre("captions_train2014.json images[1]: 2: COCO_train2014_000000000002.jpg is "
                  "in none of the picture folders"));
  EXPECT_THAT(
      quarantined("image_unusable"),
      ElementsAre("captions_train2014.json annotations[1]: 20: picture 2 cannot be used",
                  "instances_train2014.json annotations[1]: 200: picture 2 cannot be used"));
}

TEST_F(BadInput, FileListedTwice) {
  bench_.write("a_val.txt", "000000000002.jpg\n\nval2014/COCO_val2014_000000000002.jpg 2\n");
  bench_.input("split", "a_val.txt");
  ASSERT_TRUE(run());
  EXPECT_THAT(quarantined("listed_twice"),
              ElementsAre("a_val.txt:3: COCO_val2014_000000000002.jpg: first in a_val.txt:1"));
}

TEST_F(BadInput, AnnotationForAnImageThatIsNotThere) {
  caption(0)["image_id"] = 77;
  corpus_.instances["annotations"][1]["image_id"] = 78;
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined("unknown_image"),
      ElementsAre(
          "captions_train2014.json annotations[0]: 10: picture 77 is in no list of pictures",
          "instances_train2014.json annotations[1]: 200: picture 78 is in no list of "
          "pictures"));
}

TEST_F(BadInput, ImageIdNotInTheAnnotationFile) {
  corpus_.captions["annotations"].erase(1);
  ASSERT_TRUE(run());
  EXPECT_THAT(quarantined("no_captions"),
              ElementsAre("captions_train2014.json images[1]: 2: no usable caption names this "
                          "picture"));
}

TEST_F(BadInput, EmptyList) {
  corpus_.captions["images"] = Json::array();
  corpus_.captions["annotations"] = Json::array();
  const Status status = run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr(bench_.path("captions_train2014.json").string()),
                    HasSubstr("neither pictures nor captions"), HasSubstr("\"annotations\"")));
}

TEST_F(BadInput, NumbersTooLargeOrNegative) {
  caption(0)["image_id"] = -1;
  caption(1)["image_id"] = 18446744073709551615ULL;
  corpus_.captions["images"].push_back({{"id", -5}, {"file_name", "a.jpg"}});
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined("malformed_caption"),
      ElementsAre(
          R"(captions_train2014.json annotations[0]: 10: needs whole numbers id and image_id, is {"caption":"Thing 1.","id":10,"image_id":-1})",
          AllOf(HasSubstr("annotations[1]: 20: "), HasSubstr("18446744073709551615"))));
  EXPECT_THAT(
      quarantined("malformed_image"),
      ElementsAre(
          R"(captions_train2014.json images[3]: -5: needs a whole number id and a file_name, is {"file_name":"a.jpg","id":-5})"));
}

TEST_F(BadInput, SizeColumnsSwapped) {
  std::swap(corpus_.captions["images"][0]["width"], corpus_.captions["images"][0]["height"]);
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined("size_mismatch"),
      ElementsAre("instances_train2014.json annotations[0]: 100: the annotations say 30x40, "
                  "the picture 1 is 40x30"));
  EXPECT_EQ(read_records(bench_.output())->images.size(), 3U);
}

TEST_F(BadInput, BoxesOutsideThePictureOrInverted) {
  corpus_.instances["annotations"][0]["bbox"] = {40, 0, 5, 5};
  corpus_.instances["annotations"][1]["bbox"] = {10, 10, -5, 5};
  corpus_.instances["annotations"][2]["bbox"] = {1, 2, "3", 4};
  ASSERT_TRUE(run());
  EXPECT_THAT(
      quarantined("box_outside"),
      ElementsAre("instances_train2014.json annotations[0]: 100: [40, 0, 5, 5] in 40x30 pixels"));
  EXPECT_THAT(
      quarantined("empty_box"),
      ElementsAre("instances_train2014.json annotations[1]: 200: [10, 10, -5, 5] in 40x30 pixels"));
  EXPECT_THAT(quarantined("malformed_box"),
              ElementsAre("instances_train2014.json annotations[2]: 300: bbox must be four numbers "
                          "x, y, width, height, is [1,2,\"3\",4]"));
}

TEST_F(BadInput, BadPictureTakesItsAnnotationsAlong) {
  bench_.write("images/COCO_train2014_000000000002.jpg", "<html>gone</html>");
  ASSERT_TRUE(run());
  EXPECT_THAT(quarantined("not_an_image"),
              ElementsAre("COCO_train2014_000000000002.jpg: 2: the content is an HTML or XML page, "
                          "as a dead link gives it"));
  EXPECT_THAT(
      quarantined("image_unusable"),
      ElementsAre("captions_train2014.json annotations[1]: 20: its picture 2 cannot be used",
                  "instances_train2014.json annotations[1]: 200: its picture 2 cannot be used"));
}

TEST_F(BadInput, AbsolutePath) {
  bench_.write("secret/000000000001.png", picture(10, 10, 1, ".png"));
  corpus_.captions["images"][0]["file_name"] = bench_.path("secret/000000000001.png").string();
  corpus_.instances["images"] = corpus_.captions["images"];
  const Status status = run();
  ASSERT_TRUE(status) << status.error().message;
  // Only what lies in the folders given as images is read.
  EXPECT_THAT(quarantined("missing_file"), SizeIs(1));
}

TEST_F(BadInput, PathThatLeavesItsFolder) {
  bench_.write("secret.png", picture(10, 10, 1, ".png"));
  corpus_.captions["images"][0]["file_name"] = "../secret.png";
  corpus_.write(bench_);
  ASSERT_TRUE(bench_.run(run_ingest_coco, kTolerant));
  EXPECT_THAT(quarantined("missing_file"),
              ElementsAre("captions_train2014.json images[0]: 1: ../secret.png is in none of the "
                          "picture folders"));
}

TEST_F(BadInput, FileNameWithBlanksAndOtherLetters) {
  corpus_.captions["images"][0]["file_name"] = "name with spaces \xC3\xA9.jpg";
  corpus_.instances["images"] = corpus_.captions["images"];
  ASSERT_TRUE(run({.max_bad_share = 0}));
  EXPECT_EQ(read_records(bench_.output())->images.size(), 3U);
}

TEST_F(BadInput, SymbolicLinkLoop) {
  corpus_.write(bench_);
  fs::create_directory_symlink(bench_.path("images"), bench_.path("images/again"));
  fs::create_symlink("loop.jpg", bench_.path("images/loop.jpg"));
  ASSERT_TRUE(bench_.run(run_ingest_coco, PictureIngest{.max_bad_share = 0}));
  EXPECT_EQ(read_records(bench_.output())->images.size(), 3U);
}

TEST_F(BadInput, AddressesWithOtherSchemesBlanksAndEscapes) {
  FetchedFolder folder(bench_, "fetched");
  folder.failed(0, "ftp://host/a.jpg", "bad_url");
  folder.ok(1, "http://host/a b.jpg", picture(40, 30, 1));
  folder.ok(2, "http://host/a%20b.jpg", picture(40, 30, 2));
  folder.finish();
  bench_.write("Validation.tsv",
               "a\tftp://host/a.jpg\nb\thttp://host/a b.jpg\nc\thttp://host/a%20b.jpg\n");
  bench_.input("pairs", "Validation.tsv");
  StageBench bench;
  bench.input("pairs", bench_.path("Validation.tsv"));
  bench.input("images", bench_.path("fetched"));
  ASSERT_TRUE(bench.run(run_ingest_conceptual_captions,
                        PairIngest{.pictures = {.max_bad_share = 0}, .min_side = 8}));
  EXPECT_EQ(read_records(bench.output())->images.size(), 2U);
  EXPECT_EQ(bench.count("fetch.bad_url"), 1);
}

TEST_F(BadInput, FileThatShrinksWhileItIsRead) {
  FetchedFolder folder(bench_, "fetched");
  folder.ok(0, "u", picture(40, 30, 1));
  folder.ok(1, "v", picture(300, 200, 2));
  folder.finish();
  // The outcomes were written when the tar was whole.
  fs::resize_file(bench_.path("fetched/images-000000.tar"), 4096);
  bench_.write("Validation.tsv", "a\tu\nb\tv\n");
  StageBench bench;
  bench.input("pairs", bench_.path("Validation.tsv"));
  bench.input("images", bench_.path("fetched"));
  ASSERT_TRUE(bench.run(run_ingest_conceptual_captions,
                        PairIngest{.pictures = {.max_bad_share = 1}, .min_side = 8}));
  EXPECT_THAT(stages::quarantined(bench, "unreadable_file"),
              ElementsAre(AllOf(HasSubstr("images-000000.tar byte "), HasSubstr("cc_val_1"))));
  EXPECT_EQ(read_records(bench.output())->images.size(), 1U);
}

TEST_F(BadInput, DamagedPicturesOfEveryKind) {
  const fs::path data = fs::path(UNIMO_SHARED_DATA) / "bad_images";
  if (!fs::exists(data)) GTEST_SKIP() << "no " << data;
  const Json manifest = read_json(data / "MANIFEST.json").value();
  ASSERT_EQ(manifest.size(), 25U);
  Json captions = {{"images", Json::array()}, {"annotations", Json::array()}};
  for (std::size_t i = 0; i < manifest.size(); ++i) {
    captions["images"].push_back({{"id", i}, {"file_name", manifest[i].at("file")}});
    captions["annotations"].push_back({{"id", i}, {"image_id", i}, {"caption", "A picture."}});
  }
  StageBench bench;
  bench.cores(2);
  bench.write("captions_train2014.json", captions.dump());
  bench.input("captions", "captions_train2014.json");
  bench.input("images", data);
  ASSERT_TRUE(bench.run(run_ingest_coco, kTolerant));
  // What decodes: all but two cut ones, three that are nothing, random bytes, a page, bit flips,
  // the header that claims gigabytes, and an animation.
  EXPECT_EQ(bench.count("images.train"), 16);
  EXPECT_EQ(bench.count("quarantine.too_large"), 1);
  EXPECT_EQ(bench.count("quarantine.empty_file"), 1);
  EXPECT_EQ(bench.count("quarantine.image_unusable"), 9);
}

TEST_F(BadInput, NothingInTheArtifactNamesTheFoldersOfTheInputs) {
  bench_.write("images/COCO_train2014_000000000001.jpg", "<html>");
  bench_.write("images/copy/COCO_train2014_000000000002.jpg", jpeg(40, 30));
  ASSERT_TRUE(run());
  const std::string quarantine = read_file(bench_.output() / "quarantine.jsonl").value();
  EXPECT_EQ(quarantine.find(bench_.path("").string()), std::string::npos) << quarantine;
}

}  // namespace
}  // namespace unimo::stages
