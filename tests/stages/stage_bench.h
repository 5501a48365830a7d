// Runs one stage function in a temporary folder, as a stage program would.
//
//   StageBench bench;
//   bench.write("in/a.token", "a.jpg#0\tA dog.\n");
//   bench.input("tokens", "in/a.token");
//   const Status status = bench.run(run_ingest_flickr, PictureIngest{});
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"

namespace unimo::stages {

class StageBench {
 public:
  StageBench() : folder_(TempDir::make("unimo-stage-").value()) {}

  std::filesystem::path path(const std::filesystem::path& name) const {
    return folder_.path() / name;
  }
  std::filesystem::path output() const { return path("output"); }

  void write(const std::filesystem::path& name, std::string_view bytes) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  // A relative name lies in the temporary folder.
  void input(const std::string& name, const std::filesystem::path& item) {
    job_.inputs[name].push_back(
        {.path = item.is_absolute() ? item : path(item), .label = item.string()});
  }
  void seed(std::uint64_t seed) { job_.seed = seed; }
  void cores(int cores) { job_.resources.cores = cores; }
  // Where checkpoints outlive an attempt.
  void resume(const std::filesystem::path& name) { job_.resume = path(name); }

  template <class Params>
  Status run(StageFunction function, Params params) {
    job_.task = "task";
    job_.params = write_fields(std::move(params));
    job_.output = output();
    job_.resume = path("resume");
    job_.events = path("events.jsonl");
    std::filesystem::remove_all(output());
    std::filesystem::remove(job_.events);
    std::filesystem::create_directories(output());
    auto events = EventWriter::open(job_.events).value();
    StageContext context(job_, events);
    return function(context);
  }

  // The total that the stage told under this name; -1 when it told none.
  std::int64_t count(const std::string& name) const {
    std::int64_t total = -1;
    const auto lines = read_lines(path("events.jsonl")).value();
    for (const std::string& line : lines) {
      const Event event = parse_event(line).value();
      if (event.type == EventType::kCount && event.name == name)
        total = static_cast<std::int64_t>(event.value);
    }
    return total;
  }

  std::string digest() const { return tree_digest(hash_tree(output()).value()); }

 private:
  TempDir folder_;
  Job job_;
};

}  // namespace unimo::stages
