#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/ingest.h"
#include "orchestrator/store/run_reader.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"

namespace unimo {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

// A store with one run of two tasks, the second reading the first.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<TempDir>(*TempDir::make("unimo-store-"));
    store_ = std::make_unique<WritableStore>(*WritableStore::open(folder_->path(), "test"));
    writer_ = std::make_unique<RunWriter>(store_->database());
    RunRow run{.id = "01aaaaaaaaaaaaaa",
               .experiment = "demo",
               .state = "running",
               .created_ms = 1,
               .file = "demo.yaml",
               .resolved_digest = "d",
               .command_line = "unimo run demo.yaml",
               .directory = "runs/01aaaaaaaaaaaaaa"};
    tasks_ = {{.run = run.id,
               .position = 0,
               .name = "world",
               .stage = "world",
               .kind = "miniworld",
               .state = "pending"},
              {.run = run.id,
               .position = 1,
               .name = "pack",
               .stage = "pack",
               .kind = "pack",
               .state = "pending"}};
    ASSERT_TRUE(writer_->add_run(run, nullptr, Json{{"host", "h"}}, tasks_).has_value());
  }

  AttemptRow start(TaskRow& task, int number = 1) {
    AttemptRow attempt{.task = task.id,
                       .number = number,
                       .token = fmt::format("t{}-{}", task.id, number),
                       .pid = 1,
                       .host = "h",
                       .directory = "runs/x",
                       .started_ms = 5};
    attempt.id = *writer_->start_attempt(attempt, "first run");
    return attempt;
  }

  fs::path events() const { return folder_->path() / "events.jsonl"; }

  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<WritableStore> store_;
  std::unique_ptr<RunWriter> writer_;
  std::vector<TaskRow> tasks_;
};

TEST_F(StoreTest, ASecondWriterIsRefusedAndToldWhoWrites) {
  const auto second = WritableStore::open(folder_->path(), "other");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("held by test"));
}

TEST_F(StoreTest, AStoreOfANewerProgramIsRefused) {
  ASSERT_TRUE(store_->database().execute("PRAGMA user_version=99").has_value());
  const auto reader = RunReader::open(folder_->path());
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("version 99"));
}

TEST_F(StoreTest, AMissingStoreTellsTheNextCommand) {
  const auto reader = RunReader::open(folder_->path() / "nowhere");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("unimo run"));
}

TEST_F(StoreTest, IngestWaitsForTheRestOfATornLine) {
  AttemptRow attempt = start(tasks_[0]);
  const std::string line = event_line(
      {.type = EventType::kMetric, .time_ms = 1, .name = "loss", .step = 1, .value = 2.5});
  write(events(), line.substr(0, 20));
  EXPECT_EQ(ingest_events(store_->database(), attempt, events())->events, 0);
  write(events(), line);
  EXPECT_EQ(ingest_events(store_->database(), attempt, events())->events, 1);
  EXPECT_EQ(ingest_events(store_->database(), attempt, events())->events, 0);
  auto reader = *RunReader::open(folder_->path());
  const auto series = *reader.series(tasks_[0].id);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(series[0].value, 2.5);
}

TEST_F(StoreTest, IngestReadsTheSameMetricsForEveryCutOfTheFile) {
  std::string text;
  for (int step = 0; step < 6; ++step) {
    text += event_line({.type = EventType::kMetric,
                        .time_ms = step,
                        .name = "loss",
                        .step = step,
                        .value = 1.0 / (1 + step)});
  }
  AttemptRow attempt = start(tasks_[0]);
  for (std::size_t cut = 0; cut <= text.size(); cut += 7) {
    write(events(), text.substr(0, cut));
    ASSERT_TRUE(ingest_events(store_->database(), attempt, events()).has_value());
  }
  write(events(), text);
  ASSERT_TRUE(ingest_events(store_->database(), attempt, events()).has_value());
  auto reader = *RunReader::open(folder_->path());
  const auto series = *reader.series(tasks_[0].id);
  const auto points = *reader.points(series[0].id);
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(points[5].value, 1.0 / 6);
  EXPECT_EQ(series[0].minimum, 1.0 / 6);
  EXPECT_EQ(series[0].maximum, 1.0);
}

TEST_F(StoreTest, AnUnreadableLineLeavesANoteAndNothingIsLostBehindIt) {
  AttemptRow attempt = start(tasks_[0]);
  write(events(),
        "{garbage\n" +
            event_line({.type = EventType::kCount, .time_ms = 1, .name = "images", .value = 3}));
  const auto outcome = *ingest_events(store_->database(), attempt, events());
  EXPECT_EQ(outcome.unreadable, 1);
  EXPECT_EQ(outcome.events, 1);
  auto reader = *RunReader::open(folder_->path());
  EXPECT_THAT(reader.notes(tasks_[0].id)->front().text, HasSubstr("{garbage"));
}

TEST_F(StoreTest, ARepeatedAttemptOverwritesTheSamePoints) {
  AttemptRow first = start(tasks_[0]);
  write(events(),
        event_line(
            {.type = EventType::kMetric, .time_ms = 1, .name = "loss", .step = 1, .value = 3}));
  ASSERT_TRUE(ingest_events(store_->database(), first, events()).has_value());
  AttemptRow second = start(tasks_[0], 2);
  const fs::path other = folder_->path() / "second.jsonl";
  write(other,
        event_line(
            {.type = EventType::kMetric, .time_ms = 9, .name = "loss", .step = 1, .value = 3}));
  ASSERT_TRUE(ingest_events(store_->database(), second, other).has_value());
  auto reader = *RunReader::open(folder_->path());
  EXPECT_EQ(reader.points(reader.series(tasks_[0].id)->front().id)->size(), 1U);
}

TEST_F(StoreTest, PublicationRecordsArtifactCacheAndCountersTogether) {
  AttemptRow attempt = start(tasks_[0]);
  const fs::path work = folder_->path() / "work";
  write(work / "coco" / "a.json", "{}");
  write(work / "b.txt", "b");
  const Artifact artifact = *publish_artifact(store_->paths(), work);
  ASSERT_TRUE(writer_->publish(attempt, {}, "key1", "miniworld", artifact).has_value());
  EXPECT_FALSE(fs::exists(work));
  EXPECT_EQ((*writer_->find_cached("key1"))->artifact, artifact.digest);
  auto reader = *RunReader::open(folder_->path());
  const RunRow run = *reader.run("01a");
  EXPECT_EQ(run.tasks_done, 1);
  EXPECT_EQ(run.tasks_total, 2);
  EXPECT_EQ(reader.artifact_files(artifact.digest)->size(), 2U);
  ASSERT_TRUE(
      writer_->set_cached(tasks_[1].id, {artifact.digest, tasks_[0].id}, "same key").has_value());
  EXPECT_EQ(reader.run("@latest")->tasks_cached, 1);
}

TEST_F(StoreTest, TheSameContentIsStoredOnce) {
  for (const char* name : {"first", "second"}) {
    write(folder_->path() / name / "x", "same");
  }
  const Artifact first = *publish_artifact(store_->paths(), folder_->path() / "first");
  const Artifact second = *publish_artifact(store_->paths(), folder_->path() / "second");
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(stored_artifacts(store_->paths())->size(), 1U);
}

TEST_F(StoreTest, VerifyNamesEveryChangedMissingAndExtraFile) {
  write(folder_->path() / "w" / "a", "1");
  write(folder_->path() / "w" / "b", "2");
  write(folder_->path() / "w" / "c", "3");
  const Artifact artifact = *publish_artifact(store_->paths(), folder_->path() / "w");
  EXPECT_TRUE(verify_artifact(store_->paths(), artifact.digest, artifact.files)->empty());
  const fs::path stored = artifact_path(store_->paths(), artifact.digest);
  fs::remove(stored / "a");
  fs::permissions(stored / "b", fs::perms::owner_all);
  write(stored / "b", "two");
  write(stored / "d", "4");
  std::vector<std::string> seen;
  const auto damages = *verify_artifact(store_->paths(), artifact.digest, artifact.files);
  for (const Damage& damage : damages) {
    seen.push_back(damage.path + " " + damage.what);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a missing", "b changed", "d not recorded"}));
}

TEST_F(StoreTest, ALinkInAnOutputIsRefused) {
  fs::create_directories(folder_->path() / "w");
  fs::create_symlink("/etc/passwd", folder_->path() / "w" / "link");
  const auto artifact = publish_artifact(store_->paths(), folder_->path() / "w");
  ASSERT_FALSE(artifact.has_value());
  EXPECT_THAT(artifact.error().message, HasSubstr("link"));
}

TEST_F(StoreTest, AnAmbiguousRunReferenceNamesTheCandidates) {
  RunRow run{.id = "01aaaaaaaaaaaaab",
             .experiment = "demo",
             .state = "running",
             .file = "f",
             .resolved_digest = "e",
             .command_line = "c",
             .directory = "d"};
  ASSERT_TRUE(writer_->add_run(run, nullptr, Json::object(), {}).has_value());
  auto reader = *RunReader::open(folder_->path());
  EXPECT_EQ(reader.run("01a").error().code, ErrorCode::kConflict);
  EXPECT_EQ(reader.run("@latest")->id, "01aaaaaaaaaaaaab");
  EXPECT_EQ(reader.run("@{-1}")->id, "01aaaaaaaaaaaaaa");
  EXPECT_EQ(reader.run("zz").error().code, ErrorCode::kNotFound);
}

TEST_F(StoreTest, AFolderInsideAnArtifactHasADigestOfItsOwn) {
  const std::vector<FileEntry> files{{"coco/a", 1, "x"}, {"coco/sub/b", 1, "y"}, {"cocoa", 1, "z"}};
  const auto below = files_below(files, "coco");
  ASSERT_EQ(below.size(), 2U);
  EXPECT_EQ(below[1].path, "sub/b");
  EXPECT_EQ(files_below(files, "cocoa").size(), 1U);
  EXPECT_TRUE(files_below(files, "co").empty());
}

}  // namespace
}  // namespace unimo
