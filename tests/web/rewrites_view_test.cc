// What the page of rewritten captions is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "orchestrator/base/file.h"
#include "orchestrator/store/artifacts.h"
#include "tests/web/fixture.h"
#include "web/routes.h"

namespace unimo::web {
namespace {

using testing::HasSubstr;

const std::string kRewrites(64, 'e');

// A run with records, to which a stage of rewrites and one of related pictures are added.
class RewritesView : public testing::Test {
 protected:
  void SetUp() override {
    fixture_ = make_fixture(folder_.path(), {.images = 16, .long_steps = 8}).value();
    pool_ = std::make_unique<StorePool>(store_paths(folder_.path()));
    router_ = std::make_unique<Router>(Api{*pool_, graphs_, galleries_}, AccessRules{});
    rewrites_ = add(900, "rewrites", kRewrites, {"rewrites.jsonl", "contrasts.jsonl"});
    near_ = add(901, "retrieve", std::string(64, 'f'), {"neighbours.jsonl"});
    write(rewrites_ / "rewrites.jsonl",
          R"({"caption":"drawn_001#0","graph":{"attributes":[[0,"brown"],[7,"lost"]],)"
          R"("objects":["dog","<beach>"],"relations":[[0,"run on",1],[0,"bark"]]},)"
          R"("image":"drawn_001","nodes":[],"text":"A brown dog runs on the beach","words":[]})"
          "\n"
          R"({"caption":"drawn_002#0","image":"gone","text":"A cat"})"
          "\n"
          "no record\n"
          R"({"caption":"drawn_003#0","graph":[4],"image":7,"text":"A cow"})"
          "\n");
    write(rewrites_ / "contrasts.jsonl",
          R"({"caption":"drawn_001#0","phrase_negatives":["A black cat runs on the beach"],)"
          R"("word_negatives":["A white dog runs on the beach","A brown cow runs on the beach"]})"
          "\n"
          R"({"caption":"drawn_002#0","word_negatives":["A dog"]})"
          "\n"
          R"({"caption":"drawn_009#0","word_negatives":["A dog"]})"
          "\n"
          R"({"caption":"drawn_003#0","word_negatives":["A pig"]})"
          "\n");
    write(near_ / "neighbours.jsonl",
          R"({"image":"drawn_001","images":[["drawn_002",0.5],["elsewhere",0.25],["x"]]})"
          "\n"
          R"({"image":"drawn_004","images":[["drawn_001",0.5]]})"
          "\n"
          R"({"caption":"drawn_001#0","captions":[["drawn_002#1",0.75]]})"
          "\n");
  }

  void write(const std::filesystem::path& file, std::string_view text) const {
    ASSERT_TRUE(make_directories(file.parent_path()));
    ASSERT_TRUE(write_file(file, text));
  }

  // Adds a task to the fixture's second run, with records as its input; the folder of its artifact.
  std::filesystem::path add(int id, const std::string& name, const std::string& digest,
                            const std::vector<std::string>& files) {
    auto writer = Database::open_writer(store_paths(folder_.path()).database()).value();
    const auto run = [&](const char* sql, const auto&... values) {
      const Status status = writer.run(sql, values...);
      EXPECT_TRUE(status) << status.error().message;
    };
    run("INSERT INTO artifacts(digest, kind, size_bytes, file_count, created_ms) "
        "VALUES(?, ?, 0, 1, 0)",
        digest, name);
    for (const std::string& file : files) {
      run("INSERT INTO artifact_files(artifact, path, size_bytes, sha256) VALUES(?, ?, 0, '')",
          digest, file);
    }
    run("INSERT INTO tasks(id, run_id, position, name, stage, kind, state, artifact) "
        "VALUES(?, ?, ?, ?, ?, ?, 'succeeded', ?)",
        id, fixture_.second, id, name, name, name, digest);
    run("INSERT INTO task_inputs(task_id, name, position, label, digest, artifact, source_task) "
        "SELECT ?, 'captions', 0, 'flickr', artifact, artifact, id FROM tasks "
        "WHERE run_id = ? AND name = 'flickr'",
        id, fixture_.second);
    return artifact_path(store_paths(folder_.path()), digest);
  }

  Response get(const std::map<std::string, std::string>& params) const {
    Request request{.method = "GET", .path = "/api/rewrites", .headers = {{"host", "localhost"}}};
    for (const auto& [name, value] : params) request.params.emplace(name, value);
    return router_->answer(request);
  }
  Json page(std::map<std::string, std::string> params = {}) const {
    params["artifact"] = kRewrites;
    return Json::parse(get(params).body);
  }

  TempDir folder_ = TempDir::make("unimo-web-").value();
  Fixture fixture_;
  std::filesystem::path rewrites_, near_;
  GraphDrawer graphs_;
  GalleryCache galleries_;
  std::unique_ptr<StorePool> pool_;
  std::unique_ptr<Router> router_;
};

TEST_F(RewritesView, TellsTheRewritesOfBothLevels) {
  const Json first = page()["items"][0];
  EXPECT_EQ(first["text"], "A brown dog runs on the beach");
  EXPECT_EQ(first["words"],
            Json({"A white dog runs on the beach", "A brown cow runs on the beach"}));
  EXPECT_EQ(first["phrases"], Json({"A black cat runs on the beach"}));
}

TEST_F(RewritesView, DrawsTheGraphWithItsTextsEscaped) {
  const std::string graph = page()["items"][0]["graph"];
  for (const char* text : {"dog", "brown", "run on", "bark", "&lt;beach&gt;"})
    EXPECT_THAT(graph, HasSubstr(text));
  EXPECT_THAT(graph, testing::Not(HasSubstr("<beach>")));
}

TEST_F(RewritesView, ShowsThePictureOfTheCaption) {
  const Json items = page()["items"];
  EXPECT_EQ(items[0]["image"]["id"], "drawn_001");
  EXPECT_THAT(items[0]["image"]["src"].get<std::string>(), HasSubstr("/image/" + fixture_.records));
  EXPECT_TRUE(items[1]["image"].is_null());
}

TEST_F(RewritesView, ShowsWhatLiesNear) {
  const Json first = page()["items"][0];
  ASSERT_EQ(first["near_images"].size(), 2U);
  EXPECT_EQ(first["near_images"][0]["id"], "drawn_002");
  EXPECT_EQ(first["near_images"][0]["score"], 0.5);
  EXPECT_TRUE(first["near_images"][0].contains("src"));
  EXPECT_FALSE(first["near_images"][1].contains("src"));
  ASSERT_EQ(first["near_captions"].size(), 1U);
  EXPECT_NE(first["near_captions"][0]["text"], "drawn_002#1");
}

TEST_F(RewritesView, CountsLinesThatItCannotRead) {
  const Json all = page();
  EXPECT_EQ(all["unreadable"], 1);
  ASSERT_EQ(all["items"].size(), 3U);
  EXPECT_EQ(all["items"][2]["graph"], "");
  EXPECT_EQ(all["more"], false);
}

TEST_F(RewritesView, GoesOnFromAnyCaption) {
  const Json one = page({{"limit", "1"}});
  EXPECT_EQ(one["items"].size(), 1U);
  EXPECT_EQ(one["more"], true);
  EXPECT_EQ(page({{"limit", "1"}, {"offset", "1"}})["items"][0]["caption"], "drawn_002#0");
  EXPECT_TRUE(page({{"offset", "90"}})["items"].empty());
}

TEST_F(RewritesView, SaysThatAnArtifactHasNoRewrites) {
  const Response other = get({{"artifact", fixture_.books}});
  EXPECT_EQ(other.status, 404);
  EXPECT_THAT(other.body, HasSubstr("holds no rewritten captions"));
}

}  // namespace
}  // namespace unimo::web
