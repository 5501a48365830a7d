#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_benchmarks.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const SnliVeIngest kTolerant{.pictures = {.max_bad_share = 1}};

Json row(const std::string& image, const std::string& id, const std::string& label) {
  return {{"Flikr30kID", image},
          {"pairID", id},
          {"gold_label", label},
          {"sentence1", "A man sits."},
          {"sentence2", "A man is there."},
          {"captionID", id.substr(0, id.size() - 3)}};
}

class SnliVe : public testing::Test {
 protected:
  static std::string lines(const std::vector<Json>& rows) {
    std::string text;
    for (const Json& one : rows) text += one.dump() + "\n";
    return text;
  }
  Status run_rows(const std::string& text, const SnliVeIngest& params = kTolerant) {
    bench_.write("snli_ve_dev.jsonl", text);
    if (!given_) bench_.input("rows", "snli_ve_dev.jsonl");
    given_ = true;
    return bench_.run(run_ingest_snli_ve, params);
  }
  std::vector<ExampleRecord> examples() const {
    std::vector<ExampleRecord> all;
    EXPECT_TRUE(visit_examples(bench_.output(), [&](ExampleRecord& example) {
      all.push_back(std::move(example));
      return ok();
    }));
    return all;
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }
  StageBench bench_;
  bool given_ = false;
};

TEST_F(SnliVe, UnderstandsBothSpellingsOfThePicture) {
  Json other = row("", "34.jpg#2r1e", "entailment");
  other.erase("Flikr30kID");
  other["Flickr30K_ID"] = "34";
  other["annotator_labels"] = {"entailment", "neutral"};
  ASSERT_TRUE(run_rows(lines({row("12.jpg", "12.jpg#0r1n", "neutral"), other}),
                       {.pictures = {.max_bad_share = 0}}));
  const auto all = examples();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].image, "12");
  EXPECT_EQ(all[0].split, "val");
  EXPECT_EQ(all[0].label, "neutral");
  EXPECT_EQ(all[0].parts.at("hypothesis"), "A man is there.");
  EXPECT_EQ(all[0].extra.at("premise"), "A man sits.");
  EXPECT_EQ(all[1].image, "34");
  EXPECT_EQ(all[1].extra.at("annotator_labels"), (Json{"entailment", "neutral"}));
}

TEST_F(SnliVe, LeavesOutRowsWithoutAGoldLabel) {
  ASSERT_TRUE(run_rows(lines({row("1", "1.jpg#0r1n", "-"), row("1", "1.jpg#0r1e", "entailment")}),
                       {.pictures = {.max_bad_share = 0}}));
  EXPECT_EQ(examples().size(), 1U);
  EXPECT_EQ(bench_.count("rows.no_gold"), 1);
}

TEST_F(SnliVe, CountsBrokenRows) {
  Json no_id = row("1", "1.jpg#0r1n", "neutral");
  no_id.erase("pairID");
  Json empty = row("1", "1.jpg#0r2n", "neutral");
  empty["sentence2"] = " . ";
  Json number = row("1", "1.jpg#0r3n", "neutral");
  number["sentence2"] = 7;
  ASSERT_TRUE(
      run_rows("{\"a\": \n[1]\n" +
               lines({no_id, empty, number, row("1", "1.jpg#0r4n", "maybe"),
                      row("1", "1.jpg#0r5n", "neutral"), row("1", "1.jpg#0r5n", "neutral")})));
  EXPECT_THAT(stages::quarantined(bench_, "malformed_line"),
              ElementsAre(AllOf(HasSubstr("snli_ve_dev.jsonl:1: : "), HasSubstr("not valid JSON")),
                          "snli_ve_dev.jsonl:2: : is no JSON object: [1]"));
  EXPECT_THAT(stages::quarantined(bench_, "malformed_row"),
              ElementsAre(HasSubstr("snli_ve_dev.jsonl:3: : needs texts pairID, gold_label, and a "
                                    "picture as Flikr30kID, is {\"Flikr30kID\":\"1\"")));
  EXPECT_EQ(quarantined("empty_text"), 2);
  EXPECT_THAT(stages::quarantined(bench_, "unknown_label"),
              ElementsAre("snli_ve_dev.jsonl:6: 1.jpg#0r4n: gold_label must be entailment, neutral "
                          "or contradiction, is maybe"));
  EXPECT_EQ(quarantined("duplicate_example"), 1);
  EXPECT_EQ(examples().size(), 1U);
}

TEST_F(SnliVe, DropsRowsWhosePictureIsNotThere) {
  bench_.write("images/12.jpg", picture(40, 30, 1));
  bench_.input("images", "images");
  ASSERT_TRUE(run_rows(
      lines({row("12.jpg", "12.jpg#0r1n", "neutral"), row("13.jpg", "13.jpg#0r1n", "neutral")})));
  EXPECT_EQ(examples().size(), 1U);
  EXPECT_EQ(quarantined("image_unusable"), 1);
  EXPECT_EQ(read_records(bench_.output())->images.at(0).id, "12");
}

class SnliVeFromSnli : public SnliVe {
 protected:
  // 1 002 pictures of train and val, of which the last 1 000 are val.
  void SetUp() override {
    std::string list;
    for (int i = 0; i < 1002; ++i) list += fmt::format("{}\n", 5000 - i);
    bench_.write("flickr30k_train_val.lst", list);
    bench_.write("flickr30k_test.lst", "77\n78");
    bench_.input("train_val", "flickr30k_train_val.lst");
    bench_.input("test", "flickr30k_test.lst");
  }
  Status run_snli(const std::string& text) {
    bench_.write("snli_1.0_dev.jsonl", text);
    bench_.input("snli", "snli_1.0_dev.jsonl");
    return bench_.run(run_ingest_snli_ve, kTolerant);
  }
  static Json snli_row(const std::string& id, const std::string& label) {
    Json one = row("", id, label);
    one.erase("Flikr30kID");
    return one;
  }
};

TEST_F(SnliVeFromSnli, GoesPictureByPictureInTheOrderOfTheLists) {
  ASSERT_TRUE(
      run_snli(lines({snli_row("77.jpg#0r1n", "neutral"), snli_row("4998.jpg#0r1n", "neutral"),
                      snli_row("4999.jpg#1r1n", "neutral"), snli_row("77.jpg#0r1e", "entailment"),
                      snli_row("4999.jpg#0r1c", "contradiction")})));
  std::vector<std::string> ids;
  std::vector<std::string> splits;
  for (const ExampleRecord& example : examples()) {
    ids.push_back(example.id);
    splits.push_back(example.split);
  }
  EXPECT_THAT(ids, ElementsAre("4999.jpg#1r1n", "4999.jpg#0r1c", "4998.jpg#0r1n", "77.jpg#0r1n",
                               "77.jpg#0r1e"));
  EXPECT_THAT(splits, ElementsAre("train", "train", "val", "test", "test"));
  EXPECT_EQ(examples()[0].image, "4999");
}

TEST_F(SnliVeFromSnli, LeavesOutVisualGenomeAndRowsWithoutGold) {
  ASSERT_TRUE(run_snli(
      lines({snli_row("vg_len31r2n", "neutral"), snli_row("77.jpg#0r1n", "-"),
             snli_row("123456.jpg#0r1n", "neutral"), snli_row("78.jpg#0r1n", "neutral")})));
  EXPECT_EQ(examples().size(), 1U);
  EXPECT_EQ(bench_.count("rows.visual_genome"), 1);
  EXPECT_EQ(bench_.count("rows.no_gold"), 1);
  EXPECT_EQ(quarantined("unknown_image"), 1);
}

TEST_F(SnliVeFromSnli, RefusesAPictureThatIsListedTwice) {
  bench_.write("flickr30k_test.lst", "77\n5000\n");
  const Status status = run_snli(lines({snli_row("77.jpg#0r1n", "neutral")}));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("flickr30k_test.lst:2: picture 5000 is listed a second time"));
}

TEST_F(SnliVeFromSnli, RefusesAnEmptyList) {
  bench_.write("flickr30k_test.lst", "");
  const Status status = run_snli(lines({snli_row("77.jpg#0r1n", "neutral")}));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("flickr30k_test.lst: is empty"));
}

TEST_F(SnliVe, NamesItsInputsWhenTheyAreAbsent) {
  const Status status = bench_.run(run_ingest_snli_ve, kTolerant);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("give rows (snli_ve_train.jsonl"));
}

}  // namespace
}  // namespace unimo::stages
