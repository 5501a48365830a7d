#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/corpus_builder.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const PictureIngest kTolerant{.max_bad_share = 1};

class Flickr : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.jpg", "b.jpg", "c.jpg"})
      bench_.write(std::string("images/") + name, jpeg(40, 30));
    bench_.input("images", "images");
    bench_.input("tokens", "Flickr8k.token.txt");
  }
  Status run(std::string_view tokens, const PictureIngest& params = kTolerant) {
    bench_.write("Flickr8k.token.txt", tokens);
    return bench_.run(run_ingest_flickr, params);
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }
  StageBench bench_;
};

TEST_F(Flickr, ReadsTokensAndLists) {
  bench_.write("train.txt", "a.jpg\r\nc.jpg");  // no end of the last line, as the official lists
  bench_.write("dev.txt", "b.jpg\n");
  bench_.input("train", "train.txt");
  bench_.input("val", "dev.txt");
  ASSERT_TRUE(run("b.jpg#0\tA dog runs .\nb.jpg#1\tA cat .\na.jpg#0\tA bird .\nc.jpg#0\tA fish .\n",
                  PictureIngest{.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 3U);
  EXPECT_EQ(records.images[0].id, "b");
  EXPECT_EQ(records.images[0].split, "val");
  EXPECT_EQ(records.images[1].split, "train");
  EXPECT_EQ(records.captions[1].id, "b.jpg#1");
  EXPECT_EQ(records.captions[1].text, "A cat .");
}

TEST_F(Flickr, CountsEveryKindOfBadLine) {
  ASSERT_TRUE(
      run("a.jpg#0\tFine .\nno tab here\nb.jpg\tno number\nb.jpg#x\tno number\nb.jpg#0\t "
          "\nb.jpg#1\tcaf\xE9\n"
          "a.jpg#0\ttwice\nc.jpg.1#0\tno such file\n"));
  const std::string remedy = ": must be name.jpg#number, a tab, the caption";
  EXPECT_THAT(stages::quarantined(bench_, "malformed_line"),
              ElementsAre("Flickr8k.token.txt:2: no tab here" + remedy,
                          "Flickr8k.token.txt:3: b.jpg\tno number" + remedy,
                          "Flickr8k.token.txt:4: b.jpg#x\tno number" + remedy));
  EXPECT_EQ(quarantined("empty_caption"), 1);
  EXPECT_EQ(quarantined("invalid_utf8"), 1);
  EXPECT_THAT(stages::quarantined(bench_, "duplicate_caption"),
              ElementsAre("Flickr8k.token.txt:7: a.jpg#0: this id stood before; the first counts"));
  EXPECT_THAT(stages::quarantined(bench_, "missing_file"),
              ElementsAre("Flickr8k.token.txt:8: c.jpg.1: c.jpg.1 is in none of the picture "
                          "folders"));
  EXPECT_EQ(quarantined("image_unusable"), 1);
  EXPECT_EQ(quarantined("no_captions"), 1);
  EXPECT_EQ(read_records(bench_.output()).value().captions.size(), 1U);
}

TEST_F(Flickr, CountsListedPicturesWithoutCaptionsOrFiles) {
  bench_.write("train.txt", "a.jpg\nb.jpg\nmissing.jpg\na.jpg\n");
  bench_.input("train", "train.txt");
  ASSERT_TRUE(run("a.jpg#0\tFine .\n"));
  EXPECT_EQ(quarantined("no_captions"), 1);
  EXPECT_EQ(quarantined("missing_file"), 1);
  EXPECT_EQ(quarantined("listed_twice"), 1);
}

TEST_F(Flickr, RefusesAPictureInTwoSplits) {
  bench_.write("train.txt", "a.jpg\n");
  bench_.write("test.txt", "b.jpg\na.jpg\n");
  bench_.input("train", "train.txt");
  bench_.input("test", "test.txt");
  const Status status = run("a.jpg#0\tFine .\n");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("test.txt:2: a.jpg is in split test, but train.txt:1 puts it into train"));
}

TEST_F(Flickr, RefusesAPackedFileThatIsCut) {
  const Status status = run("\x1F\x8B\x08");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("the file ends within a gzip stream: it was cut"));
}

TEST_F(Flickr, KeepsPicturesOutsideTheListsAsUnlabeled) {
  bench_.write("train.txt", "a.jpg\n");
  bench_.input("train", "train.txt");
  ASSERT_TRUE(run("a.jpg#0\tFine .\nb.jpg#0\tOutside .\n"));
  EXPECT_EQ(read_records(bench_.output()).value().images[1].split, "unlabeled");
}

TEST(FlickrInputs, AreNamedWhenAbsent) {
  StageBench bench;
  const Status status = bench.run(run_ingest_flickr, kTolerant);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("give the input tokens"));
}

}  // namespace
}  // namespace unimo::stages
