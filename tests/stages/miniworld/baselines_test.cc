// No task of the mini-world may be solved without understanding it.
#include "stages/miniworld/baselines.h"

#include <algorithm>
#include <set>

#include "stages/miniworld/bag_models.h"
#include "tests/stages/miniworld/complete_world.h"

namespace unimo::stages {
namespace {

TEST(BagModels, LearnWhatOneWordDecides) {
  FeatureTable table;
  std::vector<BagExample> examples;
  for (int i = 0; i < 60; ++i) {
    examples.push_back({table.add({"the", i % 2 == 0 ? "good" : "bad", fmt::format("w{}", i % 7)}),
                        i % 2 == 0 ? 1 : 0});
  }
  const NaiveBayes bayes(examples, table.size(), 2);
  const LogisticRegression logistic(examples, table.size(), 2);
  for (const auto& [word, label] : std::map<std::string, int>{{"good", 1}, {"bad", 0}}) {
    EXPECT_EQ(bayes.predict(table.find({"the", word})), label);
    EXPECT_EQ(logistic.predict(table.find({"the", word})), label);
  }
  EXPECT_TRUE(table.find({"never seen"}).empty());
}

TEST(BagModels, LinearRegressionAddsUpWhatWordsAreWorth) {
  FeatureTable table;
  std::vector<BagScore> examples;
  for (int i = 0; i < 400; ++i) {
    std::vector<std::string> words;
    if (i % 2 == 0) words.emplace_back("two");
    if (i % 3 == 0) words.emplace_back("one");
    examples.push_back({table.add(words), (i % 2 == 0 ? 2.0 : 0) + (i % 3 == 0 ? 1.0 : 0)});
  }
  const LinearRegression model(examples, table.size());
  EXPECT_NEAR(model.predict(table.find({"one", "two"})), 3, 0.1);
  EXPECT_NEAR(model.predict({}), 0, 0.1);
}

TEST(Baselines, MeasureOnTheDevelopmentSplitWhatTrainingTaught) {
  Baselines baselines;
  baselines.declare({.name = "task", .views = {"bag of words"}});
  for (int i = 0; i < 40; ++i) {
    const bool good = i % 4 != 0;
    baselines.judge("task", {.split = i < 30   ? "train"
                                      : i < 36 ? "val"
                                               : "test",
                             .label = good ? "1" : "0",
                             .facts = "1",
                             .views = {{good ? "fine" : "poor"}}});
  }
  const Json row = baselines.table().at("tasks")[0];
  EXPECT_EQ(row.at("train"), 30);
  EXPECT_EQ(row.at("dev"), 6);
  EXPECT_EQ(row.at("systems").at("bag of words"), 100);
  EXPECT_EQ(row.at("systems").at("one word"), 100);
  EXPECT_NEAR(row.at("systems").at("majority").get<double>(), 83.33, 0.01);
  EXPECT_EQ(row.at("systems").at("facts"), row.at("systems").at("majority"));
}

// At the scale of the demo, with smaller pictures, which no text depends on.
TEST(Baselines, StayTenPointsBelowTheFactsInEveryTaskOfJudgement) {
  StageBench bench;
  const Status status =
      bench.run(run_miniworld, MiniWorld{.images = 1200,
                                         .val_images = 100,
                                         .test_images = 0,
                                         .image_size = 48,
                                         .texts = 0,
                                         .formats = {"coco", "flickr30k", "snli_ve", "vqa", "sst2",
                                                     "mnli", "cola", "stsb"}});
  ASSERT_TRUE(status) << status.error().message;
  const Json table = read_json(bench.output() / "baselines.json").value();
  std::set<std::string> judged;
  for (const Json& row : table.at("tasks")) {
    if (row.at("metric") == "word_f1") continue;
    const auto task = row.at("task").get<std::string>();
    judged.insert(task);
    const double facts = row.at("systems").at("facts").get<double>();
    EXPECT_GE(facts, 85) << task;
    EXPECT_TRUE(row.at("systems").contains("bag of words")) << task;
    for (const auto& [system, value] : row.at("systems").items()) {
      if (system != "facts") {
        EXPECT_LE(value.get<double>(), facts - 10) << task << " " << system;
      }
    }
  }
  EXPECT_EQ(judged, (std::set<std::string>{"cola", "mnli", "mnli mismatched", "snli_ve", "sst2",
                                           "stsb", "vqa"}));
  const std::string page = read_file(bench.output() / "baselines.md").value();
  EXPECT_NE(page.find("| mnli | accuracy | 400 |"), std::string::npos) << page;
}

}  // namespace
}  // namespace unimo::stages
