#include "tests/web/fixture_pipeline.h"

#include <fmt/format.h>

namespace unimo::web {
namespace {

Json finetune_params(const std::string& task, double lr) {
  return {{"task", task},
          {"epochs", 5},
          {"batch_size", 64},
          {"optimizer", {{"lr", lr}, {"weight_decay", 0.01}, {"warmup", 0.06}}}};
}

}  // namespace

std::vector<PlannedFixtureTask> fixture_pipeline(double lr) {
  std::vector<PlannedFixtureTask> plan = {
      {"flickr",
       "flickr",
       "ingest.flickr",
       {},
       {{"val_images", 4}, {"test_images", 8}},
       {{"raw", "/data/flickr8k"}},
       3},
      {"books", "books", "ingest.books", {}, {{"min_words", 4}}, {{"raw", "/data/books"}}, 2},
      {"regions",
       "regions",
       "regions.windows",
       {},
       {{"windows", 36}, {"feature_size", 256}},
       {{"images", "flickr"}},
       22},
      {"pack",
       "pack",
       "pack",
       {},
       {{"vocabulary", 8000}, {"negatives", 4}},
       {{"pairs", "flickr"}, {"regions", "regions"}, {"texts", "books"}},
       4},
      {"pretrain",
       "pretrain",
       "pretrain",
       {},
       {{"model", {{"layers", 6}, {"width", 256}}},
        {"steps", 6000},
        {"optimizer", {{"lr", lr}, {"weight_decay", 0.01}}}},
       {{"data", "pack"}},
       96}};
  for (const std::string task : {"caption", "retrieval"}) {
    const Json cell = {{"task", task}};
    const auto named = [&task](const char* stage) {
      return fmt::format("{}[task={}]", stage, task);
    };
    plan.push_back({named("finetune"),
                    "finetune",
                    "finetune",
                    cell,
                    finetune_params(task, lr / 5),
                    {{"checkpoint", "pretrain"}, {"data", "pack"}},
                    31});
    plan.push_back({named("predict"),
                    "predict",
                    "predict",
                    cell,
                    {{"task", task}, {"beam", 5}},
                    {{"checkpoint", named("finetune")}, {"data", "pack"}},
                    6});
    plan.push_back({named("score"),
                    "score",
                    "score",
                    cell,
                    {{"task", task}},
                    {{"predictions", named("predict")}, {"references", "flickr"}},
                    1});
  }
  plan.push_back({"report",
                  "report",
                  "report",
                  {},
                  {{"title", "Flickr8k"}},
                  {{"scores", "score[task=caption]"}, {"scores", "score[task=retrieval]"}},
                  1});
  return plan;
}

Json resolved_experiment(const std::vector<PlannedFixtureTask>& plan) {
  Json stages = Json::object();
  for (const PlannedFixtureTask& item : plan) {
    Json& stage = stages[item.stage];
    stage["kind"] = item.kind;
    stage["params"] = item.params;
    Json inputs = Json::object();
    for (const PlannedInput& input : item.inputs) {
      const std::size_t bracket = input.from.find('[');
      std::string text = input.from.substr(0, bracket);
      if (bracket != std::string::npos && item.kind != "report") text += "[task=${task}]";
      inputs[input.name] = text;
    }
    stage["inputs"] = std::move(inputs);
  }
  return {{"experiment", "flickr8k_small"}, {"seed", 1}, {"stages", std::move(stages)}};
}

}  // namespace unimo::web
