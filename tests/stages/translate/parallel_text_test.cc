#include "stages/translate/parallel_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ParallelFolder : public ::testing::Test {
 protected:
  Result<ParallelText> read(const std::vector<ParallelFiles>& files) {
    const std::vector<std::filesystem::path> folders = {bench_.path("a"), bench_.path("b")};
    return read_parallel_text(folders, files);
  }
  std::string mistake(const std::vector<ParallelFiles>& files) {
    const auto text = read(files);
    return text ? std::string() : text.error().message;
  }
  StageBench bench_;
};

TEST_F(ParallelFolder, SetsLinesSideBySide) {
  bench_.write("a/train.en", "a ball\r\na box\n");
  bench_.write("b/train.xx", "toma\nkeli");
  const auto text = read({{.source = "train.en", .target = "train.xx"}});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->sources, ElementsAre("a ball", "a box"));
  EXPECT_THAT(text->targets, ElementsAre("toma", "keli"));
}

TEST_F(ParallelFolder, TakesColumnsOfATable) {
  bench_.write("a/pairs.tsv", "1\ttoma\ta ball\n2\tkeli\ta box\n");
  const auto text = read({{.tsv = "pairs.tsv", .source_column = 3, .target_column = 2}});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->sources, ElementsAre("a ball", "a box"));
  EXPECT_THAT(text->targets, ElementsAre("toma", "keli"));
}

TEST_F(ParallelFolder, CountsWhatItLeavesOut) {
  bench_.write("a/train.en", "a ball\n \na box\na tree\n");
  bench_.write("a/train.xx", "toma\nkeli\n\xff\n\t\n");
  const auto text = read({{.source = "train.en", .target = "train.xx"}});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->sources, ElementsAre("a ball"));
  EXPECT_EQ(text->empty, 2);
  EXPECT_EQ(text->broken, 1);
}

TEST_F(ParallelFolder, SaysWhatIsWrong) {
  bench_.write("a/train.en", "a ball\na box\n");
  bench_.write("a/train.xx", "toma\n");
  bench_.write("b/train.en", "a ball\n");
  bench_.write("a/pairs.tsv", "a ball\ttoma\na box\n");
  EXPECT_THAT(mistake({{.source = "nowhere.en", .target = "train.xx"}}),
              HasSubstr("nowhere.en: in none of the 2 folders"));
  EXPECT_THAT(mistake({{.source = "train.en", .target = "train.xx"}}),
              HasSubstr("give one of them"));
  EXPECT_THAT(mistake({{.source = "train.xx"}}), HasSubstr("give source and target, or tsv alone"));
  EXPECT_THAT(mistake({{.source = "train.xx", .target = "train.xx", .tsv = "pairs.tsv"}}),
              HasSubstr("give source and target, or tsv alone"));
  EXPECT_THAT(mistake({{.tsv = "pairs.tsv"}}), HasSubstr("pairs.tsv:2: 1 column(s), 2 are needed"));
  bench_.write("a/three.en", "a\nb\nc\n");
  EXPECT_THAT(mistake({{.source = "three.en", .target = "train.xx"}}),
              HasSubstr("train.xx ends at line 1"));
}

}  // namespace
}  // namespace unimo::stages
