// Runs fetch.images in a temporary folder and reads what it wrote.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"
#include "stages/fetch/fetch.h"
#include "stages/ingest/image_tar.h"
#include "stages/schema/fetch.h"

namespace unimo::stages {

// Quick, and only to this machine.
inline FetchImages loopback_params() {
  FetchImages params;
  params.allow_loopback = true;
  params.pause_ms = 0;
  params.backoff_s = 0.01;
  params.connections = 16;
  params.per_host = 16;
  params.max_bad_share = 1;
  return params;
}

class FetchBench {
 public:
  FetchBench() : folder_(TempDir::make("unimo-fetch-").value()) {
    job_.task = "fetch";
    job_.kind = "fetch.images";
    job_.resources.cores = 2;
    job_.output = path("output");
    job_.resume = path("resume");
    job_.events = path("events.jsonl");
  }

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  const Job& job() const { return job_; }

  // A list of the bench; may be called for several.
  void list(const std::string& name, std::string_view text) {
    EXPECT_TRUE(write_file(path(name), text).has_value());
    job_.inputs["lists"].push_back({.path = path(name), .label = name});
  }
  void list(const std::vector<std::string>& urls) {
    std::string text;
    for (const std::string& url : urls) text += url + "\n";
    list("urls.txt", text);
  }

  void input(const std::string& name, const std::filesystem::path& path) {
    job_.inputs[name].push_back({.path = path, .label = name});
  }

  void prepare(FetchImages params) {
    job_.params = write_fields(std::move(params));
    std::filesystem::remove_all(job_.output);
    std::filesystem::remove(job_.events);
    std::filesystem::create_directories(job_.output);
  }
  Status run(FetchImages params) {
    prepare(std::move(params));
    auto events = EventWriter::open(job_.events).value();
    StageContext context(job_, events);
    return run_fetch_images(context);
  }
  void forget() { std::filesystem::remove_all(job_.resume); }

  std::vector<Json> outcomes() const {
    std::vector<Json> lines;
    const auto texts = read_lines(job_.output / "outcomes.jsonl").value();
    for (const std::string& text : texts) lines.push_back(Json::parse(text));
    return lines;
  }
  std::vector<std::string> statuses() const {
    std::vector<std::string> all;
    for (const Json& line : outcomes()) all.push_back(line["status"]);
    return all;
  }
  std::string picture(const Json& line) const {
    return read_picture(job_.output, {.file = line["file"].get<std::string>(),
                                      .offset = line["offset"].get<std::int64_t>(),
                                      .size = line["size"].get<std::int64_t>()})
        .value();
  }
  Json statistics() const { return read_json(job_.output / "statistics.json").value(); }
  std::string digest() const { return tree_digest(hash_tree(job_.output).value()); }
  std::int64_t count(const std::string& name) const {
    std::int64_t total = -1;
    const auto lines = read_lines(job_.events).value();
    for (const std::string& line : lines) {
      const Event event = parse_event(line).value();
      if (event.type == EventType::kCount && event.name == name)
        total = static_cast<std::int64_t>(event.value);
    }
    return total;
  }

 private:
  TempDir folder_;
  Job job_;
};

}  // namespace unimo::stages
