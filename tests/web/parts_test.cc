// The parts that need neither a store nor a socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "web/api.h"
#include "web/artifact_file.h"
#include "web/assets.h"
#include "web/graph.h"
#include "web/routes.h"
#include "web/task_edges.h"
#include "web/thin.h"

namespace unimo::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Thin, KeepsEveryPeak) {
  std::vector<MetricPoint> points;
  for (std::int64_t i = 0; i < 100'000; ++i)
    points.push_back({i, i, std::sin(static_cast<double>(i))});
  points[70'001].value = 99;
  points[30'003].value = -99;
  const auto kept = thin(points, 2000);
  EXPECT_LE(kept.size(), 2000U);
  EXPECT_GE(kept.size(), 1900U);
  EXPECT_EQ(kept.front().step, 0);
  EXPECT_EQ(kept.back().step, 99'999);
  const auto has = [&kept](std::int64_t step) {
    return std::any_of(kept.begin(), kept.end(),
                       [step](const MetricPoint& p) { return p.step == step; });
  };
  EXPECT_TRUE(has(70'001));
  EXPECT_TRUE(has(30'003));
}

TEST(Thin, KeepsTheOrder) {
  std::vector<MetricPoint> points;
  for (std::int64_t i = 0; i < 5000; ++i)
    points.push_back({i * 3, 0, static_cast<double>((i * 7919) % 101)});
  const auto kept = thin(points, 100);
  EXPECT_TRUE(
      std::is_sorted(kept.begin(), kept.end(),
                     [](const MetricPoint& a, const MetricPoint& b) { return a.step < b.step; }));
}

TEST(Thin, KeepsAGapWhereThereIsNoNumber) {
  std::vector<MetricPoint> points(1000);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].step = static_cast<std::int64_t>(i);
    if (i < 400 || i > 600) points[i].value = 1.0;
  }
  const auto kept = thin(points, 50);
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const MetricPoint& p) { return !p.value; }));
}

TEST(Thin, LeavesShortHistoriesAlone) {
  const std::vector<MetricPoint> points(7);
  EXPECT_EQ(thin(points, 2000).size(), 7U);
}

TEST(Escape, LeavesNothingThatIsMarkup) {
  EXPECT_EQ(escape_markup("<script>alert('x')</script> & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;");
  EXPECT_EQ(escape_markup(std::string("a\0b\x1f", 4)), "a b ");
}

TEST(Escape, KeepsAQueryValueInOnePiece) {
  EXPECT_EQ(escape_query("finetune[task=vqa]&a b"), "finetune%5Btask%3Dvqa%5D%26a%20b");
}

TEST(Graph, DrawsBoxesWithEscapedNames) {
  GraphDrawer drawer;
  Graph graph{.label = "two tasks",
              .nodes = {{.title = "<b>", .subtitle = "x", .css = "state-running", .symbol = "▶"},
                        {.title = "second",
                         .css = "state-failed",
                         .href = "/runs/1?tab=tasks&task=\"x\"",
                         .symbol = "✕"}},
              .edges = {{0, 1, ""}}};
  const auto svg = drawer.svg(graph);
  ASSERT_TRUE(svg) << svg.error().message;
  EXPECT_THAT(*svg, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(*svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(*svg, HasSubstr("class=\"node state-running\""));
  EXPECT_THAT(*svg, HasSubstr("href=\"/runs/1?tab=tasks&amp;task=&quot;x&quot;\""));
  EXPECT_THAT(*svg, HasSubstr("class=\"edge "));
}

TEST(Graph, MakesRoomForLongNames) {
  GraphDrawer drawer;
  Graph graph{.nodes = {{.title = "finetune_retrieval"}, {.title = "finetune_multiple_choice"}}};
  const auto svg = drawer.svg(graph);
  ASSERT_TRUE(svg) << svg.error().message;
  EXPECT_THAT(*svg, HasSubstr(">finetune_retrieval<"));
  EXPECT_THAT(*svg, HasSubstr(">finetune_multiple_choice<"));
  graph.nodes[0].title = std::string(200, 'x');
  EXPECT_THAT(*drawer.svg(graph), HasSubstr("xx…<"));
}

TEST(Graph, SaysWhenThereIsTooMuchToDraw) {
  GraphDrawer drawer;
  Graph graph;
  graph.nodes.resize(kMostGraphNodes + 1);
  const auto svg = drawer.svg(graph);
  ASSERT_FALSE(svg);
  EXPECT_THAT(svg.error().message, HasSubstr("201 boxes"));
}

TEST(TaskEdges, JoinTasksOfTheSameCell) {
  const std::vector<DrawnTask> tasks = {
      {1, "pretrain", "pretrain", "pretrain", "succeeded", Json::object()},
      {2, "finetune[task=a]", "finetune", "finetune", "pending", {{"task", "a"}}},
      {3, "finetune[task=b]", "finetune", "finetune", "pending", {{"task", "b"}}},
      {4, "predict[task=a]", "predict", "predict", "pending", {{"task", "a"}}},
      {5, "report", "report", "report", "pending", Json::object()}};
  const Json resolved = {
      {"stages",
       {{"finetune", {{"inputs", {{"checkpoint", "pretrain"}, {"raw", "/data/x"}}}}},
        {"predict", {{"inputs", {{"checkpoint", "finetune[task=${task}]/model"}}}}},
        {"report", {{"inputs", {{"scores", {"predict", "finetune[task=b]"}}}}}}}}};
  EXPECT_THAT(
      foreseen_edges(resolved, tasks, {2, 3, 4, 5}),
      ElementsAre(TaskEdge{1, 2}, TaskEdge{1, 3}, TaskEdge{2, 4}, TaskEdge{4, 5}, TaskEdge{3, 5}));
}

TEST(TaskEdges, SurviveAnExperimentThatCannotBeRead) {
  const std::vector<DrawnTask> tasks = {{1, "a", "a", "a", "pending", Json::object()}};
  for (const Json& resolved : {Json(), Json(3), Json{{"stages", 3}}, Json{{"stages", {{"a", 3}}}},
                               Json{{"stages", {{"a", {{"inputs", 3}}}}}}}) {
    EXPECT_TRUE(foreseen_edges(resolved, tasks, {1}).empty()) << resolved.dump();
  }
}

TEST(Host, AllowsOnlyNamesThatCannotBeRebound) {
  const AccessRules rules{.hosts = {"lab.example"}};
  for (const char* good : {"localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1:9",
                           "[::1]:8080", "10.1.2.3", "lab.example:80"}) {
    EXPECT_TRUE(host_allowed(good, rules)) << good;
  }
  for (const char* bad : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                          "1.2.3", "[::1", "evil.example:8080"}) {
    EXPECT_FALSE(host_allowed(bad, rules)) << bad;
  }
}

TEST(CommitLink, NamesThePageOfACommit) {
  EXPECT_EQ(commit_link("git@github.com:a/b.git", "12"), "https://github.com/a/b/commit/12");
  EXPECT_EQ(commit_link("https://user:secret@gitlab.com/a/b.git", "12"),
            "https://gitlab.com/a/b/commit/12");
}

TEST(CommitLink, NeverLeadsElsewhere) {
  for (const char* remote : {"", "/srv/git/a.git", "javascript:alert(1)",
                             "https://github.com.evil.example/a/b", "git@github.com"}) {
    EXPECT_EQ(commit_link(remote, "12"), "") << remote;
  }
}

TEST(ImageType, GoesByTheBytes) {
  EXPECT_EQ(image_type("\xFF\xD8\xFF\xE0"), "image/jpeg");
  EXPECT_EQ(image_type("<svg xmlns="), "");
  EXPECT_EQ(image_type("<html>"), "");
  EXPECT_EQ(image_type(""), "");
}

TEST(Assets, AreEmbeddedWhole) {
  const Asset* page = find_asset("index.html");
  ASSERT_NE(page, nullptr);
  EXPECT_TRUE(page->bytes.starts_with("<!doctype html>"));
  EXPECT_TRUE(page->bytes.ends_with("</html>\n"));
  ASSERT_NE(find_asset("dygraph.min.js"), nullptr);
  ASSERT_NE(find_asset("Inter-Regular.otf"), nullptr);
  EXPECT_EQ(find_asset("../index.html"), nullptr);
}

TEST(Assets, LoadNothingFromElsewhere) {
  for (const Asset& asset : assets()) {
    if (asset.content_type.find("font") != std::string_view::npos ||
        asset.name.starts_with("dygraph"))
      continue;
    std::string text(asset.bytes);
    for (const char* name : {"http://www.w3.org/2000/svg"}) {
      for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
        text.erase(at, 26);
    }
    EXPECT_EQ(text.find("http://"), std::string::npos) << asset.name;
    EXPECT_EQ(text.find("https://"), std::string::npos) << asset.name;
    EXPECT_EQ(text.find("innerHTML"), std::string::npos)
        << asset.name << ": texts would become markup";
  }
}

}  // namespace
}  // namespace unimo::web
