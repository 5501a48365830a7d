#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/cli/statistics.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"

namespace unimo {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Json kSst2{{"examples", {{"train", 5}, {"val", 872}}},
                 {"quarantine", {{"bad_label", 2}}},
                 {"notes", Json::object()},
                 {"official",
                  {{"examples.train", {{"found", 5}, {"official", 67349}}},
                   {"examples.val", {{"found", 872}, {"official", 872}}}}}};

class ReadStatistics : public ::testing::Test {
 protected:
  Statistics read(std::string_view text) {
    EXPECT_TRUE(write_file(folder_.path() / "statistics.json", text));
    return read_statistics(folder_.path()).value();
  }

  TempDir folder_ = *TempDir::make("statistics");
};

TEST_F(ReadStatistics, AnArtifactNeedNotHaveThem) {
  EXPECT_FALSE(read_statistics(folder_.path()).has_value());
  EXPECT_FALSE(read_statistics(folder_.path() / "gone").has_value());
}

TEST_F(ReadStatistics, WarnsOfWhatDiffersAlone) {
  const Statistics statistics = read(kSst2.dump());
  ASSERT_EQ(statistics.official.size(), 2U);
  EXPECT_THAT(warnings_of(statistics, "sst2"),
              ElementsAre("warning: sst2 has 5 of the 67349 official examples.train"));
}

TEST_F(ReadStatistics, CountsStandOnALineForEachGroup) {
  EXPECT_EQ(counts_text(read(kSst2.dump())),
            "  examples    train 5, val 872\n  quarantine  bad_label 2\n");
}

TEST_F(ReadStatistics, OtherStagesMayCountOtherThings) {
  const Statistics statistics =
      read(R"({"format": "unimo.outcomes", "rows": 9, "rows_of_lists": [9],
               "outcomes": {"http_404": 1, "ok": 8}})");
  EXPECT_EQ(counts_text(statistics), "  outcomes    http_404 1, ok 8\n  rows        9\n");
  EXPECT_THAT(warnings_of(statistics, "fetch"), IsEmpty());
}

TEST_F(ReadStatistics, AFileThatCannotBeReadIsAWarning) {
  for (const char* text : {"{\"official\": ", "[1, 2]", ""}) {
    const auto warnings = warnings_of(read(text), "sst2");
    ASSERT_EQ(warnings.size(), 1U) << text;
    EXPECT_THAT(warnings[0], HasSubstr("statistics.json"));
    EXPECT_EQ(counts_text(read(text)), "");
  }
}

TEST_F(ReadStatistics, AnOfficialCountWithoutNumbersIsAWarning) {
  EXPECT_THAT(warnings_of(read(R"({"official": {"images": {"found": "many"}}})"), "coco"),
              ElementsAre(HasSubstr("official.images needs whole numbers found and official")));
  EXPECT_THAT(warnings_of(read(R"({"official": {"images": 7}})"), "coco"),
              ElementsAre(HasSubstr("official.images")));
}

// A run with one task, whose artifact has statistics.
class Show : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = *WritableStore::open(folder_.path(), "test");
    RunWriter writer(store.database());
    RunRow run{.id = "01aaaaaaaaaaaaaa",
               .experiment = "data",
               .state = "running",
               .created_ms = 1,
               .file = "data.yaml",
               .resolved_digest = "d",
               .command_line = "unimo run data.yaml",
               .directory = "runs/01aaaaaaaaaaaaaa"};
    std::vector<TaskRow> tasks{{.run = run.id,
                                .position = 0,
                                .name = "sst2",
                                .stage = "sst2",
                                .kind = "ingest.sst2",
                                .state = "pending"}};
    ASSERT_TRUE(writer.add_run(run, nullptr, Json{{"host", "h"}}, tasks).has_value());
    AttemptRow attempt{.task = tasks[0].id,
                       .number = 1,
                       .token = "t",
                       .pid = 1,
                       .host = "h",
                       .directory = "runs/x",
                       .started_ms = 5};
    attempt.id = *writer.start_attempt(attempt, "first run");
    const fs::path work = folder_.path() / "work";
    fs::create_directories(work);
    ASSERT_TRUE(write_json(work / "statistics.json", kSst2));
    const Artifact artifact = *publish_artifact(store.paths(), work);
    digest_ = artifact.digest;
    path_ = artifact_path(store.paths(), digest_);
    ASSERT_TRUE(writer.publish(attempt, {}, "key", "ingest.sst2", artifact).has_value());
  }

  std::string shown(const std::string& reference, const std::string& task, bool json) {
    ::testing::internal::CaptureStdout();
    const auto code = show(folder_.path(), reference, task, {.json = json});
    const std::string text = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(code && *code == exit_code::kSuccess);
    return text;
  }

  TempDir folder_ = *TempDir::make("show");
  std::string digest_;
  fs::path path_;
};

constexpr const char* kWarning = "warning: sst2 has 5 of the 67349 official examples.train\n";

TEST_F(Show, ARunSetsCountsAgainstTheOfficialOnes) {
  const std::string text = shown("@latest", "", false);
  EXPECT_THAT(text, HasSubstr("task  what            got  official  \n"
                              "sst2  examples.train  5    67349     differs\n"
                              "sst2  examples.val    872  872       \n"));
  EXPECT_THAT(text, HasSubstr(kWarning));
}

TEST_F(Show, ATaskShowsItsCounts) {
  const std::string text = shown("@latest", "sst2", false);
  EXPECT_THAT(text, HasSubstr("statistics\n  examples    train 5, val 872\n"
                              "  quarantine  bad_label 2\n"));
  EXPECT_THAT(text, HasSubstr("examples.train  5    67349     differs\n"));
  EXPECT_THAT(text, HasSubstr(kWarning));
}

TEST_F(Show, AnArtifactShowsItsCounts) {
  const std::string text = shown(digest_, "", false);
  EXPECT_THAT(text, HasSubstr("  examples    train 5, val 872\n"));
  EXPECT_THAT(text, HasSubstr("has 5 of the 67349 official examples.train\n"));
}

TEST_F(Show, JsonHasStatisticsWithTheirWarnings) {
  const Json run = Json::parse(shown("@latest", "", true));
  EXPECT_EQ(run.at("tasks").at(0).at("statistics"), kSst2);
  EXPECT_EQ(run.at("warnings").size(), 1U);
  const Json task = Json::parse(shown("@latest", "sst2", true));
  EXPECT_EQ(task.at("statistics").at("official").at("examples.train").at("official"), 67349);
  EXPECT_EQ(task.at("warnings").size(), 1U);
  const Json artifact = Json::parse(shown(digest_, "", true));
  EXPECT_EQ(artifact.at("statistics"), kSst2);
}

TEST_F(Show, ADeletedArtifactIsNoReasonToFail) {
  ASSERT_TRUE(remove_tree(path_));
  EXPECT_THAT(shown("@latest", "", false), Not(HasSubstr("official")));
  EXPECT_THAT(shown("@latest", "sst2", false), Not(HasSubstr("statistics")));
}

}  // namespace
}  // namespace unimo
