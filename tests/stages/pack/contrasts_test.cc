#include "stages/pack/contrasts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "tests/stages/pack/number_tokenizer.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Three images of which the last is in val, the first with the caption "a" of tokens 1 1002.
class ContrastLines : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* id : {"x", "y", "z"})
      pairs_.images.push_back({.id = id, .split = id[0] == 'z' ? 1U : 0U, .regions = 2});
    pairs_.captions.push_back({.image = 0, .id = "a", .text = "1 2", .ids = {1, 1002}});
    pairs_.captions.push_back({.image = 1, .id = "b", .text = "3", .ids = {3}});
  }
  Status add(const std::string& lines) {
    EXPECT_TRUE(write_file(folder_.path() / "contrasts.jsonl", lines));
    auto writer =
        trainer::ShardWriter::create(folder_.path() / "sentences.shard", {{"schema", "sentences"}});
    Contrasts contrasts(pairs_, tokenizer_,
                        {.most_tokens = 3, .trains = [](std::uint32_t s) { return s == 0; }},
                        *writer);
    const Status status = contrasts.add(folder_.path());
    counts_ = contrasts.counts();
    EXPECT_TRUE(writer->finish());
    return status;
  }

  TempDir folder_ = TempDir::make("contrasts").value();
  NumberTokenizer tokenizer_;
  Pairs pairs_;
  ContrastCounts counts_;
};

TEST_F(ContrastLines, FillEveryListOfTheirCaption) {
  const Status added = add(
      R"({"caption": "a", "positives": ["1 3"], "phrase_negatives": ["4", "5"], "word_negatives": ["6"], "related_texts": ["7 8"], "related_images": ["y"]})"
      "\n"
      R"({"caption": "b", "positives": ["9"]})"
      "\n"
      R"({"caption": "a", "positives": ["1 4"]})"
      "\n");
  ASSERT_TRUE(added) << added.error().message;
  const trainer::PackedCaption& a = pairs_.captions[0];
  EXPECT_THAT(a.positives, ElementsAre(0, 6));
  EXPECT_THAT(a.phrase_negatives, ElementsAre(1, 2));
  EXPECT_THAT(a.word_negatives, ElementsAre(3));
  EXPECT_THAT(a.related_texts, ElementsAre(4));
  EXPECT_THAT(a.related_images, ElementsAre(1));
  EXPECT_THAT(pairs_.captions[1].positives, ElementsAre(5));
  EXPECT_EQ(counts_.sentences, 7);
}

TEST_F(ContrastLines, LeaveOutWhatSaysTheSameAndWhatSaysNothing) {
  ASSERT_TRUE(add(R"({"caption": "a", "word_negatives": ["1 2", "no number", "1 5"]})"));
  EXPECT_EQ(pairs_.captions[0].word_negatives.size(), 1U);
  EXPECT_EQ(counts_.repeated, 1);
  EXPECT_EQ(counts_.empty, 1);
}

TEST_F(ContrastLines, LeaveOutImagesThatAreNotToBeTrainedOn) {
  ASSERT_TRUE(add(R"({"caption": "a", "related_images": ["x", "y", "z", "unknown"]})"));
  EXPECT_THAT(pairs_.captions[0].related_images, ElementsAre(1));
  EXPECT_EQ(counts_.other_images, 3);  // its own, one of val, one that is not there
}

TEST_F(ContrastLines, CountCaptionsThatThePackDoesNotHave) {
  ASSERT_TRUE(add(R"({"caption": "gone", "positives": ["1"]})"));
  EXPECT_EQ(counts_.other_captions, 1);
  EXPECT_EQ(counts_.sentences, 0);
}

TEST_F(ContrastLines, NameTheLineThatIsNone) {
  struct Case {
    const char* line;
    const char* message;
  };
  for (const Case& wrong :
       {Case{"{\"caption\": \"a\"", "contrasts.jsonl:1"}, Case{"[]", "\"caption\""},
        Case{R"({"caption": "a", "positive": []})", "unknown key \"positive\""},
        Case{R"({"caption": "a", "positives": "x"})", "positives is no list"},
        Case{R"({"caption": "a", "positives": [4]})", "holds 4"}}) {
    const Status status = add(wrong.line);
    ASSERT_FALSE(status) << wrong.line;
    EXPECT_THAT(status.error().message, HasSubstr(wrong.message));
    EXPECT_THAT(status.error().message, HasSubstr("contrasts.jsonl:1"));
  }
}

TEST_F(ContrastLines, NameTheFileThatIsMissing) {
  auto writer =
      trainer::ShardWriter::create(folder_.path() / "sentences.shard", {{"schema", "sentences"}});
  Contrasts contrasts(pairs_, tokenizer_, {}, *writer);
  const Status status = contrasts.add(folder_.path() / "nowhere");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("nowhere/contrasts.jsonl"));
}

}  // namespace
}  // namespace unimo::stages
