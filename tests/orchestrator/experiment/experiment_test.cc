#include "orchestrator/experiment/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"

namespace unimo {
namespace {

using testing::HasSubstr;

Experiment read(std::string_view text, const std::vector<std::string>& overrides = {}) {
  auto experiment = parse_experiment(text, "demo.yaml", overrides);
  EXPECT_TRUE(experiment) << experiment.error().message;
  EXPECT_TRUE(!experiment || experiment->status()) << experiment->status().error().message;
  return experiment ? *experiment : Experiment{};
}

std::string mistakes_of(std::string_view text) {
  const auto experiment = parse_experiment(text, "demo.yaml");
  if (!experiment) return experiment.error().message;
  EXPECT_FALSE(experiment->status());
  return experiment->status() ? std::string() : experiment->status().error().message;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

TEST(Experiment, ReadsStagesInWrittenOrder) {
  const Experiment experiment = read(R"(
experiment: demo
description: two stages
seed: 3
defaults: {retries: 2, timeout_s: 60, resources: {cores: 2}}
stages:
  zebra: {kind: make, params: {size: 1}}
  apple:
    kind: use
    inputs: {from: zebra/sub/path, more: [zebra, {path: data/x}]}
    shards: 4
    retries: 0
    resources: {memory_mb: 10}
    matrix: {task: [vqa, cola], seed: [1, 2]}
)");
  EXPECT_EQ(experiment.name, "demo");
  EXPECT_EQ(experiment.seed, 3U);
  ASSERT_EQ(experiment.stages.size(), 2U);
  EXPECT_EQ(experiment.stages[0].name, "zebra");
  EXPECT_EQ(experiment.stages[0].retries, 2);
  const StageSpec& apple = experiment.stages[1];
  EXPECT_EQ(apple.retries, 0);
  EXPECT_EQ(apple.timeout_s, 60);
  EXPECT_EQ(apple.shards, 4);
  EXPECT_EQ(apple.resources, Json::parse(R"({"cores": 2, "memory_mb": 10})"));
  EXPECT_EQ(apple.inputs.at("from")[0].stage, "zebra");
  EXPECT_EQ(apple.inputs.at("from")[0].sub_path, "sub/path");
  EXPECT_EQ(apple.inputs.at("more")[1].raw_path, "data/x");
  ASSERT_EQ(apple.matrix.size(), 2U);
  EXPECT_EQ(apple.matrix[0].key, "task");
}

TEST(Experiment, ReportsAllMistakesAtOnceWithLineAndSuggestion) {
  const auto lines = lines_of(mistakes_of(R"(experiment: demo
seeds: 1
stages:
  pack:
    knd: pack
    shards: many
    retries: -1
  2fast: {kind: x}
  train:
    kind: train
    inputs: {data: "pack[", more: {pth: x}}
    matrix: {task: [], lr: [1, 1]}
)"));
  EXPECT_THAT(
      lines,
      testing::UnorderedElementsAre(
          HasSubstr("demo.yaml:2: seeds: unknown key \"seeds\", did you mean seed?"),
          HasSubstr("demo.yaml:5: pack.knd: unknown key \"knd\", did you mean kind?"),
          HasSubstr("demo.yaml:4: pack: the key \"kind\" is missing"),
          HasSubstr("demo.yaml:6: pack.shards: \"many\" is not a whole number"),
          HasSubstr("demo.yaml:7: pack.retries: -1 is out of range"),
          HasSubstr("demo.yaml:8: 2fast: a stage's name"),
          HasSubstr("demo.yaml:11: train.inputs.data: \"pack[\" has a [ without its ]"),
          HasSubstr("demo.yaml:11: train.inputs.more.pth: unknown key \"pth\", did you mean path?"),
          HasSubstr("demo.yaml:11: train.inputs.more: \"path\" must be"),
          HasSubstr("demo.yaml:12: train.matrix.task: [] is not a list with at least one value"),
          HasSubstr("demo.yaml:12: train.matrix.lr[1]: 1 stands twice")));
}

TEST(Experiment, SaysWhatAFileWithoutStagesLacks) {
  EXPECT_THAT(mistakes_of("experiment: x\n"), HasSubstr("there are no stages"));
  EXPECT_THAT(mistakes_of("stages: {a: {kind: b}}\n"),
              HasSubstr("\"experiment\" (its name) is missing"));
  EXPECT_THAT(mistakes_of(""), HasSubstr("demo.yaml: is not an experiment"));
  EXPECT_THAT(mistakes_of("- a\n"), HasSubstr("must be a mapping"));
}

TEST(Experiment, FillsVariablesAndParametersOfOtherStages) {
  const Experiment experiment = read(R"(
experiment: demo
seed: 5
variables: {root: /data, coco: "${root}/coco", size: 64}
stages:
  pack: {kind: pack, params: {rows: "${size}", nested: {deep: "${seed}"}}}
  train:
    kind: train
    inputs: {raw: {path: "${coco}/train.json"}}
    params: {rows: "${pack.params.rows}", all: "${pack.params.nested}", name: "${experiment}-${size}"}
)");
  EXPECT_EQ(experiment.stages[1].params,
            Json::parse(R"({"rows": 64, "all": {"deep": 5}, "name": "demo-64"})"));
  EXPECT_EQ(experiment.stages[1].inputs.at("raw")[0].raw_path, "/data/coco/train.json");
}

TEST(Experiment, LeavesMatrixKeysAsTemplates) {
  const Experiment experiment = read(R"(
experiment: demo
variables: {base: run}
stages:
  train:
    kind: train
    matrix: {task: [vqa], seed: [1]}
    seed: "${seed}"
    inputs: {data: "ingest_${task}", start: "pre[task=${task}]/model"}
    params: {name: "${base}-${task}"}
  pre: {kind: p, matrix: {task: [vqa]}, params: {t: "${task}"}}
  ingest_vqa: {kind: p}
)");
  const StageSpec& train = experiment.stages[0];
  EXPECT_EQ(train.params["name"], "run-${task}");
  EXPECT_EQ(train.seed, "${seed}");
  EXPECT_EQ(train.inputs.at("data")[0].stage, "ingest_${task}");
  EXPECT_EQ(train.inputs.at("start")[0].select,
            (std::vector<std::pair<std::string, std::string>>{{"task", "${task}"}}));
  EXPECT_EQ(train.inputs.at("start")[0].sub_path, "model");
}

TEST(Experiment, SuggestsTheReferenceThatWasMeant) {
  const std::string text = R"(experiment: demo
variables: {data_root: /d}
stages:
  a: {kind: k, params: {size: 1}}
  b:
    kind: k
    params: {x: "${dta_root}", y: "${a.params.sise}", z: "${a.kind}"}
)";
  const std::string mistakes = mistakes_of(text);
  EXPECT_THAT(mistakes,
              HasSubstr("demo.yaml:7: b.x: ${dta_root} is unknown, did you mean ${data_root}?"));
  EXPECT_THAT(
      mistakes,
      HasSubstr("demo.yaml:7: b.y: ${a.params.sise}: the stage a does not set this parameter"));
  EXPECT_THAT(mistakes, HasSubstr("demo.yaml:7: b.z: ${a.kind}: only parameters"));
}

TEST(Experiment, NoticesReferencesThatRunInACircle) {
  EXPECT_THAT(
      mistakes_of("experiment: x\nvariables: {a: \"${b}\", b: \"${a}\"}\nstages: {s: {kind: k}}\n"),
      HasSubstr("demo.yaml:2"));
  EXPECT_THAT(
      mistakes_of("experiment: x\nstages:\n  s: {kind: k, params: {a: \"${s.params.a}\"}}\n"),
      HasSubstr("refers to itself"));
}

class Extends : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(make_directories((directory_->path() / name).parent_path()));
    ASSERT_TRUE(write_file_atomic(directory_->path() / name, text));
  }
  Result<Experiment> load(const std::string& name) {
    return load_experiment(directory_->path() / name);
  }
  std::optional<TempDir> directory_ = std::move(*TempDir::make("extends"));
};

TEST_F(Extends, MergesMappingsAndLetsTheChildWin) {
  write("base/common.yaml",
        "experiment: base\nseed: 1\nstages:\n  a: {kind: k, params: {x: 1, y: [1, 2]}}\n  b: "
        "{kind: k}\n");
  write("child.yaml",
        "extends: base/common.yaml\nexperiment: child\nstages:\n  c: {kind: k}\n  a: {params: {y: "
        "[3], z: 2}}\n  b: null\n");
  const auto experiment = load("child.yaml");
  ASSERT_TRUE(experiment) << experiment.error().message;
  EXPECT_EQ(experiment->name, "child");
  EXPECT_EQ(experiment->seed, 1U);
  ASSERT_EQ(experiment->stages.size(), 2U);
  EXPECT_EQ(experiment->stages[0].name, "a");
  EXPECT_EQ(experiment->stages[0].params, Json::parse(R"({"x": 1, "y": [3], "z": 2})"));
  EXPECT_EQ(experiment->stages[1].name, "c");
}

TEST_F(Extends, MistakesNameTheFileTheyStandIn) {
  write("base.yaml", "experiment: base\nstages:\n  a: {kind: k, shards: 0}\n");
  write("child.yaml", "extends: base.yaml\nstages:\n  a: {retries: 1000}\n");
  const auto experiment = load("child.yaml");
  ASSERT_TRUE(experiment);
  const std::string message = experiment->status().error().message;
  EXPECT_THAT(message, HasSubstr("base.yaml:3: a.shards"));
  EXPECT_THAT(message, HasSubstr("child.yaml:3: a.retries"));
}

TEST_F(Extends, PrintsACircle) {
  write("a.yaml", "extends: b.yaml\nexperiment: a\n");
  write("b.yaml", "extends: a.yaml\n");
  const auto experiment = load("a.yaml");
  ASSERT_FALSE(experiment);
  EXPECT_THAT(experiment.error().message, HasSubstr("a.yaml -> b.yaml -> a.yaml"));
}

TEST_F(Extends, NamesAParentThatIsMissing) {
  write("a.yaml", "experiment: a\nextends: nowhere.yaml\n");
  const auto experiment = load("a.yaml");
  ASSERT_FALSE(experiment);
  EXPECT_THAT(experiment.error().message, HasSubstr("a.yaml:2: extends:"));
}

}  // namespace
}  // namespace unimo
