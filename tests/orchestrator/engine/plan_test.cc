#include "orchestrator/engine/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "orchestrator/engine/readiness.h"
#include "tests/orchestrator/engine/test_schemas.h"

namespace unimo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Plan> try_plan(const std::string& yaml, const PlanOptions& options = {}) {
  const auto experiment = parse_experiment(yaml, "test.yaml");
  if (!experiment) return tl::unexpected(experiment.error());
  static const SchemaTable kTable = test::schema_table();
  return make_plan(*experiment, kTable, options);
}

Plan plan(const std::string& yaml, const PlanOptions& options = {}) {
  auto made = try_plan(yaml, options);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : Plan{};
}

std::string mistakes(const std::string& yaml) {
  const auto made = try_plan(yaml);
  EXPECT_FALSE(made);
  return made ? std::string() : made.error().message;
}

std::vector<std::string> names(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlannedTask& task : plan.tasks) names.push_back(plan.name(task));
  return names;
}

// "input: task, task" of the task of that name.
std::string inputs(const Plan& plan, const std::string& name) {
  std::string text;
  for (const PlannedTask& task : plan.tasks) {
    if (plan.name(task) != name) continue;
    for (const PlannedInput& input : plan.inputs_of(task)) {
      const PlannedSource& source = plan.sources[input.source];
      text += plan.input_names[input.name] + ":";
      if (source.group == PlannedSource::kRaw) {
        text += " " + source.label;
      } else {
        for (const std::uint32_t from : plan.groups[source.group].tasks)
          text += " " + plan.name(plan.tasks[from]);
      }
      if (!source.sub_path.empty()) text += " /" + source.sub_path;
      text += "; ";
    }
  }
  return text;
}

TEST(Plan, OrdersStagesByWhatTheyNeed) {
  EXPECT_THAT(names(plan(R"(experiment: x
stages:
  last: {kind: join, inputs: {from: [middle, first]}}
  middle: {kind: use, inputs: {from: first}}
  first: {kind: make}
)")),
              ElementsAre("first", "middle", "last"));
}

TEST(Plan, ExpandsMatricesAndShardsInOrder) {
  EXPECT_THAT(
      names(plan(R"(experiment: x
stages:
  train: {kind: make, matrix: {task: [vqa, cola], seed: [1, 2]}, params: {text: "${task}"}}
  regions: {kind: split, shards: 2, matrix: {size: [5]}, params: {size: "${size}"}}
)")),
      ElementsAre("train[task=vqa,seed=1]", "train[task=vqa,seed=2]", "train[task=cola,seed=1]",
                  "train[task=cola,seed=2]", "regions[size=5,shard=0]", "regions[size=5,shard=1]"));
}

TEST(Plan, FillsParametersForEachCellOnce) {
  const Plan made = plan(R"(experiment: x
stages:
  train: {kind: make, matrix: {task: [vqa, cola], seed: [1, 2, 3]}, params: {text: "t-${task}", optimizer: {lr: 1}}}
)");
  ASSERT_EQ(made.params.size(), 2U);
  EXPECT_EQ(made.params[0]["text"], "t-vqa");
  EXPECT_EQ(made.params[0]["optimizer"], Json::parse(R"({"lr": 1.0, "warmup": 3})"));
  EXPECT_EQ(made.tasks[5].seed, 3U);
  EXPECT_EQ(made.cell(made.tasks[5]), Json::parse(R"({"task": "cola", "seed": 3})"));
}

TEST(Plan, ResolvesInputsPerCell) {
  const Plan made = plan(R"(experiment: x
stages:
  ingest_vqa: {kind: make}
  ingest_cola: {kind: make}
  tune: {kind: use, matrix: {task: [vqa, cola], seed: [1, 2]}, inputs: {from: "ingest_${task}"}}
  score: {kind: join, matrix: {task: [vqa, cola]}, inputs: {from: "tune[task=${task}]/sub", more: "tune[seed=2,task=vqa]"}}
  report: {kind: join, inputs: {from: tune}}
)");
  EXPECT_EQ(inputs(made, "tune[task=cola,seed=2]"), "from: ingest_cola; ");
  EXPECT_EQ(
      inputs(made, "score[task=cola]"),
      "from: tune[task=cola,seed=1] tune[task=cola,seed=2] /sub; more: tune[task=vqa,seed=2]; ");
  EXPECT_EQ(inputs(made, "report"),
            "from: tune[task=vqa,seed=1] tune[task=vqa,seed=2] tune[task=cola,seed=1] "
            "tune[task=cola,seed=2]; ");
}

TEST(Plan, SelectsShardsAndComparesNumbersByValue) {
  const Plan made = plan(R"(experiment: x
stages:
  s: {kind: split, shards: 3, matrix: {lr: [1e-4, 2e-4]}, params: {optimizer: {lr: "${lr}"}}}
  a: {kind: use, inputs: {from: "s[lr=0.0001,shard=2]"}}
  b: {kind: join, inputs: {from: "s[lr=2e-4]"}}
)");
  EXPECT_EQ(inputs(made, "a"), "from: s[lr=0.0001,shard=2]; ");
  EXPECT_EQ(inputs(made, "b"),
            "from: s[lr=0.0002,shard=0] s[lr=0.0002,shard=1] s[lr=0.0002,shard=2]; ");
}

TEST(Plan, GivesEachTaskItsSeed) {
  const Plan made = plan(R"(experiment: x
seed: 9
stages:
  a: {kind: make}
  b: {kind: make, seed: 4}
  c: {kind: make, matrix: {n: [7]}, seed: "${n}"}
  d: {kind: make, matrix: {seed: [8]}}
)");
  std::vector<std::uint64_t> seeds;
  for (const PlannedTask& task : made.tasks) seeds.push_back(task.seed);
  EXPECT_THAT(seeds, ElementsAre(9U, 4U, 7U, 8U));
}

TEST(Plan, ReportsAllMistakesWithTheirLines) {
  const std::string text = mistakes(R"(experiment: x
stages:
  a: {kind: mak}
  b:
    kind: make
    shards: 2
    params:
      optimizer:
        lrr: 1
        lr: -1
      size: big
    inputs: {from: a}
  c: {kind: use, resources: {coers: 1}}
  d: {kind: make, matrix: {z: [1, 2]}}
  e: {kind: join, inputs: {form: d}}
  f: {kind: use, inputs: {from: d}}
  g: {kind: join, inputs: {from: "d[y=1]", more: ["d[z=3]", {path: no/such/file}]}}
  h: {kind: split, retries: -3}
)");
  for (const char* expected : {
           "test.yaml:3: a.kind: there is no kind \"mak\", did you mean make?",
           "test.yaml:6: b.shards: the kind make cannot be split",
           "test.yaml:9: b.optimizer.lrr: unknown key \"lrr\", did you mean lr?",
           "test.yaml:10: b.optimizer.lr: -1 is out of range, must be > 0",
           "test.yaml:11: b.size: \"big\" is not a whole number",
           "test.yaml:12: b.inputs.from: the kind make takes no inputs",
           "test.yaml:13: c.inputs: the kind use needs the input \"from\"",
           "test.yaml:13: c.resources.coers: unknown key \"coers\", did you mean cores?",
           "test.yaml:14: d.matrix.z: no parameter, input or seed of the stage uses ${z}",
           "test.yaml:15: e.inputs.form: unknown key \"form\", did you mean from?",
           "test.yaml:16: f.inputs.from: the kind use takes one artifact here, but \"d\" has 2",
           "test.yaml:17: g.inputs.from: d: unknown key \"y\", did you mean z?",
           "test.yaml:17: g.inputs.more[0]: d has no task with z=3; its values: 1, 2",
           "test.yaml:17: g.inputs.more[1]: ",
           "test.yaml:18: h.retries: -3 is out of range",
       }) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
}

TEST(Plan, PrintsACircleAndStillChecksParameters) {
  const std::string text = mistakes(R"(experiment: x
stages:
  a: {kind: use, inputs: {from: c}}
  b: {kind: use, inputs: {from: a}, params: {sise: 1}}
  c: {kind: use, inputs: {from: b}}
)");
  EXPECT_THAT(text, HasSubstr("circle: a -> c -> b -> a"));
  EXPECT_THAT(text, HasSubstr("test.yaml:4: b.sise: unknown key \"sise\", did you mean size?"));
}

TEST(Plan, SuggestsTheStageThatWasMeant) {
  EXPECT_THAT(
      mistakes(
          "experiment: x\nstages:\n  pack: {kind: make}\n  b: {kind: use, inputs: {from: pak}}\n"),
      HasSubstr("test.yaml:4: b.inputs.from: there is no stage \"pak\", did you mean pack?"));
}

TEST(Plan, KeepsOnlyTheTargetsAndWhatTheyNeed) {
  const std::string yaml =
      "experiment: x\nstages:\n  a: {kind: make}\n  b: {kind: use, inputs: {from: a}}\n  c: {kind: "
      "make}\n";
  EXPECT_THAT(names(plan(yaml, {.targets = {"b"}})), ElementsAre("a", "b"));
  EXPECT_THAT(try_plan(yaml, {.targets = {"bb"}}).error().message, HasSubstr("did you mean b?"));
}

TEST(Plan, FindsRawPathsFromTheWorkingDirectory) {
  const TempDir folder = std::move(*TempDir::make("plan"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "data.txt", "x"));
  const Plan made =
      plan("experiment: x\nstages:\n  a: {kind: join, inputs: {from: {path: ./data.txt}}}\n",
           {.directory = folder.path()});
  EXPECT_EQ(made.sources[0].raw_path, folder.path() / "data.txt");
}

TEST(Readiness, WakesOnlyWhatBecameReady) {
  const Plan made = plan(R"(experiment: x
stages:
  a: {kind: make, matrix: {seed: [1, 2]}}
  b: {kind: use, matrix: {seed: [1, 2]}, inputs: {from: "a[seed=${seed}]"}}
  c: {kind: join, inputs: {from: b}}
)");
  Readiness readiness(made);
  EXPECT_THAT(readiness.initially_ready(), ElementsAre(0U, 1U));
  EXPECT_THAT(readiness.done(1), ElementsAre(3U));
  EXPECT_THAT(readiness.done(3), ElementsAre());
  EXPECT_THAT(readiness.done(0), ElementsAre(2U));
  EXPECT_THAT(readiness.done(2), ElementsAre(4U));
  EXPECT_THAT(readiness.dependents(1), ElementsAre(3U, 4U));
}

}  // namespace
}  // namespace unimo
