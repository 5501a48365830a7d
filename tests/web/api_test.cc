// What the pages are told, on the fixture: the real store, the real artifacts, no socket.
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

using testing::HasSubstr;

class Dashboard : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto folder = TempDir::make("unimo-web-");
    ASSERT_TRUE(folder) << folder.error().message;
    auto fixture = make_fixture(folder->path(), {.images = 16, .long_steps = 80});
    ASSERT_TRUE(fixture) << fixture.error().message;
    world_ = std::make_unique<World>(std::move(*folder), std::move(*fixture));
  }
  static void TearDownTestSuite() { world_.reset(); }

  struct World {
    World(TempDir folder_, Fixture fixture_)
        : folder(std::move(folder_)),
          fixture(std::move(fixture_)),
          pool(store_paths(folder.path())),
          router({pool, graphs, galleries}, {}) {}
    TempDir folder;
    Fixture fixture;
    StorePool pool;
    GraphDrawer graphs;
    GalleryCache galleries;
    Router router;
  };

  static Response get(const std::string& path,
                      std::multimap<std::string, std::string> params = {}) {
    return world_->router.answer({.method = "GET",
                                  .path = path,
                                  .params = std::move(params),
                                  .headers = {{"host", "localhost"}}});
  }
  static Json api(const std::string& path, std::multimap<std::string, std::string> params = {}) {
    const Response response = get("/api/" + path, std::move(params));
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return Json::parse(response.body);
  }
  static const Fixture& fixture() { return world_->fixture; }

  static std::unique_ptr<World> world_;
};
std::unique_ptr<Dashboard::World> Dashboard::world_;

TEST_F(Dashboard, ListsRunsNewestFirst) {
  const Json page = api("runs");
  ASSERT_EQ(page["runs"].size(), 5U);
  EXPECT_EQ(page["runs"][0]["id"], fixture().running);
  EXPECT_EQ(page["runs"][4]["id"], fixture().first);
  EXPECT_EQ(page["states"]["succeeded"], 2);
  EXPECT_EQ(page["total"], 5);
}

TEST_F(Dashboard, FiltersRunsByState) {
  const Json page = api("runs", {{"state", "failed"}});
  ASSERT_EQ(page["runs"].size(), 1U);
  EXPECT_EQ(page["runs"][0]["id"], fixture().failed);
  EXPECT_EQ(page["states"]["succeeded"], 2) << "the counts of the other states stay to choose from";
}

TEST_F(Dashboard, TakesSearchTextLiterally) {
  EXPECT_EQ(api("runs", {{"q", "2h"}})["total"], 1);
  EXPECT_EQ(api("runs", {{"q", "%"}})["total"], 0);
  EXPECT_EQ(api("runs", {{"q", "' OR 1=1 --"}})["total"], 0);
}

TEST_F(Dashboard, SortsRunsByAMetric) {
  const Json page = api("runs", {{"sort", "metric:cider"}, {"order", "desc"}});
  EXPECT_EQ(page["runs"][0]["id"], fixture().second);
  EXPECT_DOUBLE_EQ(page["runs"][0]["metric"].get<double>(), 0.93);
  EXPECT_EQ(page["runs"][1]["id"], fixture().first);
  EXPECT_TRUE(page["runs"][2]["metric"].is_null()) << "runs without the metric come last";
}

TEST_F(Dashboard, IgnoresASortThatItDoesNotKnow) {
  EXPECT_EQ(api("runs", {{"sort", "1; DROP TABLE runs"}, {"order", "x"}})["runs"].size(), 5U);
}

TEST_F(Dashboard, NamesAWrongNumber) {
  const Response response = get("/api/runs", {{"limit", "many"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("limit: 'many' is not a whole number from 1 to 500"));
}

TEST_F(Dashboard, ShowsWhyATaskFailed) {
  const Json page = api("runs/" + fixture().failed);
  ASSERT_EQ(page["failures"].size(), 1U);
  EXPECT_EQ(page["failures"][0]["task"], "finetune[task=caption]");
  EXPECT_EQ(page["failures"][0]["attempt"]["exit_code"], 1);
  EXPECT_THAT(page["failures"][0]["log"].get<std::string>(), HasSubstr("loss is nan at step 510"));
}

std::vector<std::string> names_of(const Json& metrics) {
  std::vector<std::string> names;
  for (const Json& metric : metrics) names.push_back(metric["name"]);
  return names;
}

TEST_F(Dashboard, NamesTheTellingScoresFirst) {
  const auto telling =
      testing::ElementsAre("text_to_image_r1", "image_to_text_r1", "mean_recall", "cider", "bleu4");
  EXPECT_THAT(names_of(api("runs/" + fixture().second)["metrics"]), telling);
  EXPECT_THAT(names_of(api("runs")["runs"][4]["metrics"]), telling);
}

TEST_F(Dashboard, FillsUpWithOtherMetricsWhereTellingScoresLack) {
  const std::vector<std::string> names = names_of(api("runs/" + fixture().interrupted)["metrics"]);
  EXPECT_THAT(names, testing::Contains("loss"));
  EXPECT_LE(names.size(), 5U);
}

TEST_F(Dashboard, ShowsTheMetricsOfACachedTask) {
  const Json page = api("runs/" + fixture().failed);
  bool found = false;
  for (const Json& series : page["series"])
    found = found || (series["task"] == "score[task=retrieval]" && series["name"] == "image_r1");
  EXPECT_TRUE(found);
}

TEST_F(Dashboard, KeepsProvenance) {
  const Json page = api("runs/" + fixture().second);
  EXPECT_EQ(page["source"]["dirty"], true);
  EXPECT_EQ(page["source"]["link"],
            "https://github.com/example/unimo/commit/4f1c9d27ab03e8815c6d2f90b7e3a4415d8c0f6e");
  EXPECT_EQ(page["source"]["changes"].size(), 2U);
  EXPECT_EQ(page["environment"]["host"], "sirius");
}

TEST_F(Dashboard, SaysThatARunIsUnknown) {
  const Response response = get("/api/runs/nosuch");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("run 'nosuch' is not in this store"));
}

TEST_F(Dashboard, DrawsTasksThatHaveNotStarted) {
  const Json page = api("runs/" + fixture().running + "/dag");
  const std::string svg = page["svg"];
  EXPECT_THAT(svg, HasSubstr("state-running"));
  EXPECT_THAT(svg, HasSubstr("state-pending"));
  std::size_t edges = 0;
  for (std::size_t at = svg.find("class=\"edge"); at != std::string::npos;
       at = svg.find("class=\"edge", at + 1))
    ++edges;
  EXPECT_EQ(edges, 19U);
}

TEST_F(Dashboard, ThinsHistories) {
  const Json run = api("runs/" + fixture().first);
  const std::string id = run["series"][0]["id"].dump();
  for (const Json& series : run["series"]) {
    if (series["name"] != "loss" || series["task"] != "pretrain") continue;
    const Json page = api("points", {{"series", series["id"].dump()}, {"points", "20"}});
    EXPECT_EQ(page["series"][0]["total"], 80);
    EXPECT_LE(page["series"][0]["points"].size(), 20U);
    return;
  }
  FAIL() << "no loss among the series; the first is " << id;
}

TEST_F(Dashboard, NamesASeriesListThatIsNone) {
  for (const char* text : {"", "x", "1,", "1,,2", "-1", "1;2", "99999999999999999999"}) {
    EXPECT_EQ(get("/api/points", {{"series", text}}).status, 400) << text;
  }
  EXPECT_EQ(get("/api/points", {{"series", "999999"}}).status, 404);
}

TEST_F(Dashboard, FollowsALog) {
  const std::string path = "runs/" + fixture().failed + "/log";
  const Json begin =
      api(path, {{"task", "finetune[task=caption]"}, {"offset", "0"}, {"limit", "40"}});
  EXPECT_EQ(begin["next"], 40);
  const Json rest = api(path, {{"task", "finetune[task=caption]"}, {"offset", "40"}});
  EXPECT_EQ(rest["next"], rest["size"]);
  EXPECT_THAT(rest["text"].get<std::string>(), HasSubstr("error  train_loop"));
  EXPECT_EQ(get("/api/" + path, {{"task", "../../store.db"}}).status, 404);
  EXPECT_EQ(get("/api/" + path, {{"task", "finetune[task=caption]"}, {"stream", "../job"}}).status,
            400);
}

TEST_F(Dashboard, ShowsLogsThatAreNotText) {
  const Json run = api("runs/" + fixture().running);
  for (const Json& task : run["tasks"]) {
    if (task["state"] != "running") continue;
    const auto file = world_->folder.path() / fmt::format("runs/{}/{:03}/1/stdout.log",
                                                          fixture().running, task["id"].get<int>());
    std::ofstream(file) << "\xff\xfe\x80 end";
    const Json log =
        api("runs/" + fixture().running + "/log", {{"task", task["name"]}, {"stream", "stdout"}});
    EXPECT_THAT(log["text"].get<std::string>(), HasSubstr(" end"));
    return;
  }
  FAIL() << "no running task";
}

TEST_F(Dashboard, ComparesWhatWasSetWithWhatCameOut) {
  const Json page = api("compare", {{"a", fixture().first}, {"b", fixture().second}});
  std::vector<std::string> different;
  for (const Json& row : page["params"]) {
    if (!row["same"].get<bool>()) different.push_back(row["name"]);
  }
  EXPECT_THAT(different, testing::ElementsAre("finetune[task=caption].optimizer.lr",
                                              "finetune[task=retrieval].optimizer.lr",
                                              "pretrain.optimizer.lr"));
  for (const Json& row : page["metrics"]) {
    if (row["name"] == "cider") {
      EXPECT_NEAR(row["b"].get<double>() - row["a"].get<double>(), 0.06, 1e-9);
    }
  }
  for (const Json& row : page["tasks"]) {
    if (row["name"] == "pack") {
      EXPECT_EQ(row["same"], true);
    }
    if (row["name"] == "pretrain") {
      ASSERT_EQ(row["parts"].size(), 1U);
      EXPECT_EQ(row["parts"][0]["name"], "params");
    }
  }
}

TEST_F(Dashboard, FollowsAMetricBackToRawFiles) {
  const Json page = api(
      "lineage", {{"run", fixture().second}, {"task", "score[task=caption]"}, {"metric", "cider"}});
  ASSERT_EQ(page["raw"].size(), 2U);
  EXPECT_EQ(page["raw"][0]["label"], "/data/flickr8k");
  EXPECT_EQ(page["raw"][0]["count"], 7);
  EXPECT_EQ(page["source"]["commit"], "4f1c9d27ab03e8815c6d2f90b7e3a4415d8c0f6e");
  std::map<std::string, std::size_t> place;
  for (const Json& step : page["steps"]) place[step["task"]] = place.size();
  for (const Json& step : page["steps"]) {
    for (const Json& input : step["inputs"]) {
      if (input["artifact"] != "") {
        EXPECT_LT(place.at(input["label"]), place.at(step["task"]));
      }
    }
  }
  EXPECT_EQ(page["steps"].size(), 8U);
}

TEST_F(Dashboard, SaysThatAMetricIsUnknown) {
  const Response response =
      get("/api/lineage", {{"run", fixture().second}, {"task", "pretrain"}, {"metric", "nosuch"}});
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("task 'pretrain' has no metric 'nosuch'"));
}

TEST_F(Dashboard, PutsPredictionsBesideReferences) {
  const Json page = api("gallery", {{"artifact", fixture().captions}, {"run", fixture().second}});
  EXPECT_EQ(page["total"], 8);
  const Json& image = page["images"][0];
  EXPECT_EQ(image["captions"].size(), 5U);
  EXPECT_EQ(image["predictions"].size(), 1U);
  EXPECT_FALSE(image["predictions"][0]["caption"].get<std::string>().empty());
  EXPECT_FALSE(image["boxes"].empty());
  for (const Json& box : image["boxes"]) {
    for (const Json& value : box["box"]) EXPECT_LE(value.get<double>(), 1.0);
  }
}

TEST_F(Dashboard, ShowsTheRegionsOfATaskWithTheirConfidences) {
  const Json page = api("gallery", {{"artifact", fixture().regions}});
  EXPECT_EQ(page["regions_of"], "regions");
  EXPECT_EQ(page["region_tasks"], Json({"flickr", "regions"}));
  for (const Json& image : page["images"]) {
    ASSERT_EQ(image["boxes"].size(), 2U);
    EXPECT_EQ(image["boxes"][0]["confidence"], 0.875);
    EXPECT_EQ(image["boxes"][0]["attributes"], "gray");
    EXPECT_EQ(image["boxes"][1]["label"], "window");
    EXPECT_FALSE(image["boxes"][1].contains("attributes"));
  }
}

TEST_F(Dashboard, ShowsAnnotatedBoxesBesideThoseOfATask) {
  const Json page = api("gallery", {{"artifact", fixture().regions}, {"regions", "flickr"}});
  EXPECT_EQ(page["regions_of"], "flickr");
  EXPECT_EQ(page["images"][0]["boxes"].size(), 3U);
  EXPECT_FALSE(page["images"][0]["boxes"][0].contains("confidence"));
  EXPECT_EQ(page["images"][1]["boxes"].size(), 0U);
}

TEST_F(Dashboard, ShowsTheNearestCaptions) {
  const Json page = api("gallery", {{"artifact", fixture().retrieval}, {"run", fixture().second}});
  const Json& found = page["images"][0]["predictions"][0]["retrieved"];
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0]["right"], true);
  EXPECT_GE(found[0]["similarity"].get<double>(), found[1]["similarity"].get<double>());
}

TEST_F(Dashboard, FiltersPicturesBySplit) {
  EXPECT_EQ(api("gallery", {{"artifact", fixture().records}, {"split", "val"}})["total"], 4);
  EXPECT_EQ(api("gallery", {{"artifact", fixture().records}, {"q", "nothing like this"}})["total"],
            0);
}

TEST_F(Dashboard, GivesAFewPicturesOfEveryGallery) {
  const Json list = api("gallery")["galleries"];
  std::set<std::string> kinds;
  for (const Json& gallery : list) {
    const Json page = api("gallery", {{"artifact", gallery["artifact"].get<std::string>()},
                                      {"run", gallery["run"].get<std::string>()},
                                      {"limit", "4"}});
    kinds.insert(gallery["holds"].get<std::string>());
    EXPECT_EQ(page["images"].size(), 4U) << gallery;
    EXPECT_EQ(page["total"], gallery["holds"] == "predictions" ? 8 : 16) << gallery;
  }
  EXPECT_THAT(kinds, testing::ElementsAre("predictions", "records", "regions"));
}

TEST_F(Dashboard, ShowsTheFirstDocumentsWithTheirSentences) {
  const Json page = api("samples", {{"artifact", fixture().books}, {"limit", "2"}});
  EXPECT_EQ(page["kinds"], Json({"documents", "examples"}));
  EXPECT_EQ(page["of"], "documents");
  ASSERT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["items"][1]["title"], "Emma 1");
  EXPECT_EQ(page["items"][1]["sentences"], Json({"Chapter 1 begins.", "<b>It</b> is short."}));
  EXPECT_EQ(page["items"][1]["sentence_count"], 2);
  EXPECT_EQ(page["more"], true);
}

TEST_F(Dashboard, GoesOnWithFurtherDocuments) {
  const Json page =
      api("samples", {{"artifact", fixture().books}, {"of", "documents"}, {"offset", "20"}});
  ASSERT_EQ(page["items"].size(), 5U);
  EXPECT_EQ(page["items"][0]["id"], "emma#20");
  EXPECT_EQ(page["more"], false);
}

TEST_F(Dashboard, ShowsExamplesWithLongTextsCut) {
  const Json page = api("samples", {{"artifact", fixture().books}, {"of", "examples"}});
  ASSERT_EQ(page["items"].size(), 3U);
  const Json& example = page["items"][0];
  EXPECT_EQ(example["label"], "neutral");
  EXPECT_EQ(example["history"][0], Json({"Who?", "Emma."}));
  EXPECT_EQ(example["parts"]["hypothesis"], "It rains.");
  EXPECT_LT(example["parts"]["premise"].get<std::string>().size(), 1600U);
  EXPECT_EQ(page["unreadable"], 1);
}

TEST_F(Dashboard, SaysThatAnArtifactHoldsNothingToRead) {
  const Response pictures = get("/api/samples", {{"artifact", fixture().report}});
  EXPECT_EQ(pictures.status, 404);
  EXPECT_THAT(pictures.body, HasSubstr("holds no documents, examples or texts"));
  const Response texts = get("/api/samples", {{"artifact", fixture().books}, {"of", "texts"}});
  EXPECT_EQ(texts.status, 404);
  EXPECT_EQ(get("/api/samples", {{"artifact", fixture().books}, {"offset", "-1"}}).status, 400);
  EXPECT_EQ(get("/api/samples", {{"artifact", fixture().books}, {"offset", "10001"}}).status, 400);
}

TEST_F(Dashboard, ServesAPictureOfAnArtifact) {
  const Response response = get("/image/" + fixture().records + "/" + fixture().image_file);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/bmp");
}

TEST_F(Dashboard, ServesOnlyFilesThatTheStoreRecorded) {
  const std::string base = "/image/" + fixture().records + "/";
  std::ofstream(artifact_path(world_->pool.paths(), fixture().records).parent_path() / "secret.bmp")
      << "BM";
  for (const std::string& path :
       {base + "../secret.bmp", base + "images/../../secret.bmp", base + "/etc/passwd",
        base + "nosuch.jpg", base + std::string("images/000000.bmp\0.txt", 22),
        std::string("/image/../../store.db"), std::string("/file/") + std::string(64, 'a') + "/x",
        "/image/" + fixture().records.substr(0, 63) + "/" + fixture().image_file,
        std::string("/file//etc/passwd")}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(Dashboard, SendsOtherFilesAsAttachments) {
  const Response html = get("/image/" + fixture().report + "/report.html");
  EXPECT_EQ(html.content_type, "application/octet-stream");
  const auto header = std::find_if(html.headers.begin(), html.headers.end(),
                                   [](const auto& h) { return h.first == "Content-Disposition"; });
  ASSERT_NE(header, html.headers.end());
  EXPECT_EQ(header->second, "attachment; filename=\"report.html\"");
  EXPECT_EQ(get("/file/" + fixture().records + "/images.jsonl", {{"view", "1"}}).content_type,
            "text/plain; charset=utf-8");
}

TEST_F(Dashboard, ShowsReportsWithoutScripts) {
  const Response html = get("/report-page/" + fixture().report + "/report.html");
  EXPECT_EQ(html.content_type, "text/html; charset=utf-8");
  const auto policy = std::find_if(html.headers.begin(), html.headers.end(), [](const auto& h) {
    return h.first == "Content-Security-Policy";
  });
  ASSERT_NE(policy, html.headers.end());
  EXPECT_TRUE(policy->second.starts_with("sandbox "));
  EXPECT_THAT(policy->second, testing::Not(HasSubstr("allow-scripts")));
}

TEST_F(Dashboard, NamesADamagedPicture) {
  const auto root = world_->pool.paths();
  const Json page = api("artifacts/" + fixture().captions);
  EXPECT_EQ(page["files"].size(), 2U);
  const auto file = artifact_path(root, fixture().captions) / "captions.json";
  const auto folder = file.parent_path();
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::filesystem::rename(file, folder / "away");
  const Response response = get("/file/" + fixture().captions + "/captions.json");
  std::filesystem::rename(folder / "away", file);
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("unimo verify"));
}

TEST_F(Dashboard, AnswersUnchangedWhileTheStoreIs) {
  Json first = api("runs");
  // The stamp is withheld while the store might still change within its clock's tick.
  for (int i = 0; i < 200 && first["stamp"] == ""; ++i) first = api("runs");
  if (first["stamp"] == "") GTEST_SKIP() << "the file system's clock runs ahead of the system's";
  const Json again = api("runs", {{"since", first["stamp"]}});
  EXPECT_EQ(again["unchanged"], true);
  EXPECT_FALSE(again.contains("runs"));
}

TEST_F(Dashboard, AnswersPagesForEveryView) {
  for (const char* path : {"/", "/runs", "/runs/x", "/compare", "/lineage", "/gallery", "/samples",
                           "/rewrites", "/report", "/system", "/artifacts/x"}) {
    const Response response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8") << path;
  }
  EXPECT_EQ(get("/nosuch").status, 404);
  EXPECT_EQ(get("/runs/a/b").status, 404);
}

TEST_F(Dashboard, ForbidsForeignPages) {
  Request request{.method = "GET",
                  .path = "/api/runs",
                  .headers = {{"host", "localhost:80"}, {"origin", "https://evil.example"}}};
  EXPECT_EQ(world_->router.answer(request).status, 403);
  request.headers["origin"] = "http://localhost:80";
  EXPECT_EQ(world_->router.answer(request).status, 200);
}

TEST_F(Dashboard, AsksForTheToken) {
  const Router guarded({world_->pool, world_->graphs, world_->galleries},
                       {.token = "abcdefghijklmnop"});
  Request request{.method = "GET", .path = "/api/runs", .headers = {{"host", "10.0.0.1:8080"}}};
  EXPECT_EQ(guarded.answer(request).status, 401);
  request.headers["cookie"] = "other=1; unimo_token=wrong";
  EXPECT_EQ(guarded.answer(request).status, 401);
  request.headers["cookie"] = "other=1; unimo_token=abcdefghijklmnop";
  EXPECT_EQ(guarded.answer(request).status, 200);
  request.headers = {{"host", "10.0.0.1:8080"}, {"authorization", "Bearer abcdefghijklmnop"}};
  EXPECT_EQ(guarded.answer(request).status, 200);
  request.headers = {{"host", "10.0.0.1:8080"}};
  request.params = {{"token", "abcdefghijklmnop"}};
  EXPECT_EQ(guarded.answer(request).status, 303);
}

}  // namespace
}  // namespace unimo::web
