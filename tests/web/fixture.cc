#include "tests/web/fixture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/ingest.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"
#include "tests/web/fixture_pictures.h"
#include "tests/web/fixture_pipeline.h"

namespace unimo::web {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

constexpr const char* kHostileMetric = "<img src=x onerror=document.title='hit'>";

// How one run goes.
struct Story {
  std::string id;
  std::int64_t begin_ms = 0;
  double lr = 1e-4;
  double quality = 0;  // added to the scores
  bool dirty = false;
  std::string fails;         // a task that fails
  std::string stops;         // a task that the run is at
  bool interrupted = false;  // stopped there for good
};

// Small, repeatable noise in [-1, 1].
double noise(std::int64_t i, std::int64_t stream) {
  auto x = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15ULL +
           static_cast<std::uint64_t>(stream) * 0xD1B54A32D192ED03ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<double>((x >> 33) % 20001) / 10000.0 - 1.0;
}

class Builder {
 public:
  Builder(WritableStore& store, const FixtureOptions& options)
      : store_(store), writer_(store.database()), options_(options) {}

  Status tell(const Story& story);
  const std::map<std::string, std::string>& artifacts() const { return artifact_of_; }
  const std::string& image_file() const { return image_file_; }

 private:
  struct Made {
    std::int64_t id = 0;
    std::string artifact;
    bool settled = false;
  };

  Status add_run(const Story& story, const std::vector<PlannedFixtureTask>& plan);
  Status tell_task(const Story& story, const PlannedFixtureTask& plan, TaskRow& task);
  Status work(const Story& story, const PlannedFixtureTask& plan, TaskRow& task,
              const std::string& key);
  Status fill(const Story& story, const PlannedFixtureTask& plan, const fs::path& folder);
  Status write_events(const Story& story, const PlannedFixtureTask& plan, const fs::path& file,
                      double share);
  std::vector<InputRow> inputs_of(const PlannedFixtureTask& plan, std::int64_t task) const;
  Status set_times(std::int64_t task, std::int64_t begin, std::optional<std::int64_t> end);

  WritableStore& store_;
  RunWriter writer_;
  const FixtureOptions& options_;
  std::map<std::string, Made> made_;                // of the current run, by task
  std::map<std::string, std::string> artifact_of_;  // of the latest run, by task
  std::int64_t clock_ = 0;
  std::string image_file_;
  int token_ = 0;
};

Status Builder::add_run(const Story& story, const std::vector<PlannedFixtureTask>& plan) {
  RunRow run{
      .id = story.id,
      .experiment = "flickr8k_small",
      .description = "pre-training and two tasks on 8,000 photographs",
      .state = "running",
      .created_ms = story.begin_ms,
      .seed = 1,
      .file = "experiments/flickr8k_small.yaml",
      .resolved = resolved_experiment(plan),
      .resolved_digest = sha256_hex(story.id),
      .command_line = fmt::format(
          "unimo run experiments/flickr8k_small.yaml --set stages.pretrain.params.optimizer.lr={}",
          story.lr),
      .directory = "runs/" + story.id};
  SourceRow source{.digest = sha256_hex(story.dirty ? "dirty" : "clean"),
                   .repository = "/home/ada/unimo",
                   .commit = "4f1c9d27ab03e8815c6d2f90b7e3a4415d8c0f6e",
                   .branch = "main",
                   .remote = "git@github.com:example/unimo.git",
                   .dirty = story.dirty};
  if (story.dirty) {
    source.snapshot = "9be0712fd4c65a3381e7f0ac529d84b6637fa1c2";
    source.snapshot_ref = "refs/unimo/snapshots/9be0712fd4c6";
    source.changes = {{{"path", "trainer/optim/adamw.cc"}, {"status", "modified"}},
                      {{"path", "experiments/flickr8k_small.yaml"}, {"status", "modified"}}};
  }
  const Json environment = {{"host", "sirius"},
                            {"cpu", {{"model", "AMD EPYC 7763"}, {"cores", 16}}},
                            {"gpu", Json::array({"NVIDIA H100 80GB"})},
                            {"compiler", "g++ 12.2.0"},
                            {"libraries", {{"sqlite", "3.40.1"}, {"libtorch", "2.11.0"}}}};
  std::vector<TaskRow> tasks;
  for (const PlannedFixtureTask& item : plan) {
    tasks.push_back({.run = story.id,
                     .position = static_cast<std::int64_t>(tasks.size()),
                     .name = item.name,
                     .stage = item.stage,
                     .kind = item.kind,
                     .cell = item.cell.is_null() ? Json::object() : item.cell,
                     .state = "pending",
                     .params = item.params});
  }
  UNIMO_TRY(writer_.add_run(run, &source, environment, tasks));
  for (const TaskRow& task : tasks) made_[task.name].id = task.id;
  return ok();
}

std::vector<InputRow> Builder::inputs_of(const PlannedFixtureTask& plan, std::int64_t task) const {
  std::vector<InputRow> rows;
  std::map<std::string, int> positions;
  for (const PlannedInput& input : plan.inputs) {
    InputRow row{
        .task = task, .name = input.name, .position = positions[input.name]++, .label = input.from};
    const auto made = made_.find(input.from);
    if (made == made_.end()) {
      row.digest = sha256_hex(input.from);
    } else {
      row.digest = made->second.artifact;
      row.artifact = made->second.artifact;
      row.source_task = made->second.id;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Status Builder::set_times(std::int64_t task, std::int64_t begin, std::optional<std::int64_t> end) {
  Database& db = store_.database();
  UNIMO_TRY(
      db.run("UPDATE tasks SET started_ms = ?, finished_ms = ? WHERE id = ?", begin, end, task));
  return db.run("UPDATE attempts SET started_ms = ?, finished_ms = ? WHERE task_id = ?", begin, end,
                task);
}

Status Builder::write_events(const Story& story, const PlannedFixtureTask& plan,
                             const fs::path& file, double share) {
  std::string lines;
  const std::int64_t begin = clock_;
  const auto span = static_cast<double>(plan.minutes * kMinute);
  const auto add = [&lines](Event event) { lines += event_line(event) + "\n"; };
  const auto at = [begin, span](double part) {
    return begin + static_cast<std::int64_t>(span * part);
  };
  add({.type = EventType::kStarted, .time_ms = begin});
  const std::int64_t steps = plan.kind == "pretrain"   ? options_.long_steps
                             : plan.kind == "finetune" ? options_.long_steps / 4
                                                       : 0;
  const auto metric = [&](const std::string& name, double part, std::int64_t step, double value) {
    add({.type = EventType::kMetric,
         .time_ms = at(part),
         .name = name,
         .step = step,
         .value = value});
  };
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(static_cast<double>(steps) * share); ++i) {
    const double part = static_cast<double>(i + 1) / static_cast<double>(steps);
    const std::int64_t step = (i + 1) * 10;
    const double decay = std::exp(-4.0 * part);
    metric("loss", part, step, 1.6 - story.quality + 5.2 * decay + 0.12 * noise(i, 1));
    metric("lr", part, step, story.lr * std::min(1.0, part / 0.06) * (1.0 - part));
    if (plan.kind == "pretrain") {
      metric("loss.contrastive", part, step, 0.4 + 2.2 * decay + 0.08 * noise(i, 2));
      metric("loss.masked_text", part, step, 0.9 + 1.9 * decay + 0.06 * noise(i, 3));
      metric("loss.masked_regions", part, step, 0.3 + 1.1 * decay + 0.05 * noise(i, 4));
    }
    if (i % 5 == 0) {
      metric("system.gpu_memory_mib", part, step, 30500 + 300 * noise(i, 5));
      metric("system.tokens_per_second", part, step, 182000 + 6000 * noise(i, 6));
      metric("system.loader_stall_share", part, step, std::abs(0.03 * noise(i, 7)));
    }
  }
  // Names come from users' programs and may hold anything.
  if (plan.kind == "pretrain" && story.interrupted) {
    for (std::int64_t i = 1; i <= 5; ++i)
      metric(kHostileMetric, 0.1 * static_cast<double>(i), i, 1.0);
  }
  if (plan.kind == "score" && plan.cell["task"] == "caption") {
    metric("cider", 1, 0, 0.87 + story.quality);
    metric("bleu4", 1, 0, 0.246 + story.quality / 4);
    metric("rouge_l", 1, 0, 0.513 + story.quality / 5);
  }
  if (plan.kind == "score" && plan.cell["task"] == "retrieval") {
    // Names that the pages know, and names that they do not.
    metric("image_to_text_r1", 1, 0, 53.8 + 50 * story.quality);
    metric("text_to_image_r1", 1, 0, 41.2 + 50 * story.quality);
    metric("mean_recall", 1, 0, 66.5 + 50 * story.quality);
    metric("chance_r10", 1, 0, 9.8);
    metric("image_r1", 1, 0, 0.412 + story.quality / 2);
    metric("text_r1", 1, 0, 0.538 + story.quality / 2);
  }
  if (plan.kind == "ingest.flickr") {
    add({.type = EventType::kCount, .time_ms = at(1), .name = "images", .value = 24});
    add({.type = EventType::kCount, .time_ms = at(1), .name = "quarantine.truncated", .value = 2});
    add({.type = EventType::kNote,
         .time_ms = at(1),
         .text = "2 of 26 pictures were set aside",
         .level = "warning"});
  }
  const std::int64_t total = steps > 0 ? steps * 10 : static_cast<std::int64_t>(options_.images);
  add({.type = EventType::kProgress,
       .time_ms = at(share),
       .name = steps > 0 ? "steps" : "images",
       .step = static_cast<std::int64_t>(static_cast<double>(total) * share),
       .total = total});
  return write_file_atomic(file, lines);
}

std::string log_text(const PlannedFixtureTask& plan, bool failed, std::int64_t lines) {
  std::string text = fmt::format("info  stage  {} begins, seed 1\n", plan.kind);
  for (std::int64_t i = 1; i <= lines; ++i) {
    text +=
        fmt::format("info  {}  step {:5} loss {:.4f} tokens/s {}\n", plan.stage, i * 10,
                    6.8 * std::exp(-0.02 * static_cast<double>(i)) + 1.5, 181000 + (i * 37) % 900);
  }
  if (failed) {
    text += "warning  train_loop  gradient norm 4.1e+07 clipped to 1\n";
    text += "error  train_loop  loss is nan at step 510; the last good checkpoint is step 500\n";
  } else {
    text += fmt::format("info  stage  {} ends, 1 artifact\n", plan.kind);
  }
  return text;
}

// Records as a reader of texts leaves them.
Status write_text_records(const fs::path& folder) {
  std::string documents, examples;
  for (int i = 0; i < 25; ++i) {
    const std::string text = fmt::format("Chapter {} begins. <b>It</b> is short.\n", i);
    const std::size_t first = text.find('.') + 1;
    documents += Json{{"id", fmt::format("emma#{}", i)},
                      {"title", fmt::format("Emma {}", i)},
                      {"text", text},
                      {"sentences", {{0, first}, {first + 1, text.size() - 1}}},
                      {"split", "train"}}
                     .dump() +
                 "\n";
  }
  for (int i = 0; i < 3; ++i) {
    examples += Json{{"id", fmt::format("dev.tsv#{}", i)},
                     {"split", "val"},
                     {"parts", {{"premise", std::string(4000, 'x')}, {"hypothesis", "It rains."}}},
                     {"label", "neutral"},
                     {"targets", {"one", "two"}},
                     {"history", Json::array({Json::array({"Who?", "Emma."})})}}
                    .dump() +
                "\n";
  }
  UNIMO_TRY(write_file_atomic(folder / "documents-00000.jsonl", documents));
  return write_file_atomic(folder / "examples.jsonl", examples + "no example\n");
}

Status Builder::fill(const Story& story, const PlannedFixtureTask& plan, const fs::path& folder) {
  const FixturePictures pictures(options_.photos, options_.images);
  if (plan.kind == "ingest.flickr") {
    image_file_ = pictures.file_name(0);
    return pictures.write_records(folder);
  }
  if (plan.kind == "ingest.books") return write_text_records(folder);
  if (plan.kind == "regions.windows") return pictures.write_regions(folder);
  if (plan.kind == "predict" && plan.cell["task"] == "caption")
    return pictures.write_captions(folder, story.id);
  if (plan.kind == "predict") return pictures.write_retrieval(folder, story.quality);
  if (plan.kind == "report") {
    return write_file_atomic(folder / "report.html",
                             "<!doctype html><html><head><style>body{font:16px "
                             "sans-serif;margin:2em}td{padding:.4em 1em}"
                             "</style></head><body><h1>Flickr8k</h1><table><tr><td>CIDEr</td><td>" +
                                 fmt::format("{:.3f}", 0.87 + story.quality) +
                                 "</td></tr></table><p>" + story.id +
                                 "</p><script>document.title='script ran'</script></body></html>");
  }
  UNIMO_TRY(make_directories(folder / "tokenizer"));
  UNIMO_TRY(write_file_atomic(folder / "tokenizer" / "vocabulary.txt", "a\nb\nc\n"));
  return write_json(folder / (plan.stage + ".json"),
                    {{"kind", plan.kind},
                     {"name", plan.name},
                     {"params", plan.params},
                     {"quality", plan.kind == "score" ? story.quality : 0}});
}

Status Builder::work(const Story& story, const PlannedFixtureTask& plan, TaskRow& task,
                     const std::string& key) {
  const bool failing = plan.name == story.fails;
  const bool stopping = plan.name == story.stops;
  AttemptRow attempt{.task = task.id,
                     .number = 1,
                     .token = fmt::format("token-{}", ++token_),
                     .state = "running",
                     .pid = 4000 + token_,
                     .host = "sirius",
                     .directory = fmt::format("runs/{}/{:03}/1", story.id, task.id),
                     .started_ms = clock_};
  const fs::path folder = store_.paths().root / attempt.directory;
  UNIMO_TRY(make_directories(folder / "work"));
  attempt.id = UNIMO_TRY(writer_.start_attempt(attempt, "no earlier result: input.data differs"));
  UNIMO_TRY(write_events(story, plan, folder / "events.jsonl",
                         failing    ? 0.35
                         : stopping ? 0.62
                                    : 1));
  UNIMO_TRY(ingest_events(store_.database(), attempt, folder / "events.jsonl"));
  UNIMO_TRY(write_file_atomic(folder / "stderr.log", log_text(plan, failing, plan.minutes * 3)));
  UNIMO_TRY(write_file_atomic(folder / "stdout.log", ""));
  if (stopping && !story.interrupted) return set_times(task.id, clock_, std::nullopt);
  const std::int64_t end = clock_ + plan.minutes * kMinute;
  if (stopping) {
    UNIMO_TRY(writer_.end_attempt(attempt, ExitStatus{.code = 8}, "stopped", "interrupted",
                                  "stopped on request"));
    return set_times(task.id, clock_, end);
  }
  if (failing) {
    UNIMO_TRY(writer_.end_attempt(
        attempt, ExitStatus{.code = 1, .user_s = 812, .system_s = 14, .max_rss_kib = 9'200'000},
        "failed", "failed",
        "trainer: loss is nan at step 510; lower optimizer.lr or raise warmup"));
    return set_times(task.id, clock_, end);
  }
  UNIMO_TRY(fill(story, plan, folder / "work"));
  const Artifact artifact = UNIMO_TRY(publish_artifact(store_.paths(), folder / "work"));
  UNIMO_TRY(writer_.publish(attempt,
                            ExitStatus{.user_s = 40.0 * static_cast<double>(plan.minutes),
                                       .system_s = 2,
                                       .max_rss_kib = 1'800'000},
                            key, plan.kind, artifact));
  made_[plan.name].artifact = artifact.digest;
  made_[plan.name].settled = true;
  artifact_of_[plan.name] = artifact.digest;
  UNIMO_TRY(set_times(task.id, clock_, end));
  clock_ = end;
  return ok();
}

Status Builder::tell_task(const Story& story, const PlannedFixtureTask& plan, TaskRow& task) {
  const bool ready =
      std::all_of(plan.inputs.begin(), plan.inputs.end(), [this](const PlannedInput& input) {
        return !made_.contains(input.from) || made_[input.from].settled;
      });
  if (!ready) {
    return story.fails.empty()
               ? ok()
               : writer_.set_task_state(task.id, "skipped", "something it needs failed");
  }
  std::vector<InputRow> inputs = inputs_of(plan, task.id);
  std::vector<KeyPart> parts{{"kind", plan.kind},
                             {"version", "1"},
                             {"params", canonical_text(plan.params)},
                             {"seed", "1"}};
  for (const InputRow& input : inputs)
    parts.push_back({fmt::format("input.{}[{}]", input.name, input.position), input.digest});
  Sha256 hash;
  for (const KeyPart& part : parts) hash.field(part.name, part.value);
  const std::string key = hash.hex();
  UNIMO_TRY(writer_.set_key(task.id, key, parts, inputs));
  const auto hit = UNIMO_TRY(writer_.find_cached(key));
  if (!hit) return work(story, plan, task, key);
  made_[plan.name].artifact = hit->artifact;
  made_[plan.name].settled = true;
  artifact_of_[plan.name] = hit->artifact;
  return writer_.set_cached(task.id, *hit, "same key as an earlier task");
}

Status Builder::tell(const Story& story) {
  made_.clear();
  clock_ = story.begin_ms + 2000;
  const std::vector<PlannedFixtureTask> plan = fixture_pipeline(story.lr);
  UNIMO_TRY(add_run(story, plan));
  bool stopped = false;
  for (const PlannedFixtureTask& item : plan) {
    TaskRow task{.id = made_[item.name].id};
    if (!stopped) UNIMO_TRY(tell_task(story, item, task));
    stopped = stopped || item.name == story.stops;
  }
  Database& db = store_.database();
  if (!story.stops.empty() && !story.interrupted) return ok();
  const std::string state = story.interrupted     ? "interrupted"
                            : story.fails.empty() ? "succeeded"
                                                  : "failed";
  UNIMO_TRY(writer_.finish_run(story.id, state));
  return db.run("UPDATE runs SET finished_ms = ? WHERE id = ?", clock_ + kMinute, story.id);
}

}  // namespace

Result<Fixture> make_fixture(const fs::path& root, const FixtureOptions& options) {
  auto store = UNIMO_TRY(WritableStore::open(root, "fixture"));
  Builder builder(store, options);
  const std::int64_t now = options.now_ms;
  Fixture fixture{.first = "01k70a4m1q8wz3rj",
                  .second = "01k72n9c5t2hx7fe",
                  .failed = "01k73d2v9b6kq1ns",
                  .interrupted = "01k745x7e3m0g8ay",
                  .running = "01k74f6r2p9cd4tw"};
  std::vector<RawFileRow> raw;
  for (const char* name :
       {"Flickr8k.token.txt", "Flickr_8k.devImages.txt", "images/000.jpg", "images/001.jpg",
        "images/002.jpg", "images/003.jpg", "images/004.jpg"}) {
    raw.push_back({.path = std::string("/data/flickr8k/") + name,
                   .size_bytes = 3395237,
                   .sha256 = sha256_hex(name)});
  }
  UNIMO_TRY(RunWriter(store.database()).remember_raw_files(raw));
  UNIMO_TRY(builder.tell({.id = fixture.first, .begin_ms = now - 50 * kHour, .lr = 1e-4}));
  UNIMO_TRY(builder.tell({.id = fixture.second,
                          .begin_ms = now - 26 * kHour,
                          .lr = 2e-4,
                          .quality = 0.06,
                          .dirty = true}));
  fixture.records = builder.artifacts().at("flickr");
  fixture.regions = builder.artifacts().at("regions");
  fixture.books = builder.artifacts().at("books");
  fixture.captions = builder.artifacts().at("predict[task=caption]");
  fixture.retrieval = builder.artifacts().at("predict[task=retrieval]");
  fixture.report = builder.artifacts().at("report");
  fixture.image_file = builder.image_file();
  UNIMO_TRY(builder.tell({.id = fixture.failed,
                          .begin_ms = now - 20 * kHour,
                          .lr = 2e-3,
                          .dirty = true,
                          .fails = "finetune[task=caption]"}));
  UNIMO_TRY(builder.tell({.id = fixture.interrupted,
                          .begin_ms = now - 5 * kHour,
                          .lr = 3e-4,
                          .stops = "pretrain",
                          .interrupted = true}));
  UNIMO_TRY(builder.tell(
      {.id = fixture.running, .begin_ms = now - kHour, .lr = 1.5e-4, .stops = "pretrain"}));
  return fixture;
}

}  // namespace unimo::web
