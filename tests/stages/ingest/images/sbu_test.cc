#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_corpora.h"
#include "tests/stages/ingest/images/pictures.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

const PairIngest kTolerant{.pictures = {.max_bad_share = 1}, .min_side = 8};

class Sbu : public testing::Test {
 protected:
  void SetUp() override {
    folder_.ok(0, "http://static.flickr.com/1.jpg", picture(40, 30, 1));
    folder_.ok(1, "http://static.flickr.com/2.jpg", picture(40, 30, 2));
    folder_.finish();
    bench_.input("images", "fetched");
  }
  Status run_lines(const std::string& urls, const std::string& captions) {
    bench_.write("urls.txt", urls);
    bench_.write("captions.txt", captions);
    bench_.input("urls", "urls.txt");
    bench_.input("captions", "captions.txt");
    return bench_.run(run_ingest_sbu, kTolerant);
  }
  Status run_json(const std::string& text) {
    bench_.write("sbu.json", text);
    bench_.input("pairs", "sbu.json");
    return bench_.run(run_ingest_sbu, kTolerant);
  }
  StageBench bench_;
  FetchedFolder folder_{bench_, "fetched"};
};

TEST_F(Sbu, ReadsParallelLines) {
  ASSERT_TRUE(run_lines("http://static.flickr.com/1.jpg\nhttp://static.flickr.com/2.jpg\n",
                        "A chair \n A lamp, 2009\n"));
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.source, "sbu");
  ASSERT_EQ(records.captions.size(), 2U);
  EXPECT_EQ(records.images[1].id, "sbu_1");
  EXPECT_EQ(records.captions[1].text, "A lamp, 2009");
}

TEST_F(Sbu, RefusesListsOfDifferentLength) {
  const Status status = run_lines("http://static.flickr.com/1.jpg\n", "A chair\nA lamp\nMore\n");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("urls.txt has 1 entries"));
  EXPECT_THAT(status.error().message, HasSubstr("captions.txt has 3"));
}

TEST_F(Sbu, ReadsParallelArraysInAnyOrderAsTheSame) {
  ASSERT_TRUE(run_lines("http://static.flickr.com/1.jpg\nhttp://static.flickr.com/2.jpg\n",
                        "A chair\nA lamp\n"));
  const auto lines = read_records(bench_.output()).value();
  ASSERT_TRUE(run_json(R"({"captions": ["A chair", "A lamp"], "user_ids": ["x"], "image_urls":
    ["http://static.flickr.com/1.jpg", "http://static.flickr.com/2.jpg"]})"));
  const auto arrays = read_records(bench_.output()).value();
  ASSERT_EQ(arrays.images.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(arrays.images[i].id, lines.images[i].id);
    EXPECT_EQ(arrays.captions[i].text, lines.captions[i].text);
  }
}

// The JSON was made when many pictures had gone; its number is only known roundly.
TEST_F(Sbu, OnlyTheListsHaveAnOfficialNumber) {
  PairIngest complete = kTolerant;
  complete.pictures.complete = true;
  ASSERT_TRUE(run_json(R"({"captions": ["A chair"], "image_urls":
    ["http://static.flickr.com/1.jpg"]})"));
  ASSERT_TRUE(bench_.run(run_ingest_sbu, complete));
  EXPECT_FALSE(read_json(bench_.output() / "statistics.json")->contains("official"));
}

TEST_F(Sbu, RefusesArraysOfDifferentLength) {
  const Status status = run_json(R"({"image_urls": ["a", "b"], "captions": ["c"]})");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("image_urls has 2 entries, captions has 1"));
}

TEST_F(Sbu, CountsACaptionThatIsNullOrANumber) {
  ASSERT_TRUE(run_json(R"({"image_urls": ["http://static.flickr.com/1.jpg", "b", 7],
    "captions": ["A chair", null, "text"]})"));
  EXPECT_EQ(bench_.count("quarantine.malformed_caption"), 2);
  EXPECT_EQ(read_records(bench_.output()).value().images.size(), 1U);
}

TEST_F(Sbu, RefusesAnEmptyList) {
  EXPECT_THAT(run_json(R"({"image_urls": [], "captions": []})").error().message,
              HasSubstr("no pairs"));
}

TEST_F(Sbu, NamesItsInputsWhenTheyAreAbsent) {
  const Status status = bench_.run(run_ingest_sbu, kTolerant);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("give pairs (sbu-captions-all.json)"));
}

}  // namespace
}  // namespace unimo::stages
