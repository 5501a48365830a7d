// The official samples, when they are there: counts as their makers publish them.
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

const fs::path kData = UNIMO_SHARED_DATA;

TEST(RealCorpora, Flickr8kGivesItsPublishedCounts) {
  if (!fs::exists(kData / "flickr8k")) GTEST_SKIP() << "no " << kData / "flickr8k";
  StageBench bench;
  bench.cores(2);
  bench.input("tokens", kData / "flickr8k/Flickr8k.token.txt");
  bench.input("train", kData / "flickr8k/Flickr_8k.trainImages.txt");
  bench.input("val", kData / "flickr8k/Flickr_8k.devImages.txt");
  bench.input("images", kData / "flickr8k/images");
  const Status status = bench.run(run_ingest_flickr, PictureIngest{});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("images.train"), 5034);
  EXPECT_EQ(bench.count("images.val"), 960);
  EXPECT_EQ(bench.count("images.unlabeled"), 6);
  EXPECT_EQ(bench.count("captions.train"), 5 * 5034);
  EXPECT_EQ(bench.count("captions.val"), 5 * 960);
  EXPECT_FALSE(fs::exists(bench.output() / "quarantine.jsonl"));
  const Records records = read_records(bench.output()).value();
  EXPECT_EQ(records.images.size(), 6000U);
  EXPECT_EQ(records.captions.size(), 30000U);
  EXPECT_EQ(records.images[0].id, "1000268201_693b08cb0e");
  EXPECT_EQ(records.captions[0].id, "1000268201_693b08cb0e.jpg#0");
  EXPECT_EQ(records.captions[0].text,
            "A child in a pink dress is climbing up a set of stairs in an entry way .");
}

TEST(RealCorpora, CocoTrainSampleKeepsEveryBoxButTheCrowds) {
  if (!fs::exists(kData / "coco")) GTEST_SKIP() << "no " << kData / "coco";
  StageBench bench;
  bench.input("captions", kData / "coco/annotations/captions_train2017.json");
  bench.input("instances", kData / "coco/annotations/instances_train2017.json");
  bench.input("images", kData / "coco/images/train2017");
  // The sample's pictures are half as large as the official ones.
  EXPECT_FALSE(bench.run(run_ingest_coco, PictureIngest{}));
  EXPECT_EQ(bench.count("quarantine.size_mismatch"), 583 - 7);
  const Status status = bench.run(run_ingest_coco, PictureIngest{.other_size = "scale"});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("images.train"), 60);
  EXPECT_EQ(bench.count("captions.train"), 300);
  EXPECT_EQ(bench.count("boxes.crowd"), 7);
  const Records records = read_records(bench.output()).value();
  std::size_t boxes = 0;
  for (const ImageRecord& image : records.images) boxes += image.regions.size();
  EXPECT_EQ(boxes, 583U - 7U);
  EXPECT_EQ(bench.count("boxes.scaled"), 583 - 7);
}

TEST(RealCorpora, CocoValWithoutMostPicturesCountsWhatIsMissing) {
  if (!fs::exists(kData / "coco")) GTEST_SKIP() << "no " << kData / "coco";
  StageBench bench;
  bench.input("captions", kData / "coco/annotations/captions_val2017.json");
  bench.input("split", kData / "coco/splits/karpathy_val_images.txt");
  bench.input("split", kData / "coco/splits/karpathy_test_images.txt");
  bench.input("images", kData / "coco/images/val2017");
  const Status refused = bench.run(run_ingest_coco, PictureIngest{});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("3882 of 4000 images cannot be used"), std::string::npos)
      << refused.error().message;
  const Status status = bench.run(run_ingest_coco, PictureIngest{.max_bad_share = 1});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("quarantine.missing_file"), 4000 - 118);
  const Records records = read_records(bench.output()).value();
  EXPECT_EQ(records.images.size(), 118U);
  EXPECT_EQ(
      static_cast<std::int64_t>(records.captions.size()) + bench.count("quarantine.image_unusable"),
      20010);
  std::int64_t shared = 0;
  for (const char* split : {"train", "val", "test"}) {
    shared += std::max<std::int64_t>(0, bench.count(std::string("images.") + split));
  }
  EXPECT_EQ(shared, 118);
  EXPECT_GT(bench.count("images.train"), 0);
}

TEST(RealCorpora, Flickr30kSplitFileGivesCaptionsByItself) {
  if (!fs::exists(kData / "flickr30k")) GTEST_SKIP() << "no " << kData / "flickr30k";
  StageBench bench;
  bench.input("split", kData / "flickr30k/dataset_flickr30k.val.json");
  fs::create_directories(bench.path("none"));
  bench.input("images", "none");
  ASSERT_TRUE(bench.run(run_ingest_flickr, PictureIngest{.max_bad_share = 1}));
  EXPECT_EQ(bench.count("quarantine.missing_file"), 983);
  EXPECT_EQ(bench.count("quarantine.image_unusable"), 983 * 5);
}

TEST(RealCorpora, BooksBecomeSentences) {
  if (!fs::exists(kData / "books")) GTEST_SKIP() << "no " << kData / "books";
  StageBench bench;
  bench.input("texts", kData / "books/austen-emma.txt");
  ASSERT_TRUE(bench.run(run_ingest_text, TextIngest{}));
  const Records records = read_records(bench.output()).value();
  EXPECT_GT(records.texts.size(), 6000U);
  EXPECT_LT(records.texts.size(), 10000U);
  std::size_t ends = 0;
  for (const TextRecord& text : records.texts)
    ends += text.text.find("Mr.") == text.text.size() - 3 ? 1U : 0U;
  EXPECT_EQ(ends, 0U);
}

}  // namespace
}  // namespace unimo::stages
