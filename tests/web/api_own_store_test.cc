// What the pages are told of stores that differ from the fixture of api_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "orchestrator/base/file.h"
#include "orchestrator/store/artifacts.h"
#include "tests/web/fixture.h"
#include "web/routes.h"

namespace unimo::web {
namespace {

// A baseline that comes after everything else in the plan, with better scores.
TEST(Baseline, StandsBackBehindTheLastTaskThatIsNone) {
  const auto folder = TempDir::make("unimo-web-");
  ASSERT_TRUE(folder);
  const auto fixture = make_fixture(folder->path(), {.images = 16, .long_steps = 8});
  ASSERT_TRUE(fixture) << fixture.error().message;
  StorePool pool(store_paths(folder->path()));
  {
    auto writer = Database::open_writer(store_paths(folder->path()).database());
    ASSERT_TRUE(writer) << writer.error().message;
    const auto add = [&](int id, const char* name, const char* kind) {
      const auto added = writer->run(
          "INSERT INTO tasks(id, run_id, position, name, stage, kind, state) "
          "VALUES(?, ?, ?, ?, ?, ?, 'succeeded')",
          id, fixture->second, id, name, name, kind);
      ASSERT_TRUE(added) << added.error().message;
    };
    add(900, "cca", "baseline.cca");
    add(901, "score_cca", "score");
    const auto linked = writer->execute(
        "INSERT INTO task_inputs(task_id, name, position, label, digest, source_task) "
        "VALUES(901, 'predictions', 0, 'cca', '', 900); "
        "INSERT INTO series(task_id, name, step, value) VALUES(901, 'text_to_image_r1', 0, 99), "
        "(901, 'bleu4', 0, 98)");
    ASSERT_TRUE(linked) << linked.error().message;
  }
  GraphDrawer graphs;
  GalleryCache galleries;
  const Router router({pool, graphs, galleries}, {});
  const Json page = Json::parse(router
                                    .answer({.method = "GET",
                                             .path = "/api/runs/" + fixture->second,
                                             .headers = {{"host", "localhost"}}})
                                    .body);
  EXPECT_EQ(page["metrics"][0]["name"], "text_to_image_r1");
  EXPECT_EQ(page["metrics"][0]["task"], "score[task=retrieval]");
  for (const Json& task : page["tasks"]) {
    EXPECT_EQ(task["of_baseline"].get<bool>(), task["name"] == "score_cca") << task["name"];
  }
}

// Features of others' files, whose pictures nobody has here.
TEST(RegionsWithoutPictures, AreShownAlone) {
  const auto folder = TempDir::make("unimo-web-");
  ASSERT_TRUE(folder);
  const auto fixture = make_fixture(folder->path(), {.images = 16, .long_steps = 8});
  ASSERT_TRUE(fixture) << fixture.error().message;
  {
    auto writer = Database::open_writer(store_paths(folder->path()).database());
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->execute("DELETE FROM artifact_files WHERE path = 'images.jsonl'"));
  }
  StorePool pool(store_paths(folder->path()));
  GraphDrawer graphs;
  GalleryCache galleries;
  const Router router({pool, graphs, galleries}, {});
  const Request request{.method = "GET",
                        .path = "/api/gallery",
                        .params = {{"artifact", fixture->regions}, {"limit", "4"}},
                        .headers = {{"host", "localhost"}}};
  const Json page = Json::parse(router.answer(request).body);
  EXPECT_EQ(page["total"], 16);
  ASSERT_EQ(page["images"].size(), 4U);
  EXPECT_TRUE(page["images"][0]["src"].is_null());
  EXPECT_GT(page["images"][0]["width"], 0);
  EXPECT_EQ(page["images"][0]["boxes"].size(), 2U);
}

TEST(EmptyDashboard, IsAnEmptyTable) {
  const auto folder = TempDir::make("unimo-web-");
  ASSERT_TRUE(folder);
  StorePool pool(store_paths(folder->path()));
  GraphDrawer graphs;
  GalleryCache galleries;
  const Router router({pool, graphs, galleries}, {});
  for (const char* path : {"/api/runs", "/api/gallery", "/api/reports", "/api/status"}) {
    EXPECT_EQ(
        router.answer({.method = "GET", .path = path, .headers = {{"host", "localhost"}}}).status,
        200)
        << path;
  }
}

}  // namespace
}  // namespace unimo::web
