#include "stages/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/job.h"
#include "stages/report/published.h"
#include "stages/report/report_html.h"
#include "stages/report/report_model.h"
#include "stages/report/report_text.h"
#include "stages/schema/report.h"

namespace unimo::stages {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json retrieval_scores(const std::string& label, double r10, const std::string& signature = "s1") {
  return {{"format", "unimo.scores"},
          {"version", 1},
          {"task", "flickr30k"},
          {"split", "val"},
          {"label", label},
          {"metrics", {{"image_to_text_r10", r10}, {"mean_recall", r10 / 2}, {"chance_r10", 1.0}}},
          {"signature", signature}};
}

Json caption_scores() {
  return {{"format", "unimo.scores"},
          {"version", 1},
          {"task", "coco_caption"},
          {"split", "val"},
          {"label", "UNIMO"},
          {"metrics", {{"bleu4", 14.04}, {"cider", 30.8}, {"cider_shuffled", 7.8}}},
          {"signature", "c"}};
}

Json published() { return parse_json(published_json(), "published.json").value(); }

Report built(const std::vector<ScoresInput>& inputs) {
  auto report = build_report("Results", "", inputs, published());
  EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
  return *std::move(report);
}

std::string error_of(const Json& scores) {
  const std::vector<ScoresInput> inputs = {{scores, Json::object(), "x/scores.json"}};
  const auto report = build_report("", "", inputs, published());
  return report ? "" : report.error().message;
}

}  // namespace

TEST(Report, PutsOurRowsBeforeThePublishedOnes) {
  const Report report = built({{retrieval_scores("UNIMO", 39.06), Json::object(), ""}});
  ASSERT_EQ(report.tables.size(), 1U);
  const auto& groups = report.tables[0].groups;
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].rows[0].label, "UNIMO");
  EXPECT_EQ(groups[1].rows.back().label, "UNIMO-large");
  EXPECT_EQ(groups[2].rows[0].metrics.at("image_to_text_r10"), 30.3);
  EXPECT_THAT(groups[1].note, HasSubstr("Comparable only"));
}

TEST(Report, KeepsThePublishedNumbersOfThePaper) {
  const Json document = published();
  const Json& rows = document["groups"][0]["rows"];
  ASSERT_EQ(rows.size(), 9U);
  EXPECT_EQ(rows[8]["metrics"]["text_to_image_r1"], 78.04);
  EXPECT_EQ(rows[8]["metrics"]["image_to_text_r10"], 99.80);
  EXPECT_EQ(document["groups"][2]["rows"][4]["metrics"]["cider"], 127.7);
}

TEST(Report, HasATableForEachTaskThatWasScored) {
  const Report report = built({{caption_scores(), Json::object(), ""},
                               {retrieval_scores("CCA", 33.5), Json::object(), ""}});
  ASSERT_EQ(report.tables.size(), 2U);
  EXPECT_EQ(report.tables[0].task, "flickr30k");
  EXPECT_EQ(report.tables[1].task, "coco_caption");
}

TEST(Report, LeavesOutColumnsThatNoRowHas) {
  const Report report = built({{caption_scores(), Json::object(), ""}});
  std::vector<std::string> metrics;
  for (const auto& column : report.tables[0].columns) metrics.push_back(column.metric);
  EXPECT_EQ(metrics, (std::vector<std::string>{"bleu4", "cider", "cider_shuffled"}));
}

TEST(Report, AddsTheMeanOfRepetitionsWithOtherSeeds) {
  const Report report = built({{retrieval_scores("UNIMO", 40), {{"seed", 1}}, ""},
                               {retrieval_scores("CCA", 30), Json::object(), ""},
                               {retrieval_scores("UNIMO", 42), {{"seed", 2}}, ""}});
  const auto& rows = report.tables[0].groups[0].rows;
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].detail, "val, seed 1");
  EXPECT_EQ(rows[1].detail, "val, seed 2");
  EXPECT_DOUBLE_EQ(rows[2].metrics.at("image_to_text_r10"), 41);
  EXPECT_NEAR(rows[2].deviations.at("image_to_text_r10"), 1.41421356, 1e-8);
  EXPECT_EQ(rows[3].label, "CCA");
}

TEST(Report, MarksRowsThatWereScoredOtherwise) {
  const Report report = built({{retrieval_scores("UNIMO", 40, "ties:a"), Json::object(), ""},
                               {retrieval_scores("UNIMO", 99, "ties:b"), Json::object(), ""}});
  const auto& group = report.tables[0].groups[0];
  ASSERT_EQ(group.rows.size(), 2U) << "rows of two signatures must not be averaged";
  EXPECT_EQ(group.rows[0].mark, "a");
  EXPECT_EQ(group.rows[1].mark, "b");
  EXPECT_THAT(group.note, HasSubstr("only rows with the same mark"));
}

TEST(Report, WritesNumbersAsMarkdown) {
  const std::string text =
      report_markdown(built({{retrieval_scores("UNI|MO", 39.0625), Json::object(), ""}}));
  EXPECT_THAT(text, AllOf(HasSubstr("| UNI\\|MO (val) [a] |  |  | 39.06 |"),
                          HasSubstr("| Kernel CCA | 8.3 |"), HasSubstr("| UNIMO-large | 89.40 |"),
                          HasSubstr("`s1`")));
}

TEST(Report, EscapesWhatUsersWrite) {
  Report report = built({{retrieval_scores("<b>&", 39), Json::object(), ""}});
  report.title = "a < b";
  report.notes = "one\n\n<script>";
  const std::string page = report_html(report);
  EXPECT_THAT(page, AllOf(HasSubstr("&lt;b&gt;&amp;"), HasSubstr("<title>a &lt; b</title>"),
                          HasSubstr("<p>one</p>"), HasSubstr("<p>&lt;script&gt;</p>"),
                          Not(HasSubstr("<script"))));
}

TEST(Report, LoadsNothingFromElsewhere) {
  const std::string page =
      report_html(built({{retrieval_scores("UNIMO", 39), Json::object(), ""}}));
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("http")), Not(HasSubstr("src=")), Not(HasSubstr("@import")),
                    HasSubstr("prefers-color-scheme: dark"), HasSubstr("width=device-width")));
}

TEST(Report, RefusesWhatIsNoScores) {
  EXPECT_THAT(error_of(Json::array()), HasSubstr("x/scores.json: not scores"));
  Json scores = retrieval_scores("UNIMO", 1);
  scores["version"] = 2;
  EXPECT_THAT(error_of(scores), HasSubstr("version 1"));
  scores = retrieval_scores("UNIMO", 1);
  scores["task"] = "chess";
  EXPECT_THAT(error_of(scores), HasSubstr("\"chess\""));
  scores = retrieval_scores("UNIMO", 1);
  scores["metrics"]["mean_recall"] = "high";
  EXPECT_THAT(error_of(scores), AllOf(HasSubstr("mean_recall"), HasSubstr("not a number")));
  scores.erase("label");
  EXPECT_THAT(error_of(scores), HasSubstr("\"label\" is missing"));
}

TEST(ReportStage, RefusesToReportNothing) {
  const TempDir root = TempDir::make("report_test").value();
  Job job;
  job.params = write_fields(ReportParams{});
  job.output = root.path();
  auto events = EventWriter::open(root.path() / "events.jsonl").value();
  StageContext context(job, events);
  const Status status = run_report(context);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("nothing to report"));
}

TEST(ReportStage, ShowsCountsBesideTheOfficialOnes) {
  const TempDir root = TempDir::make("report_test").value();
  ASSERT_TRUE(make_directories(root.path() / "sst2").has_value());
  const auto run = [&](const Json& statistics) {
    EXPECT_TRUE(write_json(root.path() / "sst2/statistics.json", statistics).has_value());
    Job job;
    job.params = write_fields(ReportParams{});
    job.inputs["records"] = {{.path = root.path() / "sst2", .label = "sst2"}};
    job.output = root.path();
    auto events = EventWriter::open(root.path() / "events.jsonl").value();
    StageContext context(job, events);
    return run_report(context);
  };
  const Status status = run({{"examples", {{"train", 67'349}, {"val", 870}}},
                             {"official",
                              {{"examples.val", {{"found", 870}, {"official", 872}}},
                               {"images", {{"found", 3}, {"official", 4}}}}},
                             {"quarantine", {{"bad_label", 2}}},
                             {"notes", Json::object()}});
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_THAT(
      read_file(root.path() / "report.md").value(),
      AllOf(
          HasSubstr("## Data"),
          HasSubstr("| | Found: train | Found: val | Found: all | Official: val | Official: all |"),
          HasSubstr("| sst2 (bad items) |  |  | 2 |  |  |"),
          HasSubstr("| sst2 (examples) | 67349 | 870 |  | 872 |  |"),
          HasSubstr("| sst2 (images) |  |  |  |  | 4 |")));
  EXPECT_THAT(read_file(root.path() / "report.html").value(), HasSubstr("Stage"));
  const Status other = run({{"examples", 3}});
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message, HasSubstr("sst2/statistics.json: not the statistics"));
}

TEST(ReportStage, WritesTheSameBytesTwiceWithoutNamingItsFolders) {
  const TempDir root = TempDir::make("report_test").value();
  ASSERT_TRUE(make_directories(root.path() / "scores").has_value());
  ASSERT_TRUE(write_json(root.path() / "scores/scores.json", caption_scores()).has_value());
  std::vector<std::string> outcomes;
  for (const char* name : {"first", "second"}) {
    ASSERT_TRUE(make_directories(root.path() / name).has_value());
    Job job;
    job.task = job.kind = "report";
    job.run = name;
    job.params = write_fields(ReportParams{.title = "Demo"});
    job.inputs["scores"] = {{.path = root.path() / "scores"}};
    job.output = root.path() / name;
    auto events = EventWriter::open(root.path() / "events.jsonl").value();
    StageContext context(job, events);
    const Status status = run_report(context);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    std::string bytes;
    for (const char* file : {"report.md", "report.html", "report.json"}) {
      bytes += read_file(job.output / file).value();
    }
    EXPECT_THAT(bytes, Not(HasSubstr(root.path().string())));
    outcomes.push_back(bytes);
  }
  EXPECT_EQ(outcomes[0], outcomes[1]);
  EXPECT_THAT(outcomes[0], AllOf(HasSubstr("# Demo"), HasSubstr("14.0"), HasSubstr("127.7")));
}

TEST(ReportStage, NamesTheScoresItCannotRead) {
  const TempDir root = TempDir::make("report_test").value();
  Job job;
  job.params = write_fields(ReportParams{});
  job.inputs["scores"] = {{.path = root.path() / "gone"}};
  job.output = root.path();
  auto events = EventWriter::open(root.path() / "events.jsonl").value();
  StageContext context(job, events);
  const Status status = run_report(context);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("gone/scores.json"));
}

TEST(ReportStage, ShowsWhatDecontaminateFound) {
  const TempDir root = TempDir::make("report_test").value();
  ASSERT_TRUE(make_directories(root.path() / "scores").has_value());
  ASSERT_TRUE(make_directories(root.path() / "leaks").has_value());
  ASSERT_TRUE(write_json(root.path() / "scores/scores.json", caption_scores()).has_value());
  const Json leaks = {{"format", "unimo.decontamination"},
                      {"version", 1},
                      {"thresholds", {{"words", 13}}},
                      {"checked", {{"pictures", 100}}},
                      {"removed", {{"pictures", 7}}},
                      {"leaks",
                       {{{"what", "pictures"},
                         {"reason", "looks_alike"},
                         {"corpus", "sbu"},
                         {"benchmark", "coco"},
                         {"count", 7}}}}};
  const auto run = [&](const Json& document) {
    EXPECT_TRUE(write_json(root.path() / "leaks/decontamination.json", document).has_value());
    Job job;
    job.params = write_fields(ReportParams{});
    job.inputs["scores"] = {{.path = root.path() / "scores"}};
    job.inputs["decontamination"] = {{.path = root.path() / "leaks"}};
    job.output = root.path();
    auto events = EventWriter::open(root.path() / "events.jsonl").value();
    StageContext context(job, events);
    return run_report(context);
  };
  const Status status = run(leaks);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_THAT(read_file(root.path() / "report.md").value(),
              AllOf(HasSubstr("## Decontamination"), HasSubstr("removed 7 pictures"),
                    HasSubstr("| sbu (pictures of coco, looks\\_alike) [a] | 7 |")));
  EXPECT_THAT(read_file(root.path() / "report.html").value(), HasSubstr("Corpus"));
  const Status other = run(caption_scores());
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message,
              AllOf(HasSubstr("decontamination.json"), HasSubstr("unimo.decontamination")));
}

}  // namespace unimo::stages
