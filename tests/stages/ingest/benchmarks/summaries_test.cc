// CNN/DailyMail, Gigaword, and the lines that belong together.
#include "orchestrator/base/hash.h"
#include "stages/ingest/benchmarks/cnndm.h"
#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kStory =
    "(CNN) -- A cat sat.\n\nIt slept.\n\n@highlight\n\nCat sits\n\n@highlight\n\nCat sleeps\n";

std::string story_name(std::string_view url) { return sha1_hex(url) + ".story"; }

TEST(LinePairs, RefuseFilesOfDifferentLengthsWithBothNumbers) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt", "a\nb\nc\n");
  bench.give("dev_target", "dev.tgt.txt", "a\nb\n");
  const Status status = bench.run(run_ingest_gigaword, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.src.txt has 3 lines"));
  EXPECT_THAT(status.error().message, HasSubstr("dev.tgt.txt has 2"));
}

TEST(LinePairs, CountALongerTargetToItsEnd) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt", "a");
  bench.give("dev_target", "dev.tgt.txt", "a\nb\nc\nd");
  const Status status = bench.run(run_ingest_gigaword, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.src.txt has 1 lines"));
  EXPECT_THAT(status.error().message, HasSubstr("dev.tgt.txt has 4"));
}

TEST(LinePairs, RefuseASideWithoutTheOther) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt", "a\n");
  const Status status = bench.run(run_ingest_gigaword, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev_source has 1 files, dev_target has 0"));
}

TEST(LinePairs, RefuseSidesThatAreSwapped) {
  for (const auto& [source, target] :
       {std::pair("dev.tgt.txt", "dev.src.txt"), std::pair("valid.title.filter.txt", "v.txt"),
        std::pair("v.txt", "input.txt"), std::pair("dev.q.tok.txt", "dev.pa.tok.txt")}) {
    ExampleBench bench;
    bench.give("dev_source", source, "a\n");
    bench.give("dev_target", target, "a\n");
    const Status status = bench.run(run_ingest_gigaword, TextBenchmarkIngest{});
    ASSERT_FALSE(status) << source;
    EXPECT_THAT(status.error().message, HasSubstr("swap the inputs"));
  }
}

TEST(LinePairs, PutALineThatIsBlankOnOneSideIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt", "a\n\nc\n");
  bench.give("dev_target", "dev.tgt.txt", "a\nb\n \n");
  ASSERT_TRUE(bench.run(run_ingest_gigaword, lenient()));
  EXPECT_EQ(bench.count("examples.val"), 1);
  EXPECT_THAT(quarantined(bench, "empty_part"),
              ElementsAre("dev.src.txt:2: dev.src.txt:2: sentence has no text",
                          "dev.src.txt:3: dev.src.txt:3: target has no text"));
}

TEST(LinePairs, EndLinesAtLineFeedsAlone) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt",
             "a\xE2\x80\xA8"
             "b\nc\xC2\x85"
             "d\ne\ff\n");
  bench.give("dev_target", "dev.tgt.txt", "1\r\n2\r\n3");
  ASSERT_TRUE(bench.run(run_ingest_gigaword, TextBenchmarkIngest{}));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(examples[0].parts.at("sentence"),
            "a\xE2\x80\xA8"
            "b");
  EXPECT_EQ(examples[2].parts.at("sentence"), "e\ff");
  EXPECT_THAT(examples[0].targets, ElementsAre("1"));
}

TEST(LinePairs, PutBytesThatAreNotUtf8IntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev_source", "dev.src.txt", "caf\xE9\nb\n");
  bench.give("dev_target", "dev.tgt.txt", "a\nb\n");
  ASSERT_TRUE(bench.run(run_ingest_gigaword, lenient()));
  EXPECT_THAT(
      quarantined(bench, "invalid_utf8"),
      ElementsAre("dev.src.txt:1: dev.src.txt:1: sentence: byte 3 of it is not UTF-8: caf\uFFFD"));
}

TEST(Gigaword, ReadsBothNamingSchemesAndCountsUnknownWords) {
  ExampleBench bench;
  bench.give("train_source", "train.article.txt", "a <unk> rose #.## <unk>\nb .\n");
  bench.give("train_target", "train.title.txt", "<unk> rises\nb\n");
  bench.give("dev_source", "valid.article.filter.txt", "c .\n");
  bench.give("dev_target", "valid.title.filter.txt", "c\n");
  bench.give("test_source", "input.txt", "nec and UNK corp.\n");
  bench.give("test_target", "task1_ref0.txt", "nec UNK UNKNOWN\n");
  const Status status = bench.run(run_ingest_gigaword, TextBenchmarkIngest{});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.example("train.article.txt:1").parts.at("sentence"), "a <unk> rose #.## <unk>");
  EXPECT_THAT(bench.example("input.txt:1").targets, ElementsAre("nec UNK UNKNOWN"));
  EXPECT_EQ(bench.count("words.unk"), 3);
  EXPECT_EQ(bench.count("words.UNK"), 2);
  EXPECT_EQ(bench.count("examples.val"), 1);
}

TEST(Gigaword, TakesTheFirstPairsOfTheLowResourceSettingAndChecksTheRest) {
  ExampleBench bench;
  bench.give("train_source", "train.src.txt", "a\nb\nc\n");
  bench.give("train_target", "train.tgt.txt", "a\nb\nc\n");
  ASSERT_TRUE(bench.run(run_ingest_gigaword, TextBenchmarkIngest{.max_examples = 2}));
  EXPECT_EQ(bench.count("examples.train"), 2);
  EXPECT_EQ(bench.count("skipped.max_examples"), 1);
}

TEST(Gigaword, PassesOverPairsThatAreBlankOnBothSides) {
  ExampleBench bench;
  bench.give("test_source", "test.src.txt", "a\n\nb\n");
  bench.give("test_target", "test.tgt.txt", "a\n\nb\n");
  ASSERT_TRUE(bench.run(run_ingest_gigaword, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.test"), 2);
  EXPECT_EQ(bench.count("pairs.blank"), 1);
  EXPECT_EQ(bench.examples()[1].id, "test.src.txt:3");
}

TEST(CnnDm, ParsesAStory) {
  const Story story = parse_story(kStory);
  EXPECT_EQ(story.article, "(CNN) -- A cat sat.\nIt slept.");
  EXPECT_EQ(story.highlights, "Cat sits\nCat sleeps");
  EXPECT_EQ(parse_story("@highlight\r\n\r\nOnly this\r\n").highlights, "Only this");
  EXPECT_EQ(parse_story("").article, "");
}

TEST(CnnDm, TellsSentencesByTheMarksOfTheReleases) {
  EXPECT_THAT(sentence_lines("a b . <S_SEP> c ."), Pair("a b .\nc .", true));
  EXPECT_THAT(sentence_lines("a . [X_SEP] b . [X_SEP]"), Pair("a .\nb .", true));
  EXPECT_THAT(sentence_lines("<t> a . </t> <t> b . </t>"), Pair("a .\nb .", true));
  EXPECT_THAT(sentence_lines("A b.   C d.   "), Pair("A b.\nC d.", true));
  EXPECT_THAT(sentence_lines("a . b ."), Pair("a . b .", false));
}

TEST(CnnDm, BringsStoriesAndUrlListsTogether) {
  ExampleBench bench;
  for (const char* url : {"http://a/1", "http://a/2", "http://a/3", "http://a/5"})
    bench.write(std::filesystem::path("stories") / story_name(url), kStory);
  bench.write("stories/notes.txt", "no story");
  bench.input("stories", "stories");
  bench.give("train_urls", "all_train.txt", "http://a/3\nhttp://a/1\nhttp://a/4\n");
  bench.give("dev_urls", "all_val.txt", "http://a/2\n");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(examples[0].id, sha1_hex("http://a/3"));  // in the order of the lists
  EXPECT_EQ(examples[0].split, "train");
  EXPECT_EQ(examples[0].extra["url"], "http://a/3");
  EXPECT_EQ(examples[0].parts.at("article"), "(CNN) -- A cat sat.\nIt slept.");
  EXPECT_THAT(examples[0].targets, ElementsAre("Cat sits\nCat sleeps"));
  EXPECT_EQ(examples[2].split, "val");
  EXPECT_EQ(bench.count("urls.without_story"), 1);
  EXPECT_EQ(bench.count("stories.unlisted"), 1);
}

// One file of a tar: its header, its bytes, zeros up to 512.
std::string tar_member(const std::string& name, std::string_view bytes) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, name);
  put(100, "0000644");
  put(124, fmt::format("{:011o}", bytes.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + '\0');
  std::string body(bytes);
  body.resize((body.size() + 511) / 512 * 512, '\0');
  return header + body;
}

TEST(CnnDm, ReadsStoriesOutOfArchives) {
  ExampleBench bench;
  bench.give("stories", "cnn_stories.tar",
             tar_member("cnn/stories/" + story_name("u2"), kStory) +
                 tar_member("cnn/stories/" + story_name("u1"), kStory) + std::string(1024, '\0'));
  bench.give("test_urls", "all_test.txt", "u1\nu2\n");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 2U);
  EXPECT_EQ(examples[0].id, sha1_hex("u1"));
  EXPECT_THAT(examples[1].targets, ElementsAre("Cat sits\nCat sleeps"));
}

TEST(CnnDm, NamesTheMemberOfAnArchiveThatWantsToLeaveItsFolder) {
  ExampleBench bench;
  bench.give("stories", "stories.tar",
             tar_member("../" + story_name("u1"), kStory) + std::string(1024, '\0'));
  bench.give("test_urls", "all_test.txt", "u1\n");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("stories.tar: ../" + story_name("u1") + ": refused: "));
}

TEST(CnnDm, RefusesAUrlInTwoSplits) {
  ExampleBench bench;
  bench.write(std::filesystem::path("stories") / story_name("http://a/1"), kStory);
  bench.input("stories", "stories");
  bench.give("train_urls", "all_train.txt", "http://a/1\n");
  bench.give("test_urls", "all_test.txt", "http://a/1\n");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("splits must not mix"));
}

TEST(CnnDm, PutsStoriesWithoutArticleOrHighlightsIntoTheQuarantine) {
  ExampleBench bench;
  bench.write(std::filesystem::path("s") / story_name("u1"), "Text.\n");
  bench.write(std::filesystem::path("s") / story_name("u2"), "@highlight\n\nOnly\n");
  bench.write(std::filesystem::path("s") / story_name("u3"), kStory);
  bench.input("stories", "s");
  bench.give("test_urls", "all_test.txt", "u1\nu2\nu3\n");
  ASSERT_TRUE(bench.run(run_ingest_cnndm, lenient()));
  EXPECT_EQ(bench.count("examples.test"), 1);
  EXPECT_THAT(bench.quarantined(),
              ElementsAre(story_name("u1") + " no_highlights", story_name("u2") + " empty_part"));
}

TEST(CnnDm, NeedsUrlListsForStories) {
  ExampleBench bench;
  bench.write(std::filesystem::path("s") / story_name("u1"), kStory);
  bench.input("stories", "s");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("train_urls"));
}

TEST(CnnDm, RefusesAStoryLargerThanAnyIs) {
  ExampleBench bench;
  bench.write(std::filesystem::path("s") / story_name("u1"), std::string((16 << 20) + 1, 'x'));
  bench.input("stories", "s");
  bench.give("test_urls", "all_test.txt", "u1\n");
  const Status status = bench.run(run_ingest_cnndm, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr(story_name("u1") + ": has more than 16777216 bytes; is this the right"));
}

TEST(CnnDm, ReadsSourcesAndTargets) {
  ExampleBench bench;
  bench.give("test_source", "test.source", "(CNN) A cat sat. It slept.\n<t> a . </t> <t> b </t>\n");
  bench.give("test_target", "test.target", "a . <S_SEP> b .\nno mark\n");
  ASSERT_TRUE(bench.run(run_ingest_cnndm, TextBenchmarkIngest{}));
  EXPECT_THAT(bench.example("test.source:1").targets, ElementsAre("a .\nb ."));
  EXPECT_EQ(bench.example("test.source:2").parts.at("article"), "a .\nb");
  EXPECT_EQ(bench.count("targets.one_line"), 1);
}

TEST(CnnDm, ReadsBertSumsTokens) {
  ExampleBench bench;
  bench.give("train", "cnndm.train.0.json",
             R"([{"src": [["a", "b", "."], ["c"]], "tgt": [["d", "e"], ["f"]]},)"
             R"( {"src": [["a", 3]], "tgt": []}, {"src": "x", "tgt": []}])");
  ASSERT_TRUE(bench.run(run_ingest_cnndm, lenient()));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].id, "cnndm.train.0.json#0");
  EXPECT_EQ(examples[0].parts.at("article"), "a b .\nc");
  EXPECT_THAT(examples[0].targets, ElementsAre("d e\nf"));
  EXPECT_THAT(bench.quarantined(),
              ElementsAre("cnndm.train.0.json[1] bad_field", "cnndm.train.0.json[2] bad_field"));
  EXPECT_THAT(read_file(bench.output() / "quarantine.jsonl").value(),
              HasSubstr("[1].src[0][1]: must be a text, is 3"));
}

TEST(CnnDm, ExpectsTheOfficialCountsOfWhatIsGiven) {
  ExampleBench bench;
  bench.give("test_source", "test.source", "a\n");
  bench.give("test_target", "test.target", "a\n");
  ASSERT_TRUE(bench.run(run_ingest_cnndm, TextBenchmarkIngest{.complete = true}));
  EXPECT_EQ(bench.statistics()["official"],
            Json({{"examples.test", {{"found", 1}, {"official", 11490}}}}));
}

}  // namespace
}  // namespace unimo::stages
