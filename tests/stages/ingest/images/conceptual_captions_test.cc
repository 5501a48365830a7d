#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_corpora.h"
#include "tests/stages/ingest/images/pictures.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

const PairIngest kTolerant{.pictures = {.max_bad_share = 1}, .placeholder_rows = 3, .min_side = 8};

class ConceptualCaptions : public testing::Test {
 protected:
  Status run(const std::string& tsv, const PairIngest& params = kTolerant) {
    folder_.finish();
    bench_.write("Train_GCC-training.tsv", tsv);
    bench_.input("pairs", "Train_GCC-training.tsv");
    bench_.input("images", "fetched");
    return bench_.run(run_ingest_conceptual_captions, params);
  }
  StageBench bench_;
  FetchedFolder folder_{bench_, "fetched"};
};

TEST_F(ConceptualCaptions, PairsTheRowsWithWhatWasFetched) {
  folder_.ok(0, "http://a/1.jpg", picture(40, 30, 1));
  folder_.failed(1, "http://b/2.jpg", "gone");
  folder_.ok(2, "http://c/3.jpg", picture(50, 30, 3));
  const Status status =
      run("a dog .\thttp://a/1.jpg\na cat .\thttp://b/2.jpg\n"
          "person sings \"aloud\" .\thttp://c/3.jpg\nlast\thttp://d/4.jpg");
  ASSERT_TRUE(status) << status.error().message;
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.source, "conceptual_captions");
  ASSERT_EQ(records.images.size(), 2U);
  EXPECT_EQ(records.images[1].id, "cc_train_2");
  EXPECT_EQ(records.images[1].split, "train");
  EXPECT_EQ(read_picture(bench_.output(), records.images[1].place).value(), picture(50, 30, 3));
  EXPECT_EQ(records.captions[1].text, "person sings \"aloud\" .");
  EXPECT_EQ(bench_.count("fetch.gone"), 1);
  EXPECT_EQ(bench_.count("rows.not_fetched"), 1);
}

TEST_F(ConceptualCaptions, CountsLinesOfOneOrThreeColumns) {
  folder_.ok(2, "u", picture(40, 30, 1));
  ASSERT_TRUE(run("only a caption\na\tb\tc\nfine\tu\n\nno address\t\n"));
  EXPECT_EQ(bench_.count("quarantine.malformed_line"), 4);
  const auto lines = read_lines(bench_.output() / "quarantine.jsonl").value();
  EXPECT_THAT(lines[0], HasSubstr("has 1 columns: only a caption"));
  EXPECT_THAT(lines[0], HasSubstr("Train_GCC-training.tsv:1"));
  EXPECT_THAT(lines[1], HasSubstr("has 3 columns"));
  EXPECT_EQ(read_records(bench_.output()).value().images.size(), 1U);
}

TEST_F(ConceptualCaptions, LeavesOutPlaceholdersDuplicatesAndTrackers) {
  for (int row = 0; row < 3; ++row) folder_.ok(row, "logo", picture(40, 30, 1));
  folder_.ok(3, "a", picture(40, 30, 2));
  folder_.ok(4, "a", picture(40, 30, 2));
  folder_.ok(5, "t", picture(1, 1, 3));
  ASSERT_TRUE(run("1\tlogo\n2\tlogo\n3\tlogo\n4\ta\n5\ta\n6\tt\n"));
  EXPECT_EQ(bench_.count("pictures.placeholder"), 3);
  EXPECT_EQ(bench_.count("pictures.duplicate"), 1);
  EXPECT_EQ(bench_.count("skipped.too_small"), 1);
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 1U);
  EXPECT_EQ(records.captions[0].text, "4");
}

TEST_F(ConceptualCaptions, RefusesPicturesOfAnotherList) {
  folder_.ok(0, "http://other/1.jpg", picture(40, 30, 1));
  folder_.ok(1, "http://b", picture(40, 30, 2));
  ASSERT_TRUE(run("a\thttp://a\nb\thttp://b\n"));
  EXPECT_EQ(bench_.count("quarantine.other_url"), 1);
}

TEST_F(ConceptualCaptions, SaysWhenNoRowHasAPicture) {
  folder_.ok(7, "u", picture(40, 30, 1));
  const Status status = run("a\tu\nb\tv\n");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("none of the 2 rows of cc_train has a picture"));
}

TEST_F(ConceptualCaptions, CountsPagesSavedAsPictures) {
  folder_.ok(0, "u", "<html>gone</html>");
  folder_.ok(1, "v", picture(40, 30, 1));
  ASSERT_TRUE(run("a\tu\nb\tv\n"));
  EXPECT_EQ(bench_.count("quarantine.not_an_image"), 1);
  EXPECT_EQ(bench_.count("quarantine.image_unusable"), 1);
  const Status refused = bench_.run(run_ingest_conceptual_captions, PairIngest{.min_side = 8});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("1 of 2 images cannot be used"));
}

TEST_F(ConceptualCaptions, AnswersForACutTar) {
  folder_.ok(0, "u", picture(40, 30, 1));
  folder_.add({{"row", 1},
               {"url", "v"},
               {"status", "ok"},
               {"file", "images-000000.tar"},
               {"offset", 1'000'000},
               {"size", 10},
               {"sha256", std::string(64, 'b')}});
  ASSERT_TRUE(run("a\tu\nb\tv\n"));
  EXPECT_EQ(bench_.count("quarantine.unreadable_file"), 1);
}

TEST_F(ConceptualCaptions, GoesOnCountingWhenOneFolderWasFetchedForAllLists) {
  folder_.ok(1, "v", picture(40, 30, 1));
  folder_.ok(3, "w", picture(40, 30, 2));
  bench_.write("Train.tsv", "a\tu\nb\tv\n\n");
  bench_.input("pairs", "Train.tsv");
  folder_.finish();
  bench_.write("Validation.tsv", "c\tw\n");
  bench_.input("pairs", "Validation.tsv");
  bench_.input("images", "fetched");
  ASSERT_TRUE(bench_.run(run_ingest_conceptual_captions, kTolerant));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 2U);
  EXPECT_EQ(records.images[1].id, "cc_val_0");
  EXPECT_EQ(records.captions[1].text, "c");
}

TEST(ConceptualCaptionsInputs, NeedAFolderForEachListAndOneListASplit) {
  StageBench bench;
  for (const char* name : {"Train_a.tsv", "Train_b.tsv", "val.tsv"}) bench.write(name, "");
  std::filesystem::create_directories(bench.path("f"));
  for (const char* name : {"Train_a.tsv", "Train_b.tsv", "val.tsv"}) bench.input("pairs", name);
  bench.input("images", "f");
  bench.input("images", "f");
  EXPECT_THAT(bench.run(run_ingest_conceptual_captions, kTolerant).error().message,
              HasSubstr("3 lists as pairs but 2 as images"));
  bench.input("images", "f");
  EXPECT_THAT(bench.run(run_ingest_conceptual_captions, kTolerant).error().message,
              HasSubstr("Train_b.tsv: a second list of split train"));
}

}  // namespace
}  // namespace unimo::stages
