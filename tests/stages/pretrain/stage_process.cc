#include "tests/stages/pretrain/stage_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"
#include "stages/finetune/finetune.h"
#include "stages/predict/predict.h"
#include "stages/pretrain/import_weights.h"
#include "stages/pretrain/pretrain.h"
#include "stages/weights/weights.h"
#include "tests/support/tiny_pack.h"

namespace unimo::testing {
namespace {

constexpr std::array<StageEntry, 5> kStages = {{{"import.weights", stages::run_import_weights},
                                                {"export.weights", stages::run_export_weights},
                                                {"pretrain", stages::run_pretrain},
                                                {"finetune", stages::run_finetune},
                                                {"predict", stages::run_predict}}};

}  // namespace

StageWorld::StageWorld() : folder_(TempDir::make("stages").value()) {
  const TinyPack options{
      .train_images = 40, .val_images = 10, .captions_per_image = 2, .texts = 30};
  EXPECT_TRUE(make_directories(pack()));
  const auto written = write_tiny_pack(pack(), options);
  EXPECT_TRUE(written) << written.error().message;
}

int StageWorld::run(const std::string& task, const std::string& kind, const Json& params,
                    const std::map<std::string, std::filesystem::path>& inputs,
                    Disturbance disturbance) {
  const auto folder = folder_.path() / task;
  // A new attempt: an empty output, the old resume folder.
  EXPECT_TRUE(remove_tree(output(task)));
  EXPECT_TRUE(remove_tree(folder / "events.jsonl"));
  EXPECT_TRUE(make_directories(output(task)));
  Job job{.run = "test",
          .task = task,
          .kind = kind,
          .params = params,
          .output = output(task),
          .resume = resume(task),
          .events = folder / "events.jsonl"};
  for (const auto& [name, path] : inputs) job.inputs[name].push_back({.path = path});
  EXPECT_TRUE(write_job(folder / "job.json", job));

  std::array<std::string, 2> texts = {"unimo-tensor", (folder / "job.json").string()};
  std::array<char*, 3> argv = {texts[0].data(), texts[1].data(), nullptr};
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run_stage_program(2, argv.data(), kStages));
  bool disturbed = disturbance.signal == 0;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto reported = metric(task, "loss");
    if (!disturbed && !reported.empty() && reported.rbegin()->first >= disturbance.at_step) {
      ::kill(child, disturbance.signal);
      disturbed = true;
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<Event> StageWorld::events(const std::string& task) const {
  std::vector<Event> events;
  const auto lines = read_lines(folder_.path() / task / "events.jsonl");
  if (!lines) return events;
  for (const std::string& line : *lines) {
    if (auto event = parse_event(line)) events.push_back(*std::move(event));
  }
  return events;
}

std::string StageWorld::error(const std::string& task) const {
  for (const Event& event : events(task)) {
    if (event.type == EventType::kFinished && !event.succeeded) return event.text;
  }
  return {};
}

std::map<std::int64_t, double> StageWorld::metric(const std::string& task,
                                                  const std::string& name) const {
  std::map<std::int64_t, double> values;
  for (const Event& event : events(task)) {
    if (event.type == EventType::kMetric && event.name == name) values[event.step] = event.value;
  }
  return values;
}

std::string StageWorld::digest(const std::string& task) const {
  const auto files = hash_tree(output(task));
  return files ? tree_digest(*files) : files.error().message;
}

Json tiny_pretrain_params(std::int64_t steps) {
  const Json model = {{"layers", 2}, {"hidden", 32},    {"heads", 2},
                      {"ffn", 64},   {"positions", 64}, {"pooled", 16}};
  const Json train = {{"steps", steps},
                      {"checkpoint_every", 4},
                      {"log_every", 1},
                      {"precision", "fp32"},
                      {"optimizer", {{"lr", 1e-3}}}};
  const Json objectives = {
      {"mixture", {{"caption", 1.0}, {"semantic", 1.0}, {"micro_batches", 2}}},
      {"batch",
       {{"text_rows", 100},
        {"images", 6},
        {"pairs", 6},
        {"caption_images", 4},
        {"captions_per_image", 2}}},
      {"contrastive", {{"pairs", 3}, {"single_images", 6}, {"single_weight", 1}, {"negatives", 2}}},
      {"semantic", {{"size", kTinySemantic}, {"texts", 8}}},
      {"pair", {{"turns", "sample"}}},
      {"view", {{"regions", 3}, {"word_dropout", 0.1}}}};
  return {{"model", model}, {"train", train}, {"objectives", objectives}};
}

}  // namespace unimo::testing
